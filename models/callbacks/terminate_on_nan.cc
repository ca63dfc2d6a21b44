#include "reel/models/callbacks/terminate_on_nan.h"

#include <fmt/format.h>

namespace reel {

bool TerminateOnNaN::ends_training(const CallbackRun& run, int64_t batch, const NumericError& error) const {
  if (raise_error) return false;
  if (run.params.verbose != Verbose::silent) run.say(fmt::format("Batch {}: {}; training ends", batch, error.what()));
  return true;
}

}  // namespace reel
