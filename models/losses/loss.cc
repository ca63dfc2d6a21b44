#include "reel/models/losses/loss.h"

#include <fmt/format.h>

#include <numbers>

#include "reel/graph/warning.h"
#include "reel/models/activations/activation.h"
#include "reel/models/describe/users_code.h"
#include "reel/models/losses/loss_names.h"

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
  return relu(1.0 - multiply_no_nan(y, where(equal(others, zero), 2.0 * t - 1.0, t)));
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

/// The logits to go by, if any: those behind predictions that are the result of `function`, or the predictions, if they
/// are said to be logits.
Var logits_of(Var y_pred, Var behind, bool from_logits, std::string_view loss, std::string_view function) {
  if (!from_logits) return behind;
  if (!behind) return y_pred;
  warn(fmt::format(
      "{}: from_logits is set, but the predictions are the result of {}, and no logits; its argument is taken", loss,
      function));
  return behind;
}

/// Throws ShapeError for predictions without an axis of classes.
void require_classes(Var y_pred, std::string_view loss) {
  if (y_pred.shape().rank() > 1) return;
  throw ShapeError(fmt::format("{}: needs predictions [rows, ..., classes], got {}", loss, y_pred.type().str()));
}

/// Throws ValueError for a share that is none.
void check_smoothing(double smoothing, std::string_view loss) {
  if (smoothing >= 0 && smoothing <= 1) return;
  throw ValueError(fmt::format("{}: label_smoothing must be in [0, 1], got {}", loss, smoothing));
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

/// Of one output, log(1 - p) would lose the digits of a small p.
Var BinaryCrossentropy::operator()(Var y_true, Var y_pred) const {
  check_smoothing(label_smoothing, name);
  const Var t = smooth(y_true, label_smoothing, 2);
  if (const Var x = logits_of(y_pred, logits_behind(y_pred), from_logits, name, "sigmoid")) {
    return mean_of_outputs(sigmoid_crossentropy(x, t));
  }
  const Var p = clip(y_pred);
  return -mean_of_outputs(t * log(p) + (1.0 - t) * log1p(-p));
}

Var MeanSquaredError::operator()(Var y_true, Var y_pred) const { return mean_of_outputs(square(y_pred - y_true)); }
Var MeanAbsoluteError::operator()(Var y_true, Var y_pred) const { return mean_of_outputs(abs(y_true - y_pred)); }

Var CategoricalCrossentropy::operator()(Var y_true, Var y_pred) const { return of_classes(y_true, y_pred, name); }

Var CategoricalCrossentropy::of_classes(Var y_true, Var y_pred, std::string_view loss_name) const {
  require_classes(y_pred, loss_name);
  check_smoothing(label_smoothing, loss_name);
  if (y_pred.shape().back() == 1) {
    warn(fmt::format("{}: predictions {} are of one class, and so certain; a single unit takes {}", loss_name,
                     y_pred.type().str(), BinaryCrossentropy::name));
  }
  const Var t = smooth(y_true, label_smoothing, static_cast<double>(y_pred.shape().back()));
  if (const Var x = logits_of(y_pred, argument_behind(y_pred, softmax, 3), from_logits, loss_name, "softmax")) {
    return -reduce_sum(multiply_no_nan(log_softmax(x), t));
  }
  const Var p = clip(y_pred / reduce_sum(y_pred, -1, true));
  return -reduce_sum(t * log(p));
}

Var SparseCategoricalCrossentropy::operator()(Var y_true, Var y_pred) const {
  return CategoricalCrossentropy{.from_logits = from_logits}.of_classes(targets(y_true, y_pred), y_pred, name);
}

Var SparseCategoricalCrossentropy::valid(Var y_true, Var y_pred) const {
  return ignore_class ? reduce_sum(targets(y_true, y_pred)) : Var{};
}

Var SparseCategoricalCrossentropy::targets(Var y_true, Var y_pred) const {
  require_classes(y_pred, name);
  const Shape& to = y_pred.shape();
  Var t = y_true;
  if (has_one_more(t.shape(), to.without_axis(to.rank() - 1))) t = without_last(t);
  if (t.shape() == to.without_axis(to.rank() - 1)) {
    return one_hot(t, to.back(), {.dtype = y_pred.dtype(), .none = ignore_class, .what = std::string(name)});
  }
  throw ShapeError(fmt::format("{}: targets {} do not fit predictions {}", name, y_true.shape().str(), to.str()));
}

Var MeanAbsolutePercentageError::operator()(Var y_true, Var y_pred) const {
  return 100.0 * mean_of_outputs(abs((y_true - y_pred) / at_least_epsilon(abs(y_true))));
}

Var MeanSquaredLogarithmicError::operator()(Var y_true, Var y_pred) const {
  return mean_of_outputs(square(log_ratio(at_least_epsilon(y_pred), at_least_epsilon(y_true), 1)));
}

Var LogCosh::operator()(Var y_true, Var y_pred) const { return mean_of_outputs(log_cosh(y_pred - y_true)); }

Loss LogCosh::as_metric() const { return {"logcosh", *this}; }

Var Poisson::operator()(Var y_true, Var y_pred) const {
  const Var counted =
      where(y_true, y_pred + kEpsilon, number(y_pred, 1));  // whose logarithm has a target that is not 0
  return mean_of_outputs(y_pred - y_true * log(counted));
}

Var KLDivergence::operator()(Var y_true, Var y_pred) const {
  require_classes(y_pred, name);
  const Var t = clip_to(y_true, kEpsilon, 1), y = clip_to(y_pred, kEpsilon, 1);
  return reduce_sum(t * log_ratio(t, y));
}

/// Squares are summed of elements that the largest has been taken out of, and so neither overflow nor vanish; that does
/// not change the direction, and so needs no gradient. The root is taken of what is not 0: at 0, where nothing comes
/// back from the maximum, its gradient is infinite.
Var CosineSimilarity::operator()(Var y_true, Var y_pred) const {
  require_classes(y_pred, name);
  const auto unit = [](Var x) {
    const Var largest = stop_gradient(at_least_epsilon(reduce_max(abs(x), -1, true))), scaled = x / largest;
    return scaled / sqrt(maximum(reduce_sum(square(scaled), -1, true), square(kEpsilon / largest)));
  };
  return -reduce_sum(unit(y_true) * unit(y_pred));
}

Loss CosineSimilarity::as_metric() const {
  return {std::string(name), [loss = *this](Var y_true, Var y_pred) { return -loss(y_true, y_pred); }};
}

Var Hinge::operator()(Var y_true, Var y_pred) const { return mean_of_outputs(margin(y_true, y_pred)); }
Var SquaredHinge::operator()(Var y_true, Var y_pred) const { return mean_of_outputs(square(margin(y_true, y_pred))); }

Var CategoricalHinge::operator()(Var y_true, Var y_pred) const {
  require_classes(y_pred, name);
  return relu(reduce_max(multiply_no_nan(y_pred, 1.0 - y_true)) - reduce_sum(multiply_no_nan(y_pred, y_true)) + 1.0);
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

Var Loss::valid(Var y_true, Var y_pred, Var mask) const {
  const Var own = valid_ ? valid_(y_true, y_pred) : Var{};
  return own && mask ? own * with_axes_of(own, cast(mask, own.dtype())) : own ? own : mask;
}

Var mean_of_outputs(Var values) { return values.shape().rank() == 1 ? values : reduce_mean(values); }

Var match_targets(Var y_true, Var y_pred, std::string_view what) {
  Var t = cast(y_true, y_pred.dtype());
  const Shape &from = y_true.shape(), &to = y_pred.shape();
  if (has_one_more(to, from)) t = with_last(t);
  if (has_one_more(from, to)) t = without_last(t);
  if (t.shape() == to) return t;
  throw ShapeError(fmt::format("{}: targets {} do not fit predictions {}", what, from.str(), to.str()));
}

Var weighted(Var values, Var sample_weight) {
  return sample_weight ? multiply_no_nan(values, with_axes_of(values, sample_weight)) : values;
}

Var mean_loss(Var values, Var sample_weight) { return mean(weighted(values, sample_weight)); }

Var sum_of_valid(Var values, Var mask, std::string_view what) {
  const Shape &of = values.shape(), &masked = mask.shape();
  bool fits = masked.rank() <= of.rank();
  for (int axis = 0; fits && axis < masked.rank(); ++axis) fits = of[axis] == masked[axis];
  if (!fits) throw ShapeError(fmt::format("{}: mask {} does not fit values {}", what, masked.str(), of.str()));
  return sum(multiply_no_nan(values, with_axes_of(values, cast(mask, values.dtype()))));
}

Var count_of_valid(Var values, Var mask) {
  const Var steps = sum(cast(mask, values.dtype()));
  const double in_each = static_cast<double>(values.shape().product(mask.shape().rank(), values.shape().rank()));
  return maximum(steps, number(steps, 1)) * in_each;
}

}  // namespace reel
