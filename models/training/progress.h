// The line that shows how training goes.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include "reel/models/training/history.h"
#include "reel/models/training/verbosity.h"

namespace reel {

/// Whether the stream is a terminal that a line can be redrawn on.
bool is_terminal(std::FILE* stream);

/// "1:05", "2h03", "12s": a duration in few characters.
std::string format_duration(double seconds);

/// Shows one epoch: Keras's bar with steps, time left and running values on a terminal, redrawn at most ten times a
/// second and never wrapped; otherwise one line when the epoch is over.
class EpochProgress {
 public:
  EpochProgress(Verbose verbose, std::FILE* out, int64_t epochs);

  void begin_epoch(int64_t epoch, int64_t steps);
  /// Whether steps are shown, and so their logs wanted.
  bool shows_steps() const { return verbose_ == Verbose::progress_bar; }
  void step(int64_t done, const Logs& running);
  /// After the last step: what comes then, as validation, is not of the time that steps take.
  void end_steps();
  void end_epoch(const Logs& logs);

 private:
  using Clock = std::chrono::steady_clock;
  /// What the stream does not take is lost, and training is not.
  void print(const std::string& text);
  double elapsed() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  void draw(int64_t done, const std::string& time, const Logs& logs, bool is_last);

  Verbose verbose_;
  std::FILE* out_;
  int64_t epochs_, epoch_ = 0, steps_ = 0, done_ = 0;  // `steps_` is 0 where it is not known
  double training_seconds_ = 0;
  bool has_ended_steps_ = false;
  Clock::time_point start_, drawn_;
};

}  // namespace reel
