// How much of the targets' variance predictions explain (keras.metrics).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/graph/tensor.h"
#include "reel/models/activations/flow.h"
#include "reel/models/describe/fields.h"
#include "reel/models/metrics/better.h"

namespace reel {

/// 1 - sum of (t - y)^2 / sum of (t - mean of t)^2 of each column of [rows, columns]: as a list if `class_aggregation`
/// is none, their mean ("uniform_average"), or weighted by the columns' variance ("variance_weighted_average"). With
/// `num_regressors` p > 0 it is adjusted: 1 - (1 - r) (n - 1) / (n - p - 1), where n counts targets.
/// keras.metrics.R2Score.
struct R2Score {
  std::optional<std::string> class_aggregation = "uniform_average";
  int64_t num_regressors = 0;
  std::string name = "r2_score";
  static constexpr std::string_view class_name = "R2Score";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  Tensor result(std::span<const Tensor> totals) const;
};

}  // namespace reel
