// Ctrl-C while a model trains: the first ends training after the epoch, the second the program.
#pragma once

namespace reel::cli {

/// Catches SIGINT as long as it lives. One at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool happened() const;
};

/// Exit code of a program that was interrupted, as shells have it: 128 + SIGINT.
inline constexpr int kInterrupted = 130;

}  // namespace reel::cli
