#pragma once

#include <optional>
#include <string>

#include "reel/models/callbacks/save_frequency.h"
#include "reel/models/metrics/better.h"
#include "reel/models/training/callback.h"

namespace reel {

/// Saves the model, or by the extension of `filepath` its weights, as Model::save and save_weights do, after each epoch
/// or some batches: each time, or with `save_best_only` at a better value of a log. In `filepath` stand, in braces and
/// with a format, the number of the epoch and, with `save_freq`, the batch, counted from 1, and logs:
/// "best-{epoch:02d}-{val_loss:.2f}.keras". Folders are made. Throws ValueError for a path of another extension, for a
/// name in braces that the logs do not have, and at the first epoch's end where "auto" does not tell which values are
/// better. keras.callbacks.ModelCheckpoint.
struct ModelCheckpoint {
  std::string filepath;
  std::string monitor = "val_loss";
  int64_t verbose = 0;  ///< 1: says what it does
  bool save_best_only = false;
  bool save_weights_only = false;  ///< refuses a path of a whole model
  std::string mode = "auto";       ///< "min" or "max": which values are better
  SaveFrequency save_freq = "epoch";
  /// What a value must be better than to be the first that is saved.
  std::optional<double> initial_value_threshold = {};

  struct Progress {
    int64_t epoch = 0, batches_since_saving = 0;
    std::optional<double> best = {};
    Better better = Better::neither;  ///< found out when it is first asked for
  };
  Shared<Progress> progress = {};

  static constexpr std::string_view class_name = "ModelCheckpoint";
  void fields(Fields& f);
  void check() const;
  void state(StateFields& f) const;
  bool watches_batches(const CallbackRun&) const { return save_freq.batches() > 0; }
  void on_epoch_begin(const CallbackRun& run, int64_t epoch) const;
  void on_train_batch_end(const CallbackRun& run, int64_t batch, const Logs& logs) const;
  void on_epoch_end(const CallbackRun& run, int64_t epoch, const Logs& logs) const;

  /// The file for an epoch, counted from 0, its batch and these logs.
  std::string path_of(int64_t epoch, std::optional<int64_t> batch, const Logs& logs) const;
  /// Saves to it, if the logs are better or need not be.
  void save(const CallbackRun& run, std::optional<int64_t> batch, const Logs& logs) const;
  bool is_to_be_saved(const CallbackRun& run, const Logs& logs) const;
};

}  // namespace reel
