#include "reel/models/layers/quantiles.h"

#include <algorithm>
#include <cmath>

namespace reel {
namespace {

/// Values, ascending, and how many each stands for.
struct Summary {
  std::vector<float> values, weights;
};

/// y at x between points that ascend, and that of the outermost beyond them.
double between(double x, const std::vector<float>& at, const std::vector<float>& y) {
  if (x >= at.back()) return y.back();
  if (x < at.front()) return y.front();
  const auto next = static_cast<size_t>(std::ranges::upper_bound(at, x) - at.begin());
  const double x0 = at[next - 1], y0 = y[next - 1];
  return (double{y[next]} - y0) / (double{at[next]} - x0) * (x - x0) + y0;
}

/// As every step-th of the numbers.
Summary summarized(std::vector<float> numbers, double epsilon) {
  std::ranges::sort(numbers);
  const double step = std::max(static_cast<double>(numbers.size()) / (1.0 / epsilon), 1.0);
  Summary made;
  for (auto i = static_cast<size_t>(step - 1); i < numbers.size(); i += static_cast<size_t>(step)) {
    made.values.push_back(numbers[i]);
    made.weights.push_back(static_cast<float>(step));
  }
  return made;
}

/// A value for each share `epsilon` of the weight; a summary that has fewer stays as it is.
Summary compressed(const Summary& of, double epsilon) {
  if (static_cast<double>(of.values.size()) * epsilon < 1) return of;
  std::vector<float> sums, shares;
  float sum = 0;
  for (const float weight : of.weights) sums.push_back(sum += weight);
  for (const float up_to : sums) shares.push_back(up_to / sums.back());
  Summary made;
  double before = 0;
  const auto count = static_cast<int64_t>(std::ceil(1.0 / epsilon));
  for (int64_t i = 0; i < count; ++i) {
    const double share = epsilon + static_cast<double>(i) * epsilon, weight = between(share, shares, sums);
    made.values.push_back(static_cast<float>(between(share, shares, of.values)));
    made.weights.push_back(static_cast<float>(weight - before));
    before = weight;
  }
  return made;
}

}  // namespace

std::vector<double> quantiles(const Tensor& numbers, int64_t bins, double epsilon) {
  std::vector<float> all;
  for (int64_t i = 0; i < numbers.size(); ++i) all.push_back(static_cast<float>(numbers.at(i)));
  const Summary summary = compressed(summarized(std::move(all), epsilon), epsilon);
  const Summary of_bins = compressed(summary, 1.0 / static_cast<double>(bins));
  return {of_bins.values.begin(), of_bins.values.end() - 1};
}

}  // namespace reel
