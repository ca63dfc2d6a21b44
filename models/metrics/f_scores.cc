#include "reel/models/metrics/f_scores.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/losses/arguments.h"
#include "reel/models/metrics/sums.h"

namespace reel {
namespace {

/// Smaller outputs are 0, whose row has no largest.
constexpr double kNothing = 1e-9;

/// 1 where an output is positive.
Var positive(Var y, const std::optional<double>& threshold) {
  if (threshold) return greater(y, number_like(y, *threshold));
  return greater_equal(y, reduce_max(y, -1, true)) * greater(abs(y), number_like(y, kNothing));
}

FBetaScore with_beta(const F1Score& score) { return {score.average, 1, score.threshold, score.name}; }

}  // namespace

void FBetaScore::fields(Fields& f) {
  name_and_dtype(f, name);
  f("average", average);
  f("beta", beta);
  f("threshold", threshold);
}

void FBetaScore::check() const {
  if (average && *average != "micro" && *average != "macro" && *average != "weighted") {
    throw ValueError(fmt::format("{}: average must be null, micro, macro or weighted, got \"{}\"", name, *average));
  }
  if (!(beta > 0)) throw ValueError(fmt::format("{}: beta must be positive, got {}", name, beta));
  if (threshold && !(*threshold > 0 && *threshold <= 1)) {
    throw ValueError(fmt::format("{}: threshold must be in (0, 1], got {}", name, *threshold));
  }
}

/// By class, or of all: those right, those given and those due.
std::vector<Var> FBetaScore::sums(Var y_true, const Flow& y_pred, Var weight) const {
  check();
  const auto [target, predicted] = matched(y_true, y_pred, name);
  if (predicted.value.shape().rank() != 2) {
    throw ShapeError(fmt::format("{}: needs predictions [rows, classes], got {}", name, predicted.value.type().str()));
  }
  const Var weights = weights_for(predicted.value, weight, name);
  const Var t = cast(target, DType::f64), y = cast(positive(predicted.value, threshold), DType::f64);
  const int kept = average == "micro" ? 0 : 1;
  return {sum_to_last(t * y * weights, kept), sum_to_last(y * (1.0 - t) * weights, kept),
          sum_to_last((1.0 - y) * t * weights, kept), sum_to_last(t * weights, kept)};
}

/// Keras adds its epsilon to every divisor.
Tensor FBetaScore::result(std::span<const Tensor> totals) const {
  std::vector<double> scores;
  double sum = 0, weights = 0;
  for (int64_t i = 0; i < totals[0].size(); ++i) {
    const double right = totals[0].at(i);
    const double precision = right / (right + totals[1].at(i) + kEpsilon);
    const double recall = right / (right + totals[2].at(i) + kEpsilon);
    scores.push_back((1 + beta * beta) * precision * recall / (beta * beta * precision + recall + kEpsilon));
    const double weight = average == "weighted" ? totals[3].at(i) : 1;
    sum += weight * scores.back();
    weights += weight;
  }
  if (!average) return Tensor::of(scores);
  return Tensor::scalar(sum / (average == "weighted" ? weights + kEpsilon : weights), DType::f64);
}

void F1Score::fields(Fields& f) {
  name_and_dtype(f, name);
  f("average", average);
  f("threshold", threshold);
}

void F1Score::check() const { with_beta(*this).check(); }

std::vector<Var> F1Score::sums(Var y_true, const Flow& y_pred, Var weight) const {
  return with_beta(*this).sums(y_true, y_pred, weight);
}

Tensor F1Score::result(std::span<const Tensor> totals) const { return with_beta(*this).result(totals); }

}  // namespace reel
