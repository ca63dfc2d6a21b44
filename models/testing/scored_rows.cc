#include "reel/models/testing/scored_rows.h"

#include <cmath>

namespace reel {
namespace {

/// NaN in the place of the elements, of equal numbers for each keeper, whose keeper is 0.
Tensor without(const Tensor& values, const Tensor& keepers) {
  if (values.dtype() == DType::i32) return values;
  const Tensor all = values.cast(DType::f64);
  Tensor left = all.clone();
  const int64_t in_each = all.size() / keepers.size();
  for (int64_t i = 0; i < all.size(); ++i) {
    if (keepers.at(i / in_each) == 0) left.data<double>()[static_cast<size_t>(i)] = std::nan("");
  }
  return left.cast(values.dtype());
}

}  // namespace

ScoredRows::ScoredRows(const Type& y_true, const Type& y_pred, const ScoreCheckOptions& options, int64_t row_count)
    : weights(DType::f32, {row_count}) {
  const int64_t classes = options.classes > 0 ? options.classes : y_pred.shape.back();
  targets = drawn(y_true, row_count, options.targets, classes, 1);
  predictions = drawn(y_pred, row_count, options.predictions, classes, 2);
  for (int64_t i = 0; i < row_count; ++i) weights.data<float>()[static_cast<size_t>(i)] = static_cast<float>(i % 3);
  if (y_pred.shape.rank() < 3 || !options.by_vector) return;
  const int64_t steps = y_pred.shape[1];
  mask = Tensor(DType::f32, {row_count, steps});
  for (int64_t i = 0; i < mask.size(); ++i) {
    mask.data<float>()[static_cast<size_t>(i)] = i % steps <= i / steps % steps ? 1.0f : 0.0f;
  }
}

Tensor ScoredRows::without_unweighted() const { return without(predictions, weights); }
Tensor ScoredRows::without_masked() const { return without(predictions, mask); }

}  // namespace reel
