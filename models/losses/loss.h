// Losses, with Keras's names, defaults and arithmetic (keras.losses).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "reel/ops/ops.h"

namespace reel {

class Loss;

// Each maps targets and predictions [rows, ..., n], of equal shape unless it says otherwise, to a value for every
// vector along the last axis, [rows, ...]. The batch's loss is the mean of these values; with sample weights, the sum
// of weight times value divided by the number of values.

/// mean of -(t log p + (1 - t) log(1 - p)). With `from_logits`, p = sigmoid(y_pred). Where y_pred is the result of
/// `sigmoid`, the loss is computed from that function's argument x as log(1 + exp(-|x|)) + |x| (1 - t where x > 0, else
/// t), as with `from_logits`, of which it then warns: loss and gradient lose nothing as p comes close to 0 or 1. Other
/// probabilities are clipped to [1e-7, 1 - 1e-7]. Label smoothing s in [0, 1]: t (1 - s) + s / 2.
/// keras.losses.BinaryCrossentropy.
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

/// -sum of t log p over the classes of the last axis. With `from_logits`, p = softmax(y_pred). Where y_pred is the
/// result of `softmax`, the loss is computed from that function's argument, as with `from_logits`: loss and gradient
/// lose nothing as a p comes close to 0 or 1. Other probabilities are scaled to sum to one, then clipped to
/// [1e-7, 1 - 1e-7]. Label smoothing s in [0, 1]: t (1 - s) + s / classes. A class of target 0 has no part in it,
/// however unlikely. Warns of a single class. keras.losses.CategoricalCrossentropy.
struct CategoricalCrossentropy {
  bool from_logits = false;
  double label_smoothing = 0;
  static constexpr std::string_view name = "categorical_crossentropy";
  Var operator()(Var y_true, Var y_pred) const;
  /// The same of the loss that messages call `name`.
  Var of_classes(Var y_true, Var y_pred, std::string_view name) const;
};

/// As CategoricalCrossentropy, with the class's index as target: [rows, ...] or [rows, ..., 1] for predictions
/// [rows, ..., classes]. Indices that are no whole numbers are rounded toward zero. Targets that are `ignore_class`, be
/// it a class or none, have loss 0 and do not count; for others that are no class, running throws RowError with the
/// target, its row and the number of classes. keras.losses.SparseCategoricalCrossentropy.
struct SparseCategoricalCrossentropy {
  bool from_logits = false;
  std::optional<int64_t> ignore_class = std::nullopt;
  static constexpr std::string_view name = "sparse_categorical_crossentropy";
  static constexpr bool kTargetsAreClasses = true;
  Var operator()(Var y_true, Var y_pred) const;
  /// 1 where the target is not ignored, else 0, [rows, ...]; an empty Var where none is.
  Var valid(Var y_true, Var y_pred) const;

