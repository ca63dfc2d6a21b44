#pragma once

#include <vector>

#include "reel/models/training/callback.h"

namespace reel {

/// Puts the averages that the optimizer keeps of the weights (`use_ema`) in the weights' place, and these in theirs,
/// while the model is evaluated or predicts; with `swap_on_epoch` also from the end of each epoch to the next one's
/// beginning, for callbacks behind this one to save. Throws ValueError for an optimizer without averages.
/// keras.callbacks.SwapEMAWeights.
struct SwapEMAWeights {
  bool swap_on_epoch = false;

  struct Progress {
    std::vector<Tensor> weights = {};  ///< the model's own, while it has the averages
  };
  Shared<Progress> progress = {};

  static constexpr std::string_view class_name = "SwapEMAWeights";
  void fields(Fields& f) { f("swap_on_epoch", swap_on_epoch); }
  void state(StateFields& f) const { f("weights", progress->weights); }
  void on_train_begin(const CallbackRun& run) const { show(run, false); }
  /// The averages are what a model ends with.
  void on_train_end(const CallbackRun&, const Logs&) const { progress->weights.clear(); }
  void on_epoch_begin(const CallbackRun& run, int64_t) const { show(run, false); }
  void on_epoch_end(const CallbackRun& run, int64_t, Logs&) const { show(run, swap_on_epoch); }
  void on_test_begin(const CallbackRun& run) const { show(run, true); }
  void on_test_end(const CallbackRun& run, const Logs&) const { show(run, false); }
  void on_predict_begin(const CallbackRun& run) const { show(run, true); }
  void on_predict_end(const CallbackRun& run) const { show(run, false); }

  /// Has the averages in the model, or the weights.
  void show(const CallbackRun& run, bool averages) const;
};

}  // namespace reel
