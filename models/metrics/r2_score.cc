#include "reel/models/metrics/r2_score.h"

#include <fmt/format.h>

#include <cmath>

#include "reel/graph/error.h"
#include "reel/models/losses/arguments.h"
#include "reel/models/metrics/sums.h"

namespace reel {

void R2Score::fields(Fields& f) {
  name_and_dtype(f, name);
  f("class_aggregation", class_aggregation);
  f("num_regressors", num_regressors);
}

void R2Score::check() const {
  if (class_aggregation && *class_aggregation != "uniform_average" &&
      *class_aggregation != "variance_weighted_average") {
    throw ValueError(
        fmt::format("{}: class_aggregation must be null, uniform_average or variance_weighted_average, got \"{}\"",
                    name, *class_aggregation));
  }
  if (num_regressors < 0) {
    throw ValueError(fmt::format("{}: num_regressors must not be negative, got {}", name, num_regressors));
  }
}

/// By column: sum of t, of t^2, of (t - y)^2, and of weights; and how many targets there are.
std::vector<Var> R2Score::sums(Var y_true, const Flow& y_pred, Var weight) const {
  check();
  const auto [target, predicted] = matched(y_true, y_pred, name);
  if (predicted.value.shape().rank() != 2) {
    throw ShapeError(fmt::format("{}: needs predictions [rows, columns], got {}", name, predicted.value.type().str()));
  }
  const Var t = cast(target, DType::f64), y = cast(predicted.value, DType::f64);
  const Var weights = broadcast_to(weights_for(predicted.value, weight, name), t.shape());
  const auto weighted_sum = [&](Var x) { return sum_rows(multiply_no_nan(x, weights)); };
  return {weighted_sum(t), weighted_sum(square(t)), weighted_sum(square(t - y)), sum_rows(weights), element_count(t)};
}

Tensor R2Score::result(std::span<const Tensor> totals) const {
  std::vector<double> scores;
  double sum = 0, weights = 0;
  for (int64_t i = 0; i < totals[0].size(); ++i) {
    const double mean = totals[0].at(i) / totals[3].at(i), variance = totals[1].at(i) - totals[0].at(i) * mean;
    const double score = 1 - totals[2].at(i) / variance;
    scores.push_back(std::isinf(score) ? 0 : score);
    const double weight = class_aggregation == "variance_weighted_average" ? variance : 1;
    sum += weight * scores.back();
    weights += weight;
  }
  if (class_aggregation) scores = {sum / weights};
  const double count = totals[4].item(), left = count - static_cast<double>(num_regressors) - 1;
  if (num_regressors > 0 && left > 0) {
    for (double& score : scores) score = 1 - (1 - score) * (count - 1) / left;
  }
  return class_aggregation ? Tensor::scalar(scores[0], DType::f64) : Tensor::of(scores);
}

}  // namespace reel
