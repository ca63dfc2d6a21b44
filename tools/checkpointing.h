// --checkpoint, --every, --keep and --resume of a training: what it goes on from, and how it is ended by a signal.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/training/backup.h"
#include "reel/models/training/callback.h"
#include "tools/arguments.h"
#include "tools/interrupt.h"

namespace reel::cli {

std::vector<Option> checkpoint_options();

/// What these options say.
struct CheckpointOptions {
  std::string folder;  ///< empty: no checkpoints
  int64_t steps = 0;   ///< a checkpoint after each so many, counted over all epochs; or, if 0:
  int64_t epochs = 1;
  int64_t keep = 2;
  bool resumes = false;

  explicit operator bool() const { return !folder.empty(); }
};

/// Throws UsageError for values that are none, for options of checkpoints without --checkpoint, and, unless training
/// resumes, for a folder that has checkpoints.
CheckpointOptions checkpoint_options_of(const Arguments& arguments);

/// A training that a signal ended, with a checkpoint that it goes on from.
class Ended : public Error {
 public:
  using Error::Error;
};

/// Writes checkpoints as the options say, one when a signal came, which ends training by Ended, and one when training
/// is done.
class Checkpointing final : public Callback {
 public:
  /// Throws DataError for a folder that cannot be written to.
  Checkpointing(CheckpointOptions options, Interrupt& interrupt, std::FILE* people);

  bool watches_batches() const override { return false; }
  bool keeps_state() const override { return true; }
  std::shared_ptr<const TrainingState> resumes_from() override;
  void on_train_point(const TrainingPoint& point) override;
  void on_train_end(const Logs& logs) override;

 private:
  bool is_due(const TrainingPoint& point);

  CheckpointOptions options_;
  Interrupt& interrupt_;
  std::FILE* people_;
  Backup backup_;
  int64_t steps_since_ = 0;
};

}  // namespace reel::cli
