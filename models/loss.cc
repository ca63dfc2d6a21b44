#include "reel/models/loss.h"

#include <fmt/format.h>

#include <algorithm>
#include <numbers>

#include "reel/models/names.h"
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

Var at_least_epsilon(Var x) { return maximum(x, number(x, kEpsilon)); }

/// max(1 - t y, 0), where targets that are all 0 or 1 become -1 and 1.
Var margin(Var t, Var y) {
  const Var zero = number(t, 0), one = number(t, 1);
  const Var others = sum(one - maximum(equal(t, zero), equal(t, one)));
  return relu(1.0 - where(equal(others, zero), 2.0 * t - 1.0, t) * y);
}

/// The argument of `sigmoid` if `p` is its result, or an empty Var. The graph tells ops apart better than their names
/// do: asked for what already stands, it gives the same node.
Var logits_behind(Var p) {
  const Node& node = p.graph().node(p);
  if (node.inputs.size() != 1) return {};
  const Var x = p.graph().var(node.inputs[0]);
  return x.type() == p.type() && sigmoid(x) == p ? x : Var{};
}

Var smooth(Var t, double smoothing, double classes) {
  return smoothing == 0 ? t : t * (1.0 - smoothing) + smoothing / classes;
}

/// `weight` [rows] or [rows, steps] with axes of extent 1 added until it has as many as `values`.
Var with_axes_of(Var values, Var weight) {
  while (weight.shape().rank() < values.shape().rank()) {
    weight = reshape(weight, weight.shape().with_inserted(weight.shape().rank(), 1));
  }
  return weight;
}

/// A loss by the names that Keras has for it: `L::name`, its class and short ones.
struct Named {
  std::string_view name, class_name, alias, capitals;
  Loss (*make)();
};

template <class L>
constexpr Named entry(std::string_view class_name, std::string_view alias = {}, std::string_view capitals = {}) {
  return {L::name, class_name, alias, capitals, [] { return Loss(L{}); }};
}

constexpr Named kLosses[] = {
    entry<BinaryCrossentropy>("BinaryCrossentropy", "bce", "BCE"),
    entry<CategoricalCrossentropy>("CategoricalCrossentropy"),
    entry<SparseCategoricalCrossentropy>("SparseCategoricalCrossentropy"),
    entry<MeanSquaredError>("MeanSquaredError", "mse", "MSE"),
    entry<MeanAbsoluteError>("MeanAbsoluteError", "mae", "MAE"),
    entry<MeanAbsolutePercentageError>("MeanAbsolutePercentageError", "mape", "MAPE"),
    entry<MeanSquaredLogarithmicError>("MeanSquaredLogarithmicError", "msle", "MSLE"),
    entry<LogCosh>("LogCosh", "logcosh"),
    entry<Poisson>("Poisson"),
    entry<KLDivergence>("KLDivergence", "kld", "KLD"),
    entry<CosineSimilarity>("CosineSimilarity"),
    entry<Hinge>("Hinge"),
    entry<SquaredHinge>("SquaredHinge"),
    entry<CategoricalHinge>("CategoricalHinge"),
};

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
  if (from_logits) {
    const Var shifted = y_pred - stop_gradient(reduce_max(y_pred, -1, true));
    return -reduce_sum(t * (shifted - log(reduce_sum(exp(shifted), -1, true))));
  }
  const Var p = clip(y_pred / reduce_sum(y_pred, -1, true));
  return -reduce_sum(t * log(p));
}

Var SparseCategoricalCrossentropy::operator()(Var y_true, Var y_pred) const {
  const Shape& to = y_pred.shape();
  Var t = cast(y_true, y_pred.dtype());
  if (t.shape() == to.without_axis(to.rank() - 1)) t = reshape(t, t.shape().with_inserted(t.shape().rank(), 1));
  if (!(t.shape() == to.with_axis(to.rank() - 1, 1))) {
    throw ShapeError(fmt::format("{}: targets {} do not fit predictions {}", name, y_true.shape().str(), to.str()));
  }
  Tensor classes(DType::f32, {to.back()});
  for (int64_t i = 0; i < to.back(); ++i) classes.data<float>()[i] = static_cast<float>(i);
  const Var one_hot = equal(t, y_pred.graph().constant(classes.cast(y_pred.dtype())));
  return CategoricalCrossentropy{.from_logits = from_logits}(one_hot, y_pred);
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

Var Poisson::operator()(Var y_true, Var y_pred) const { return reduce_mean(y_pred - y_true * log(y_pred + kEpsilon)); }

Var KLDivergence::operator()(Var y_true, Var y_pred) const {
  const Var t = clip_to(y_true, kEpsilon, 1), y = clip_to(y_pred, kEpsilon, 1);
  return reduce_sum(t * log(t / y));
}

Var CosineSimilarity::operator()(Var y_true, Var y_pred) const {
  const auto unit = [](Var x) { return x / at_least_epsilon(sqrt(reduce_sum(square(x), -1, true))); };
  return -reduce_sum(unit(y_true) * unit(y_pred));
}

Var Hinge::operator()(Var y_true, Var y_pred) const { return reduce_mean(margin(y_true, y_pred)); }
Var SquaredHinge::operator()(Var y_true, Var y_pred) const { return reduce_mean(square(margin(y_true, y_pred))); }

Var CategoricalHinge::operator()(Var y_true, Var y_pred) const {
  return relu(reduce_max((1.0 - y_true) * y_pred) - reduce_sum(y_true * y_pred) + 1.0);
}

Loss::Loss(std::string_view name) {
  for (const Named& known : kLosses) {
    const std::string_view names[] = {known.name, known.class_name, known.alias, known.capitals};
    if (name.empty() || std::ranges::find(names, name) == std::end(names)) continue;
    *this = known.make();
    return;
  }
  std::vector<std::string_view> names;
  for (const Named& known : kLosses) names.push_back(known.name);
  throw_unknown_name("loss", name, names);
}

Loss::Loss(const char* name) : Loss(given_name("loss", name)) {}

Loss::Loss(std::string name, std::function<Var(Var, Var)> function)
    : name_(std::move(name)), function_(require_function(std::move(function), "loss")) {}

Var Loss::operator()(Var y_true, Var y_pred) const {
  const Var targets = targets_are_classes_ ? y_true : match_targets(y_true, y_pred, name_);
  return require_values(function_(targets, y_pred), y_pred, {"loss", name_});
}

Var match_targets(Var y_true, Var y_pred, std::string_view what) {
  Var t = cast(y_true, y_pred.dtype());
  const Shape &from = t.shape(), &to = y_pred.shape();
  if (from.rank() + 1 == to.rank() && to.back() == 1) t = reshape(t, from.with_inserted(from.rank(), 1));
  if (!(t.shape() == to)) {
    throw ShapeError(fmt::format("{}: targets {} do not fit predictions {}", what, from.str(), to.str()));
  }
  return t;
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