 private:
  Var targets(Var y_true, Var y_pred) const;
};

/// 100 mean of |t - y| / max(|t|, 1e-7). keras.losses.MeanAbsolutePercentageError.
struct MeanAbsolutePercentageError {
  static constexpr std::string_view name = "mean_absolute_percentage_error";
  Var operator()(Var y_true, Var y_pred) const;
};

/// mean of (log(max(t, 1e-7) + 1) - log(max(y, 1e-7) + 1))^2. keras.losses.MeanSquaredLogarithmicError.
struct MeanSquaredLogarithmicError {
  static constexpr std::string_view name = "mean_squared_logarithmic_error";
  Var operator()(Var y_true, Var y_pred) const;
};

/// mean of log(cosh(y - t)). keras.losses.LogCosh; as a metric it is called "logcosh", as keras.metrics.LogCoshError.
struct LogCosh {
  static constexpr std::string_view name = "log_cosh";
  Var operator()(Var y_true, Var y_pred) const;
  Loss as_metric() const;
};

/// mean of y - t log(y + 1e-7). keras.losses.Poisson.
struct Poisson {
  static constexpr std::string_view name = "poisson";
  Var operator()(Var y_true, Var y_pred) const;
};

/// sum of t log(t / y), both clipped to [1e-7, 1]. keras.losses.KLDivergence.
struct KLDivergence {
  static constexpr std::string_view name = "kl_divergence";
  Var operator()(Var y_true, Var y_pred) const;
};

/// -sum of t y / (|t| |y|), where lengths below 1e-7 count as 1e-7. keras.losses.CosineSimilarity; as a
/// metric it has the other sign, 1 for vectors of one direction, as keras.metrics.CosineSimilarity.
struct CosineSimilarity {
  static constexpr std::string_view name = "cosine_similarity";
  Var operator()(Var y_true, Var y_pred) const;
  Loss as_metric() const;
};

/// mean of max(1 - t y, 0). Targets that are all 0 or 1 in a batch count as -1 and 1. keras.losses.Hinge.
struct Hinge {
  static constexpr std::string_view name = "hinge";
  Var operator()(Var y_true, Var y_pred) const;
};

/// mean of max(1 - t y, 0)^2, targets as in Hinge. keras.losses.SquaredHinge.
struct SquaredHinge {
  static constexpr std::string_view name = "squared_hinge";
  Var operator()(Var y_true, Var y_pred) const;
};

/// max(max of (1 - t) y - sum of t y + 1, 0). keras.losses.CategoricalHinge.
struct CategoricalHinge {
  static constexpr std::string_view name = "categorical_hinge";
  Var operator()(Var y_true, Var y_pred) const;
};

/// Any loss above, one of Keras's names for it ("mean_squared_error", "MeanSquaredError", "mse", "MSE"), or any
/// function of (targets, predictions). Constructors throw ValueError for a function or pointer that is empty.
class Loss {
 public:
  Loss() = default;
  template <class L>
  requires requires(const L& l, Var v) {
    L::name;
    l(v, v);
  }
  Loss(L loss) : name_(L::name), function_(loss) {
    targets_are_classes_ = requires { L::kTargetsAreClasses; };
    if constexpr (requires(const L& l, Var v) { l.valid(v, v); }) {
      valid_ = [of = loss](Var y_true, Var y_pred) { return of.valid(y_true, y_pred); };
    }
  }
  /// Any other function of (targets, predictions); its name is "custom".
  template <class F>
  requires(!std::is_same_v<F, Loss> && !requires { F::name; } && std::is_invocable_r_v<Var, F, Var, Var>)
      Loss(F function)
      : Loss("custom", std::function<Var(Var, Var)>(std::move(function))) {}
  Loss(std::string name, std::function<Var(Var, Var)> function);
  /// Throws ValueError, listing all names, for one that is not known.
  Loss(std::string_view name);
  Loss(const std::string& name) : Loss(std::string_view(name)) {}
  Loss(const char* name);

  explicit operator bool() const { return static_cast<bool>(function_); }
  const std::string& name() const { return name_; }
  /// Values [rows, ...], or [] of a function that gives their mean, for targets and predictions brought to one shape
  /// and type, unless targets are indices of classes. A last axis of extent 1 that only one of them has is dropped; but
  /// targets get one for predictions [rows, 1], and where there is a mask, for values have to keep its axes. Throws
  /// ShapeError, also where a function gives anything else, and Error where it gives an empty Var.
  Var operator()(Var y_true, Var y_pred, Var mask = {}) const;
  /// 1 for values that count, else 0, with the first axes of the values: what the mask says, and the loss itself of its
  /// targets; an empty Var where all count.
  Var valid(Var y_true, Var y_pred, Var mask = {}) const;

 private:
  std::string name_;
  std::function<Var(Var, Var)> function_, valid_;
  bool targets_are_classes_ = false;
};

/// Mean over the last axis, [rows, ..., n] -> [rows, ...]; of [rows], one output a row, the values themselves.
Var mean_of_outputs(Var values);

/// Targets as the predictions' type, with a trailing axis of extent 1 added where only the predictions have one, and
/// dropped where only the targets do. `what` names the user in the ShapeError thrown when the shapes still differ.
Var match_targets(Var y_true, Var y_pred, std::string_view what);

/// Values [rows, ...] times weights [rows], if given, over the other axes; 0 where the weight is 0, whatever the value.
Var weighted(Var values, Var sample_weight);

/// sum of weighted values / number of values: the loss of a batch, [].
Var mean_loss(Var values, Var sample_weight = {});

/// sum of values [rows, steps, ...] where the mask [rows, steps] is 1, []. `what` names the user in the ShapeError
/// thrown when the mask's axes are not the first of the values.
Var sum_of_valid(Var values, Var mask, std::string_view what);

/// Number of values [rows, steps, ...] where the mask [rows, steps] is 1, []; as if there were one step where there is
/// none.
Var count_of_valid(Var values, Var mask);

}  // namespace reel
