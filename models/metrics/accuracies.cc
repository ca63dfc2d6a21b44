#include "reel/models/metrics/accuracies.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/losses/arguments.h"
#include "reel/models/metrics/sums.h"

namespace reel {
namespace {

/// Indices of classes [rows, ...] for predictions [rows, ..., classes], without a last axis of 1.
Var classes_for(Var y_true, const Shape& shape, Var y_pred, std::string_view name) {
  Var t = y_true;
  if (t.shape().rank() == shape.rank() + 1 && t.shape().back() == 1) t = reshape(t, shape);
  if (t.shape() == shape) return t;
  throw ShapeError(
      fmt::format("{}: targets {} do not fit predictions {}", name, y_true.shape().str(), y_pred.shape().str()));
}

/// 1 where fewer than k predictions are larger than that of the class.
Var in_top_k(Var classes, Var y_pred, int64_t k, std::string_view name) {
  require_classes(y_pred, name);
  const Shape& shape = y_pred.shape();
  const Var hot = one_hot(classes_for(classes, shape.without_axis(shape.rank() - 1), y_pred, name), shape.back(),
                          {.dtype = y_pred.dtype(), .what = std::string(name)});
  const Var own = reduce_sum(where(hot, y_pred, number_like(y_pred, 0)), -1, true);
  const Var larger = reduce_sum(greater(y_pred, own));
  return greater(number_like(larger, static_cast<double>(k)), larger);
}

}  // namespace

void ValueAccuracy::fields(Fields& f) { name_and_dtype(f, name); }

Var ValueAccuracy::operator()(Var y_true, Var y_pred) const {
  return equal(match_targets(y_true, y_pred, name), y_pred);
}

void BinaryAccuracy::fields(Fields& f) {
  name_and_dtype(f, name);
  f("threshold", threshold);
}

void BinaryAccuracy::check() const {
  if (threshold > 0 && threshold < 1) return;
  throw ValueError(fmt::format("{}: threshold must be in (0, 1), got {}", name, threshold));
}

Var BinaryAccuracy::operator()(Var y_true, Var y_pred) const {
  check();
  const Var t = match_targets(y_true, y_pred, name);
  return mean_of_outputs(equal(t, greater(y_pred, number_like(y_pred, threshold))));
}

void CategoricalAccuracy::fields(Fields& f) { name_and_dtype(f, name); }

Var CategoricalAccuracy::operator()(Var y_true, Var y_pred) const {
  return cast(equal(argmax(match_targets(y_true, y_pred, name)), argmax(y_pred)), y_pred.dtype());
}

void SparseCategoricalAccuracy::fields(Fields& f) { name_and_dtype(f, name); }

Var SparseCategoricalAccuracy::operator()(Var y_true, Var y_pred) const {
  const Var largest = argmax(y_pred), t = classes_for(y_true, largest.shape(), y_pred, name);
  return cast(equal(t, cast(largest, t.dtype())), y_pred.dtype());
}

Var Accuracy::operator()(Var y_true, Var y_pred) const {
  if (y_pred.shape().rank() == 1 || y_pred.shape().back() == 1) return BinaryAccuracy{}(y_true, y_pred);
  const bool sparse = y_true.shape().rank() < y_pred.shape().rank() || y_true.shape().back() == 1;
  return sparse ? SparseCategoricalAccuracy{}(y_true, y_pred) : CategoricalAccuracy{}(y_true, y_pred);
}

void TopKCategoricalAccuracy::fields(Fields& f) {
  name_and_dtype(f, name);
  f("k", k);
}

Var TopKCategoricalAccuracy::operator()(Var y_true, Var y_pred) const {
  return in_top_k(argmax(match_targets(y_true, y_pred, name)), y_pred, k, name);
}

void SparseTopKCategoricalAccuracy::fields(Fields& f) {
  name_and_dtype(f, name);
  f("k", k);
}

Var SparseTopKCategoricalAccuracy::operator()(Var y_true, Var y_pred) const {
  return in_top_k(y_true, y_pred, k, name);
}

}  // namespace reel
