#include "reel/models/training/training_rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "reel/graph/error.h"

namespace reel {
namespace {

int64_t rows_in(const Samples& of) { return of && of.shape().rank() > 0 ? of.shape()[0] : 0; }
std::string told(const Samples& of) { return of ? of.shape().str() : std::string("nothing"); }

/// The class that a target names.
int64_t class_of(const Tensor& y, int64_t row, int64_t width) {
  if (width == 1) return static_cast<int64_t>(std::nearbyint(y.at(row)));
  int64_t largest = 0;
  for (int64_t i = 1; i < width; ++i) {
    if (y.at(row * width + i) > y.at(row * width + largest)) largest = i;
  }
  return largest;
}

/// Weights of rows whose targets are read when they are.
class WeightsOfClasses final : public SampleSource {
 public:
  WeightsOfClasses(Samples y, ClassWeights weights) : y_(std::move(y)), weights_(std::move(weights)) {}

  Type type() const override { return {DType::f32, {y_.shape()[0]}}; }
  void read(std::span<const int64_t> numbers, Tensor& to) const override {
    check_read(type(), numbers, to);
    const Tensor y = y_.read(numbers);
    const int64_t width = y.shape().product(1, y.shape().rank());
    for (int64_t row = 0; row < y.shape()[0]; ++row) {
      const auto found = weights_.find(class_of(y, row, width));
      to.data<float>()[row] = found == weights_.end() ? 1 : static_cast<float>(found->second);
    }
  }

  bool reads_ahead() const override { return y_.reads_ahead(); }

 private:
  Samples y_;
  ClassWeights weights_;
};

}  // namespace

std::vector<Samples> TrainingRows::together() const {
  std::vector<Samples> all = x;
  all.insert(all.end(), y.begin(), y.end());
  all.insert(all.end(), weights.begin(), weights.end());
  all.resize(x.size() + 2 * y.size());
  return all;
}

void TrainingRows::check() const {
  const int64_t row_count = rows_in(x.at(0));
  const auto check_pair = [&](const Samples& a, const Samples& b) {
    if (rows_in(a) == row_count && rows_in(b) == row_count && row_count > 0) return;
    throw ShapeError(
        fmt::format("data: x and y need the same number of rows, at least one, got {} and {}", told(a), told(b)));
  };
  for (const Samples& part : x) check_pair(part, y.empty() ? x[0] : y[0]);
  for (const Samples& part : y) check_pair(x[0], part);
  if (y.empty() && !weights.empty()) throw ShapeError("data: sample_weight is for rows that have a y, got none");
  for (const Samples& weight : weights) {
    if (!weight || rows_in(weight) == row_count) continue;
    throw ShapeError(fmt::format("data: sample_weight must be [{0}] or [{0}, ...], a weight for each row, got {1}",
                                 row_count, weight.shape().str()));
  }
}

std::vector<Samples> weights_by_output(const ModelData& given, const std::vector<std::string>& outputs,
                                       const std::string& what) {
  if (!given) return {};
  return given.of_some(outputs, what + ": sample_weight");
}

Samples weights_of_classes(const Samples& y, const ClassWeights& weights, const std::string& what) {
  if (!y || y.shape().rank() < 1 || y.shape().rank() > 2 || y.shape().size() == 0) {
    throw ShapeError(fmt::format("{}: class_weight needs targets [n], [n, 1] or [n, classes], got {}", what, told(y)));
  }
  const Samples all(WeightsOfClasses(y, weights));
  return y.is_in_memory() ? Samples(all.read(0, y.shape()[0])) : all;
}

Split split_validation(TrainingRows all, double share) {
  if (!(share >= 0 && share < 1)) {
    throw ValueError(fmt::format("fit: validation_split must be in [0, 1), got {}", share));
  }
  if (share == 0) return {std::move(all), {}};
  const int64_t n = all.count();
  const auto kept = static_cast<int64_t>(std::floor(static_cast<double>(n) * (1 - share)));
  if (kept < 1 || kept >= n) {
    throw ValueError(
        fmt::format("fit: validation_split {} of {} rows leaves nothing to train or to validate on", share, n));
  }
  const auto rows_of = [](const std::vector<Samples>& parts, int64_t begin, int64_t end) {
    std::vector<Samples> some;
    for (const Samples& part : parts) some.push_back(part ? part.slice_rows(begin, end) : Samples());
    return some;
  };
  const auto part = [&](int64_t begin, int64_t end) {
    return TrainingRows{rows_of(all.x, begin, end), rows_of(all.y, begin, end), rows_of(all.weights, begin, end)};
  };
  return {part(0, kept), part(kept, n)};
}

}  // namespace reel
