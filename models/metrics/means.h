// Means and sums of numbers (keras.metrics).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/graph/tensor.h"
#include "reel/models/activations/flow.h"
#include "reel/models/describe/fields.h"
#include "reel/models/metrics/better.h"

namespace reel {

/// The mean of the predictions, whatever the targets. keras.metrics.Mean.
struct Mean {
  std::string name = "mean";
  static constexpr std::string_view class_name = "Mean";
  void fields(Fields& f);
  std::vector<Var> sums(Var y_true, Var y_pred, Var weight) const;
  double result(std::span<const Tensor> totals) const;
};

/// The sum of the predictions, whatever the targets. keras.metrics.Sum.
struct Sum {
  std::string name = "sum";
  static constexpr std::string_view class_name = "Sum";
  void fields(Fields& f);
  std::vector<Var> sums(Var y_true, Var y_pred, Var weight) const;
  double result(std::span<const Tensor> totals) const;
};

/// The root of the mean of (t - y)^2. keras.metrics.RootMeanSquaredError.
struct RootMeanSquaredError {
  std::string name = "root_mean_squared_error";
  static constexpr std::string_view class_name = "RootMeanSquaredError";
  static constexpr Better better = Better::lower;
  void fields(Fields& f);
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  double result(std::span<const Tensor> totals) const;
};

}  // namespace reel
