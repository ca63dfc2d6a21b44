#include "reel/models/metrics/means.h"

#include <cmath>

#include "reel/models/losses/arguments.h"
#include "reel/models/metrics/sums.h"

namespace reel {

void Mean::fields(Fields& f) { name_and_dtype(f, name); }
std::vector<Var> Mean::sums(Var, Var y_pred, Var weight) const { return sums_for_mean(y_pred, weight, name); }
double Mean::result(std::span<const Tensor> totals) const { return mean_of_sums(totals).item(); }

void Sum::fields(Fields& f) { name_and_dtype(f, name); }
std::vector<Var> Sum::sums(Var, Var y_pred, Var weight) const { return {sums_for_mean(y_pred, weight, name)[0]}; }
double Sum::result(std::span<const Tensor> totals) const { return totals[0].item(); }

void RootMeanSquaredError::fields(Fields& f) { name_and_dtype(f, name); }

std::vector<Var> RootMeanSquaredError::sums(Var y_true, const Flow& y_pred, Var weight) const {
  const auto [t, predicted] = matched(y_true, y_pred, name);
  return sums_for_mean(square(predicted.value - t), weight, name);
}

double RootMeanSquaredError::result(std::span<const Tensor> totals) const {
  return std::sqrt(mean_of_sums(totals).item());
}

}  // namespace reel
