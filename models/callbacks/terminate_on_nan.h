#pragma once

#include "reel/models/training/callback.h"

namespace reel {

/// Ends training, as if it were done, at the first batch whose loss or gradients are not finite, where `fit` throws
/// otherwise. The batch changes nothing: the model keeps the last weights that were good. The epoch's loss is the one
/// that is not finite. keras.callbacks.TerminateOnNaN.
struct TerminateOnNaN {
  bool raise_error = false;  ///< `fit` throws all the same

  static constexpr std::string_view class_name = "TerminateOnNaN";
  void fields(Fields& f) { f("raise_error", raise_error); }
  bool ends_training(const CallbackRun& run, int64_t batch, const NumericError& error) const;
};

}  // namespace reel
