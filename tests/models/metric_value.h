// What a metric comes to, of a graph that takes no data, or of a batch.
#pragma once

#include <vector>

#include "reel/autodiff/tape.h"
#include "reel/models/metrics/metric.h"

namespace reel::testing {

inline Tensor metric_result(const Metric& metric, Var t, const Flow& y, Var weight = {}) {
  std::vector<Tensor> totals;
  for (const Var& sum : metric.sums(t, y, weight)) totals.push_back(value_of(sum));
  return metric.result(totals);
}

/// Of targets and predictions, weighted if weights are given.
inline Tensor metric_of(const Metric& metric, const Tensor& t, const Tensor& y, const Tensor& weight = {}) {
  Tape tape;
  return metric_result(metric, tape.constant(t), tape.constant(y), weight ? tape.constant(weight) : Var{});
}

}  // namespace reel::testing
