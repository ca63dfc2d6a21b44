// What ends training early: Ctrl-C, a signal that asks the program to end, or that nobody reads what it prints.
#pragma once

#include <cstdio>

namespace reel::cli {

/// As long as it lives, the first SIGINT, SIGTERM or SIGHUP is only kept in mind, and the second ends the program at
/// once. One that was ignored before, as under nohup, stays ignored. One at a time.
class Interrupt {
 public:
  /// `people`: where the program talks to people; `keeps`: whether training ends with a checkpoint after a step.
  explicit Interrupt(std::FILE* people, bool keeps = false);
  /// Signals do again what they did before.
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// Whether training is to end.
  bool happened();
  /// From now on a signal is answered by what comes after training.
  void training_is_over();
  /// As shells have it: 128 + the number of the signal, SIGPIPE for people who no longer read; 0 if nothing happened.
  int exit_code() const;

 private:
  std::FILE* people_;
  bool is_unread_ = false;
};

}  // namespace reel::cli
