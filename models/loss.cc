#include "reel/models/loss.h"

#include <fmt/format.h>

#include "reel/graph/error.h"

namespace reel {
namespace {

Var number(Var like, double value) { return like.graph().constant(value, like.dtype()); }

/// Keras's backend epsilon, and what 1 - 1e-7 is in float32.
constexpr double kEpsilon = 1e-7;

/// Probabilities moved into [eps, 1 - eps]; no gradient flows where they are outside.
Var clip(Var p) {
  const Var low = number(p, kEpsilon), high = number(p, p.dtype() == DType::f32 ? double(1.0f - 1e-7f) : 1 - kEpsilon);
  const Var raised = where(greater(low, p), low, p);
  return where(greater(raised, high), high, raised);
}

/// The argument of `sigmoid` if `p` is its result, or an empty Var.
Var logits_behind(Var p) {
  const Node& node = p.graph().node(p);
  return node.op->name() == "sigmoid" ? p.graph().var(node.inputs[0]) : Var{};
}

Var smooth(Var t, double smoothing, double classes) {
  return smoothing == 0 ? t : t * (1.0 - smoothing) + smoothing / classes;
}

}  // namespace

Var BinaryCrossentropy::operator()(Var y_true, Var y_pred) const {
  const Var t = smooth(y_true, label_smoothing, 2);
  const Var x = from_logits ? y_pred : logits_behind(y_pred);
  // With logits x: max(x, 0) - x t + log(1 + exp(-|x|)) = softplus(x) - x t.
  if (x) return reduce_mean(softplus(x) - x * t);
  const Var p = clip(y_pred);
  return -reduce_mean(t * log(p) + (1.0 - t) * log(1.0 - p));
}

Var MeanSquaredError::operator()(Var y_true, Var y_pred) const { return reduce_mean(square(y_true - y_pred)); }
Var MeanAbsoluteError::operator()(Var y_true, Var y_pred) const { return reduce_mean(abs(y_true - y_pred)); }

Var CategoricalCrossentropy::operator()(Var y_true, Var y_pred) const {
  const Var t = smooth(y_true, label_smoothing, static_cast<double>(y_pred.shape().back()));
  if (from_logits) {
    const Var shifted = y_pred - stop_gradient(reduce_max(y_pred, -1, true));
    return -reduce_sum(t * (shifted - log(reduce_sum(exp(shifted), -1, true))));
  }
  const Var p = clip(y_pred / reduce_sum(y_pred, -1, true));
  return -reduce_sum(t * log(p));
}

Loss::Loss(std::string_view name) {
  if (name == "binary_crossentropy")
    *this = BinaryCrossentropy{};
  else if (name == "mean_squared_error" || name == "mse")
    *this = MeanSquaredError{};
  else if (name == "mean_absolute_error" || name == "mae")
    *this = MeanAbsoluteError{};
  else if (name == "categorical_crossentropy")
    *this = CategoricalCrossentropy{};
  else
    throw ValueError(fmt::format("loss: \"{}\" is not known", name));
}

Var Loss::operator()(Var y_true, Var y_pred) const { return function_(match_targets(y_true, y_pred, name_), y_pred); }

Var match_targets(Var y_true, Var y_pred, std::string_view what) {
  Var t = cast(y_true, y_pred.dtype());
  const Shape &from = t.shape(), &to = y_pred.shape();
  if (from.rank() + 1 == to.rank() && to.back() == 1) t = reshape(t, from.with_inserted(from.rank(), 1));
  if (!(t.shape() == to)) {
    throw ShapeError(fmt::format("{}: targets {} do not fit predictions {}", what, from.str(), to.str()));
  }
  return t;
}

Var mean_loss(Var values, Var sample_weight) {
  if (!sample_weight) return mean(values);
  Var weight = sample_weight;
  while (weight.shape().rank() < values.shape().rank()) {
    weight = reshape(weight, weight.shape().with_inserted(weight.shape().rank(), 1));
  }
  return mean(values * weight);
}

}  // namespace reel
