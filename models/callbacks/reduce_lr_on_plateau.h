#pragma once

#include <optional>
#include <string>

#include "reel/models/metrics/better.h"
#include "reel/models/training/callback.h"

namespace reel {

/// learning_rate = max(learning_rate factor, min_lr) after `patience` epochs without a better value of a log, one that
/// is better by more than `min_delta`; then `cooldown` epochs pass before it counts again. Adds "learning_rate" to the
/// logs. Throws ValueError for arguments that are none, and as `set_learning_rate` where the rate is a schedule.
/// keras.callbacks.ReduceLROnPlateau.
struct ReduceLROnPlateau {
  std::string monitor = "val_loss";
  double factor = 0.1;  ///< below 1
  int64_t patience = 10;
  int64_t verbose = 0;        ///< 1: says what it does
  std::string mode = "auto";  ///< "min" or "max": which values are better
  double min_delta = 1e-4;
  int64_t cooldown = 0;
  double min_lr = 0;

  struct Progress {
    int64_t wait = 0, cooldown_counter = 0;
    std::optional<double> best = {};
    Better better = Better::neither;  ///< found out at the first epoch's end
  };
  Shared<Progress> progress = {};

  static constexpr std::string_view class_name = "ReduceLROnPlateau";
  void fields(Fields& f);
  void check() const;
  void state(StateFields& f) const;
  void on_train_begin(const CallbackRun& run) const;
  void on_epoch_end(const CallbackRun& run, int64_t epoch, Logs& logs) const;
};

}  // namespace reel
