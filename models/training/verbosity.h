// How much of a run is printed.
#pragma once

#include <cstdint>

namespace reel {

/// What training prints: with `automatic`, a moving line on a terminal and one line an epoch otherwise.
enum class Verbose : uint8_t { automatic, silent, progress_bar, line_per_epoch };

/// The same by Keras's numbers, too: 0 silent, 1 progress bar, 2 line per epoch. Throws ValueError for others.
class Verbosity {
 public:
  Verbosity(Verbose verbose) : verbose_(verbose) {}
  Verbosity(int number);
  operator Verbose() const { return verbose_; }

 private:
  Verbose verbose_;
};

}  // namespace reel
