// A function as a metric (keras.metrics).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/models/metrics/metric.h"

namespace reel {

/// The mean of what a function gives for each sample: a loss or a metric that is a mean, whose arguments are told as
/// this one's own: `MeanMetricWrapper{CategoricalCrossentropy{.from_logits = true}}`. keras.metrics.MeanMetricWrapper,
/// which takes keras.losses.categorical_crossentropy and its like.
struct MeanMetricWrapper {
  Metric fn = Loss(MeanSquaredError{});
  std::string name = "mean_metric_wrapper";
  static constexpr std::string_view class_name = "MeanMetricWrapper";
  void fields(Fields& f);
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  Tensor result(std::span<const Tensor> totals) const { return fn.result(totals); }
};

}  // namespace reel
