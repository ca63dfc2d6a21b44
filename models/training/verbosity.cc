#include "reel/models/training/verbosity.h"

#include <fmt/format.h>

#include "reel/graph/error.h"

namespace reel {

Verbosity::Verbosity(int number) {
  if (number < 0 || number > 2) {
    throw ValueError(
        fmt::format("verbose: expected 0 (silent), 1 (progress bar) or 2 (line per epoch), got {}", number));
  }
  verbose_ = number == 0 ? Verbose::silent : number == 1 ? Verbose::progress_bar : Verbose::line_per_epoch;
}

}  // namespace reel
