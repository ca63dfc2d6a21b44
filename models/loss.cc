#include "reel/models/loss.h"

#include <fmt/format.h>

#include <numbers>
#include <numeric>

#include "reel/models/activation.h"
#include "reel/models/loss_names.h"
#include "reel/models/users_code.h"

namespace reel {
namespace {

Var number(Var like, double value) { return like.graph().constant(value, like.dtype()); }

/// Keras's backend epsilon, and what 1 - 1e-7 is in float32.
constexpr double kEpsilon = 1e-7;

/// x moved into [low, high]; no gradient flows where it is outside.
Var clip_to(Var x, double low, double high) {
  const Var lowest = number(x, low), highest = number(x, high);
  const Var raised = where(greater(lowest, x), lowest, x);
  return where(greater(raised, highest), highest, raised);
}

/// Probabilities moved into [eps, 1 - eps].
Var clip(Var p) { return clip_to(p, kEpsilon, p.dtype() == DType::f32 ? double(1.0f - 1e-7f) : 1 - kEpsilon); }

/// x without its last axis, which has extent 1, or with one more.
Var without_last(Var x) { return reshape(x, x.shape().without_axis(x.shape().rank() - 1)); }
Var with_last(Var x) { return reshape(x, x.shape().with_inserted(x.shape().rank(), 1)); }

/// Whether `longer` is `shape` with one more axis, of extent 1.
bool has_one_more(const Shape& longer, const Shape& shape) {
  return longer.rank() == shape.rank() + 1 && longer.back() == 1 && longer.without_axis(shape.rank()) == shape;
}

/// Predictions without a last axis that targets [rows, n, ...] do not have, or with one that targets [rows, 1] do.
Var ranked_as(Var y_true, Var y_pred) {
  const Shape &t = y_true.shape(), &y = y_pred.shape();
  if (t.rank() > 1 && has_one_more(y, t)) return without_last(y_pred);
  return y.rank() == 1 && has_one_more(t, y) ? with_last(y_pred) : y_pred;
}

Var at_least_epsilon(Var x) { return maximum(x, number(x, kEpsilon)); }

/// max(1 - t y, 0), where targets that are all 0 or 1 become -1 and 1.
Var margin(Var t, Var y) {
  const Var zero = number(t, 0), one = number(t, 1);
  const Var others = sum(one - maximum(equal(t, zero), equal(t, one)));
  return relu(1.0 - where(equal(others, zero), 2.0 * t - 1.0, t) * y);
}

/// What the node of `x` read first, or an empty Var.
Var first_input(Var x) {
  const Node& node = x.graph().node(x);
  return node.inputs.empty() ? Var{} : x.graph().var(node.inputs[0]);
}

/// The argument of `function`, which is made of so many ops, if `p` is its result, or an empty Var. The graph tells ops
/// apart better than their names do: asked for what already stands, it gives the same node.
Var argument_behind(Var p, Var (*function)(Var), int ops) {
  Var x = first_input(p);
  for (int i = 0; x && i < ops; ++i, x = first_input(x)) {
    if (x.type() == p.type() && function(x) == p) return x;
  }
  return {};
}

/// The logits whose sigmoids `p` is, also where those had one more axis.
Var logits_behind(Var p) {
  if (const Var x = argument_behind(p, sigmoid, 1)) return x;
  const Var whole = first_input(p);
  if (!whole || !has_one_more(whole.shape(), p.shape()) || !(without_last(whole) == p)) return {};
  const Var x = argument_behind(whole, sigmoid, 1);
  return x ? without_last(x) : Var{};
}

/// 1 of the class that ids [..., 1] name, 0 of all others, along the last axis of `like` and in its type.
Var one_hot(Var ids, Var like) {
  Tensor classes(DType::i32, {like.shape().back()});
  std::iota(classes.data<int32_t>().begin(), classes.data<int32_t>().end(), 0);
  return cast(equal(ids, like.graph().constant(classes)), like.dtype());
}

/// -sum of t log p for p = softmax(x). The largest x is taken out, with its gradient: then log p of it is
/// -log1p(sum of the others' exp(x - largest)), and the gradient the sum of the others' p where it is the target.
Var softmax_crossentropy(Var x, Var t) {
  const Var zero = number(x, 0), is_largest = one_hot(with_last(argmax(x)), x);
  const Var largest = reduce_sum(where(is_largest, x, zero), -1, true);
  const Var below = where(is_largest, zero, x - largest);
  const Var others = reduce_sum(where(is_largest, zero, exp(below)), -1, true);
  return reduce_sum(t * (log1p(others) - below));
}

Var smooth(Var t, double smoothing, double classes) {
  return smoothing == 0 ? t : t * (1.0 - smoothing) + smoothing / classes;
}

/// `weight` [rows] or [rows, steps] with axes of extent 1 added until it has as many as `values`.
Var with_axes_of(Var values, Var weight) {
  while (weight.shape().rank() < values.shape().rank()) weight = with_last(weight);
  return weight;
}

}  // namespace

Var BinaryCrossentropy::operator()(Var y_true, Var y_pred) const {
  const Var t = smooth(y_true, label_smoothing, 2);
  const Var x = from_logits ? y_pred : logits_behind(y_pred);
  if (x) return reduce_mean(sigmoid_crossentropy(x, t));
  const Var p = clip(y_pred);
  return -reduce_mean(t * log(p) + (1.0 - t) * log(1.0 - p));
}

Var MeanSquaredError::operator()(Var y_true, Var y_pred) const { return reduce_mean(square(y_pred - y_true)); }
Var MeanAbsoluteError::operator()(Var y_true, Var y_pred) const { return reduce_mean(abs(y_true - y_pred)); }

Var CategoricalCrossentropy::operator()(Var y_true, Var y_pred) const {
  const Var t = smooth(y_true, label_smoothing, static_cast<double>(y_pred.shape().back()));
  const Var x = from_logits ? y_pred : argument_behind(y_pred, softmax, 3);
  if (x) return softmax_crossentropy(x, t);
  const Var p = clip(y_pred / reduce_sum(y_pred, -1, true));
  return -reduce_sum(t * log(p));
}

Var SparseCategoricalCrossentropy::operator()(Var y_true, Var y_pred) const {
  const Shape& to = y_pred.shape();
  Var t = cast(y_true, DType::i32);
  if (t.shape() == to.without_axis(to.rank() - 1)) t = with_last(t);
  if (!(t.shape() == to.with_axis(to.rank() - 1, 1))) {
    throw ShapeError(fmt::format("{}: targets {} do not fit predictions {}", name, y_true.shape().str(), to.str()));
  }
  return CategoricalCrossentropy{.from_logits = from_logits}(one_hot(t, y_pred), y_pred);
}

Var MeanAbsolutePercentageError::operator()(Var y_true, Var y_pred) const {
  return 100.0 * reduce_mean(abs((y_true - y_pred) / at_least_epsilon(abs(y_true))));
}

Var MeanSquaredLogarithmicError::operator()(Var y_true, Var y_pred) const {
  return reduce_mean(square(log(at_least_epsilon(y_pred) + 1.0) - log(at_least_epsilon(y_true) + 1.0)));
}

/// log(cosh(x)) = x + log(1 + exp(-2 x)) - log 2, which does not overflow.
Var LogCosh::operator()(Var y_true, Var y_pred) const {
  const Var x = y_pred - y_true;
  return reduce_mean(x + softplus(-2.0 * x) - std::numbers::ln2);
}

Loss LogCosh::as_metric() const { return {"logcosh", *this}; }

Var Poisson::operator()(Var y_true, Var y_pred) const { return reduce_mean(y_pred - y_true * log(y_pred + kEpsilon)); }

Var KLDivergence::operator()(Var y_true, Var y_pred) const {
  const Var t = clip_to(y_true, kEpsilon, 1), y = clip_to(y_pred, kEpsilon, 1);
  return reduce_sum(t * log(t / y));
}

/// The root is taken of what is not 0: at 0, where nothing comes back from the maximum, its gradient is infinite.
Var CosineSimilarity::operator()(Var y_true, Var y_pred) const {
  const auto unit = [](Var x) {
    return x / sqrt(maximum(reduce_sum(square(x), -1, true), number(x, kEpsilon * kEpsilon)));
  };
  return -reduce_sum(unit(y_true) * unit(y_pred));
}

Loss CosineSimilarity::as_metric() const {
  return {std::string(name), [loss = *this](Var y_true, Var y_pred) { return -loss(y_true, y_pred); }};
}

Var Hinge::operator()(Var y_true, Var y_pred) const { return reduce_mean(margin(y_true, y_pred)); }
Var SquaredHinge::operator()(Var y_true, Var y_pred) const { return reduce_mean(square(margin(y_true, y_pred))); }

Var CategoricalHinge::operator()(Var y_true, Var y_pred) const {
  return relu(reduce_max((1.0 - y_true) * y_pred) - reduce_sum(y_true * y_pred) + 1.0);
}

Loss::Loss(std::string_view name) : Loss(entry_named<Maker<Loss>>("loss", name, {kLossesAs<Loss>}).make()) {}

Loss::Loss(const char* name) : Loss(given_name("loss", name)) {}

Loss::Loss(std::string name, std::function<Var(Var, Var)> function)
    : name_(std::move(name)), function_(require_function(std::move(function), "loss")) {}

Var Loss::operator()(Var y_true, Var y_pred, Var mask) const {
  const Var predicted = targets_are_classes_ || mask ? y_pred : ranked_as(y_true, y_pred);
  const Var targets = targets_are_classes_ ? y_true : match_targets(y_true, predicted, name_);
  return require_values(function_(targets, predicted), y_pred, {"loss", name_});
}

Var match_targets(Var y_true, Var y_pred, std::string_view what) {
  Var t = cast(y_true, y_pred.dtype());
  const Shape &from = y_true.shape(), &to = y_pred.shape();
  if (has_one_more(to, from)) t = with_last(t);
  if (has_one_more(from, to)) t = without_last(t);
  if (t.shape() == to) return t;
  throw ShapeError(fmt::format("{}: targets {} do not fit predictions {}", what, from.str(), to.str()));
}

Var weighted(Var values, Var sample_weight) {
  return sample_weight ? values * with_axes_of(values, sample_weight) : values;
}

Var mean_loss(Var values, Var sample_weight) { return mean(weighted(values, sample_weight)); }

Var sum_of_valid(Var values, Var mask, std::string_view what) {
  const Shape &of = values.shape(), &masked = mask.shape();
  bool fits = masked.rank() <= of.rank();
  for (int axis = 0; fits && axis < masked.rank(); ++axis) fits = of[axis] == masked[axis];
  if (!fits) throw ShapeError(fmt::format("{}: mask {} does not fit values {}", what, masked.str(), of.str()));
  return sum(values * with_axes_of(values, cast(mask, values.dtype())));
}

Var count_of_valid(Var values, Var mask) {
  const Var steps = sum(cast(mask, values.dtype()));
  const double in_each = static_cast<double>(values.shape().product(mask.shape().rank(), values.shape().rank()));
  return maximum(steps, number(steps, 1)) * in_each;
}

}  // namespace reel
