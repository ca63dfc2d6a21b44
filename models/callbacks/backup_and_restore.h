#pragma once

#include <memory>
#include <string>

#include "reel/models/callbacks/save_frequency.h"
#include "reel/models/training/backup.h"
#include "reel/models/training/callback.h"

namespace reel {

/// Keeps what training goes on from in a folder, so that a program that was killed at any instant, started again, ends
/// with the bits that it would have had: weights, history, and what callbacks have come to.
///
///   model.fit(x, y, {.epochs = 100, .callbacks = BackupAndRestore{.backup_dir = "backup", .save_freq = 500}});
///
/// `fit` goes on from the newest sound checkpoint in the folder, in the middle of an epoch too, and warns of damaged
/// ones; where there is none it begins. Checkpoints are written while the next steps run. What cannot be written is
/// told as a warning, and training goes on. A callback whose `state` does not tell all that it has come to begins
/// anew. Throws ValueError for checkpoints of another model, of other data, options or callbacks, or of another version
/// of the library, with what differs; `epochs` may be more than it was. DataError for a folder that cannot be written
/// to, or that another training uses. keras.callbacks.BackupAndRestore, which goes on from the epoch alone.
struct BackupAndRestore {
  std::string backup_dir;
  SaveFrequency save_freq = "epoch";  ///< or after so many batches, counted over all epochs
  bool double_checkpoint = false;     ///< keeps the one before the newest, too
  bool delete_checkpoint = true;      ///< once training is done

  struct Progress {
    std::unique_ptr<Backup> backup = {};
    int64_t batches_since_saving = 0;
  };
  std::shared_ptr<Progress> progress = std::make_shared<Progress>();

  static constexpr std::string_view class_name = "BackupAndRestore";
  void fields(Fields& f);
  void check() const;
  bool keeps_state() const { return true; }
  std::shared_ptr<const TrainingState> resumes_from() const;
  void on_train_point(const CallbackRun& run, const TrainingPoint& point) const;
  void on_train_end(const CallbackRun& run, const Logs& logs) const;
};

}  // namespace reel
