#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reel/models/metrics/better.h"
#include "reel/models/training/callback.h"

namespace reel {

/// Ends training after `patience` epochs without a better value of a log: one that is better by more than `min_delta`.
/// With `restore_best_weights` the model ends with the weights of the best epoch, also where it was not ended early.
/// Throws ValueError for arguments that are none; at the first epoch's end where "auto" does not tell which values are
/// better. keras.callbacks.EarlyStopping.
struct EarlyStopping {
  std::string monitor = "val_loss";
  double min_delta = 0;
  int64_t patience = 0;
  int64_t verbose = 0;        ///< 1: says what it does
  std::string mode = "auto";  ///< "min" or "max": which values are better
  /// Epochs do not count as better unless they are better than this, too.
  std::optional<double> baseline = {};
  bool restore_best_weights = false;
  int64_t start_from_epoch = 0;  ///< epochs before are not looked at

  struct Progress {
    int64_t wait = 0, stopped_epoch = 0, best_epoch = 0;  ///< epochs count from 0; stopped_epoch is 0 if it did not
    std::optional<double> best = {};
    std::vector<Tensor> best_weights = {};
    Better better = Better::neither;  ///< found out at the first epoch's end
  };
  Shared<Progress> progress = {};

  static constexpr std::string_view class_name = "EarlyStopping";
  void fields(Fields& f);
  void check() const;
  void state(StateFields& f) const;
  void on_train_begin(const CallbackRun& run) const;
  void on_epoch_end(const CallbackRun& run, int64_t epoch, const Logs& logs) const;
  void on_train_end(const CallbackRun& run, const Logs& logs) const;
};

}  // namespace reel
