// Losses, with Keras's names, defaults and arithmetic (keras.losses).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "reel/ops/ops.h"

namespace reel {

// Each maps targets and predictions [rows, ..., n] of equal shape to a value for every vector along the last axis,
// [rows, ...]. The batch's loss is the mean of these values; with sample weights, the sum of weight times value divided
// by the number of values.

/// mean of -(t log p + (1 - t) log(1 - p)). With `from_logits`, p = sigmoid(y_pred). Where y_pred is the result of
/// `sigmoid`, the loss is computed from that function's argument, which is exact at both ends; other probabilities are
/// clipped to [1e-7, 1 - 1e-7]. Label smoothing s: t (1 - s) + s / 2. keras.losses.BinaryCrossentropy.
struct BinaryCrossentropy {
  bool from_logits = false;
  double label_smoothing = 0;
  static constexpr std::string_view name = "binary_crossentropy";
  Var operator()(Var y_true, Var y_pred) const;
};

/// mean of (t - y)^2. keras.losses.MeanSquaredError.
struct MeanSquaredError {
  static constexpr std::string_view name = "mean_squared_error";
  Var operator()(Var y_true, Var y_pred) const;
};

/// mean of |t - y|. keras.losses.MeanAbsoluteError.
struct MeanAbsoluteError {
  static constexpr std::string_view name = "mean_absolute_error";
  Var operator()(Var y_true, Var y_pred) const;
};

/// -sum of t log p over the classes of the last axis. Probabilities are scaled to sum to one, then clipped to
/// [1e-7, 1 - 1e-7]; with `from_logits`, p = softmax(y_pred). keras.losses.CategoricalCrossentropy.
struct CategoricalCrossentropy {
  bool from_logits = false;
  double label_smoothing = 0;
  static constexpr std::string_view name = "categorical_crossentropy";
  Var operator()(Var y_true, Var y_pred) const;
};

/// Any loss above, Keras's name for one ("mse"), or a named function of (targets, predictions).
class Loss {
 public:
  Loss() = default;
  template <class L>
  requires requires(const L& l, Var v) {
    L::name;
    l(v, v);
  }
  Loss(L loss) : name_(L::name), function_(std::move(loss)) {}
  Loss(std::string name, std::function<Var(Var, Var)> function)
      : name_(std::move(name)), function_(std::move(function)) {}
  /// Throws ValueError for an unknown name.
  Loss(std::string_view name);
  Loss(const char* name) : Loss(std::string_view(name)) {}

  explicit operator bool() const { return static_cast<bool>(function_); }
  const std::string& name() const { return name_; }
  /// Values [rows, ...] for targets brought to the predictions' shape and type. Throws ShapeError.
  Var operator()(Var y_true, Var y_pred) const;

 private:
  std::string name_;
  std::function<Var(Var, Var)> function_;
};

/// Targets as the predictions' type, with a trailing axis of extent 1 added where only the predictions have one, as
/// Keras does. `what` names the user in the ShapeError thrown when the shapes still differ.
Var match_targets(Var y_true, Var y_pred, std::string_view what);

/// sum of values (times weights [rows], if given, over the other axes) / number of values: the loss of a batch, [].
Var mean_loss(Var values, Var sample_weight = {});

}  // namespace reel
