#include "reel/models/losses/crossentropies.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/graph/warning.h"
#include "reel/models/activations/activation.h"

namespace reel {
namespace {

/// The logits to go by, if any: those behind predictions that are the result of `function`, or the predictions, if they
/// are said to be logits.
Var logits_for(const Flow& y_pred, Flow::Of function, bool from_logits, std::string_view loss) {
  const Var behind = y_pred.logits_of(function);
  if (!from_logits) return behind;
  if (!behind) return y_pred.value;
  warn(fmt::format(
      "{}: from_logits is set, but the predictions are the result of {}, and no logits; its argument is taken", loss,
      function == Flow::Of::sigmoid ? "sigmoid" : "softmax"));
  return behind;
}

/// x^power for x in [0, 1].
Var power_of_share(Var x, double power) {
  if (power == 2) return square(x);
  const Var zero = number_like(x, 0), is_positive = greater(x, zero);
  const Var raised = exp(power * log(where(is_positive, x, number_like(x, 1))));
  return where(is_positive, raised, number_like(x, power == 0 ? 1 : 0));
}

/// -(t log p + (1 - t) log(1 - p)) of each output, and p. Of one output, log(1 - p) would lose the digits of a small p.
struct Shares {
  Var crossentropy, p;
};

Shares of_shares(Var t, const Flow& y_pred, bool from_logits, std::string_view loss) {
  if (const Var x = logits_for(y_pred, Flow::Of::sigmoid, from_logits, loss)) {
    return {sigmoid_crossentropy(x, t), from_logits ? sigmoid(x) : y_pred.value};
  }
  const Var p = clip_share(y_pred.value);
  return {-(t * log(p) + (1.0 - t) * log1p(-p)), y_pred.value};
}

/// log of softmax over any axis. Over the last, it keeps its digits where a class is certain.
Var log_softmax_over(Var x, int axis) {
  if (axis == -1 || axis == x.shape().rank() - 1) return log_softmax(x);
  const Var below = x - stop_gradient(reduce_max(x, axis, true));
  return below - log(reduce_sum(exp(below), axis, true));
}

/// Throws ShapeError for an axis that predictions do not have.
int64_t classes_of(Var y_pred, int64_t axis, std::string_view loss) {
  require_classes(y_pred, loss);
  const int rank = y_pred.shape().rank();
  if (axis < -rank || axis >= rank) {
    throw ShapeError(fmt::format("{}: predictions {} have no axis {}", loss, y_pred.type().str(), axis));
  }
  return y_pred.shape()[static_cast<int>(axis < 0 ? axis + rank : axis)];
}

/// What a crossentropy of classes is told.
struct OfClasses {
  bool from_logits;
  double label_smoothing;
  int64_t axis;
  std::string_view name;
};

Var smooth_classes(Var t, int64_t classes, const OfClasses& given) {
  return smooth(t, given.label_smoothing, static_cast<double>(classes));
}

/// Shares of classes scaled to a sum of one, clipped.
Var scaled_shares(Var y_pred, int axis) { return clip_share(y_pred / reduce_sum(y_pred, axis, true)); }

Var crossentropy_of(Var y_true, const Flow& y_pred, const OfClasses& given) {
  const int64_t classes = classes_of(y_pred.value, given.axis, given.name);
  if (classes == 1) {
    warn(fmt::format("{}: predictions {} are of one class, and so certain; a single unit takes {}", given.name,
                     y_pred.value.type().str(), BinaryCrossentropy{}.name));
  }
  const Var t = smooth_classes(y_true, classes, given);
  const auto axis = static_cast<int>(given.axis);
  if (const Var x = logits_for(y_pred, Flow::Of::softmax, given.from_logits, given.name)) {
    return -reduce_sum(multiply_no_nan(log_softmax_over(x, axis), t), axis);
  }
  return -reduce_sum(t * log(scaled_shares(y_pred.value, axis)), axis);
}

/// Indices of classes [rows, ...] or [rows, ..., 1] as 1 at the class, of the predictions' shape.
Var one_hot_targets(Var y_true, Var y_pred, std::optional<int64_t> none, const std::string& loss) {
  const Shape& to = y_pred.shape();
  Var t = y_true;
  if (has_one_more(t.shape(), to.without_axis(to.rank() - 1))) t = without_last(t);
  if (t.shape() == to.without_axis(to.rank() - 1)) {
    return one_hot(t, to.back(), {.dtype = y_pred.dtype(), .none = none, .what = loss});
  }
  throw ShapeError(fmt::format("{}: targets {} do not fit predictions {}", loss, y_true.shape().str(), to.str()));
}

}  // namespace

void BinaryCrossentropy::fields(Fields& f) {
  loss_fields(f, name, reduction);
  f("from_logits", from_logits);
  f("label_smoothing", label_smoothing);
  f("axis", axis);
}

/// Keras's metric has no axis: it is told where it is not the last.
void BinaryCrossentropy::metric_fields(Fields& f) {
  f("from_logits", from_logits);
  f("label_smoothing", label_smoothing);
  f.unless("axis", int64_t{-1}, axis);
}

void BinaryCrossentropy::check() const { check_smoothing(label_smoothing, name); }

Var BinaryCrossentropy::operator()(Var y_true, const Flow& y_pred) const {
  check();
  const Var t = smooth(y_true, label_smoothing, 2);
  return mean_of_outputs(of_shares(t, y_pred, from_logits, name).crossentropy, axis);
}

void BinaryFocalCrossentropy::fields(Fields& f) {
  loss_fields(f, name, reduction);
  f("from_logits", from_logits);
  f("label_smoothing", label_smoothing);
  f("axis", axis);
  f("apply_class_balancing", apply_class_balancing);
  f("alpha", alpha);
  f("gamma", gamma);
}

void BinaryFocalCrossentropy::check() const { check_smoothing(label_smoothing, name); }

Var BinaryFocalCrossentropy::operator()(Var y_true, const Flow& y_pred) const {
  check();
  const Var t = smooth(y_true, label_smoothing, 2);
  const auto [crossentropy, p] = of_shares(t, y_pred, from_logits, name);
  Var focal = power_of_share(t * (1.0 - p) + (1.0 - t) * p, gamma) * crossentropy;
  if (apply_class_balancing) focal = (t * alpha + (1.0 - t) * (1 - alpha)) * focal;
  return mean_of_outputs(focal, axis);
}

void CategoricalCrossentropy::fields(Fields& f) {
  loss_fields(f, name, reduction);
  f("from_logits", from_logits);
  f("label_smoothing", label_smoothing);
  f("axis", axis);
}

void CategoricalCrossentropy::check() const { check_smoothing(label_smoothing, name); }

Var CategoricalCrossentropy::operator()(Var y_true, const Flow& y_pred) const {
  check();
  return crossentropy_of(y_true, y_pred, {from_logits, label_smoothing, axis, name});
}

void CategoricalFocalCrossentropy::fields(Fields& f) {
  loss_fields(f, name, reduction);
  f("from_logits", from_logits);
  f("label_smoothing", label_smoothing);
  f("axis", axis);
  f("alpha", alpha);
  f("gamma", gamma);
}

void CategoricalFocalCrossentropy::check() const { check_smoothing(label_smoothing, name); }

/// The crossentropy of logits is as exact as CategoricalCrossentropy's; what weighs it need not be.
Var CategoricalFocalCrossentropy::operator()(Var y_true, const Flow& y_pred) const {
  check();
  const OfClasses given{from_logits, label_smoothing, axis, name};
  const Var t = smooth_classes(y_true, classes_of(y_pred.value, axis, name), given);
  const auto over = static_cast<int>(axis);
  const Var x = logits_for(y_pred, Flow::Of::softmax, from_logits, name);
  const Var log_p = x ? log_softmax_over(x, over) : log(scaled_shares(y_pred.value, over));
  const Var weight = alpha * power_of_share(1.0 - exp(log_p), gamma);
  return -reduce_sum(multiply_no_nan(weight * log_p, t), over);
}

void SparseCategoricalCrossentropy::fields(Fields& f) {
  loss_fields(f, name, reduction);
  f("from_logits", from_logits);
  f("ignore_class", ignore_class);
  f.unless("axis", int64_t{-1}, axis);
}

void SparseCategoricalCrossentropy::metric_fields(Fields& f) {
  f("from_logits", from_logits);
  f("ignore_class", ignore_class);
  f("axis", axis);
}

Var SparseCategoricalCrossentropy::operator()(Var y_true, const Flow& y_pred) const {
  return crossentropy_of(targets(y_true, y_pred.value), y_pred, {from_logits, 0, -1, name});
}

Var SparseCategoricalCrossentropy::valid(Var y_true, Var y_pred) const {
  return ignore_class ? reduce_sum(targets(y_true, y_pred)) : Var{};
}

Var SparseCategoricalCrossentropy::targets(Var y_true, Var y_pred) const {
  require_classes(y_pred, name);
  const Shape& to = y_pred.shape();
  if (axis != -1 && axis != to.rank() - 1) {
    throw ShapeError(fmt::format("{}: classes are along the last axis of predictions {}, got axis {}", name,
                                 y_pred.type().str(), axis));
  }
  return one_hot_targets(y_true, y_pred, ignore_class, name);
}

void CategoricalGeneralizedCrossEntropy::fields(Fields& f) {
  loss_fields(f, name, reduction);
  f("q", q);
}

void CategoricalGeneralizedCrossEntropy::check() const {
  if (!(q > 0 && q < 1)) throw ValueError(fmt::format("{}: q must be between 0 and 1, got {}", name, q));
}

Var CategoricalGeneralizedCrossEntropy::operator()(Var y_true, Var y_pred) const {
  check();
  require_classes(y_pred, name);
  const Var p = reduce_sum(y_pred * one_hot_targets(y_true, y_pred, {}, name));
  return (1.0 - power_of_share(p, q)) / q;
}

}  // namespace reel
