#include "reel/models/metrics/correlations.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/losses/arguments.h"
#include "reel/models/metrics/sums.h"

namespace reel {
namespace {

/// Throws ShapeError for an axis that predictions do not have, or that is that of the rows.
int axis_of(Var y_pred, int64_t axis, std::string_view metric) {
  const int rank = y_pred.shape().rank();
  const int64_t counted = axis < 0 ? axis + rank : axis;
  if (counted > 0 && counted < rank) return static_cast<int>(counted);
  throw ShapeError(
      fmt::format("{}: expected predictions [rows, ..., n] with an axis {} that is not of the rows, got {}", metric,
                  axis, y_pred.type().str()));
}

}  // namespace

void PearsonCorrelation::fields(Fields& f) {
  name_and_dtype(f, name);
  f("axis", axis);
}

Var PearsonCorrelation::operator()(Var y_true, Var y_pred) const {
  const int along = axis_of(y_pred, axis, name);
  const auto standardized = [&](Var x) {
    const Var about = x - mean(x, along, true);
    return about / stddev(about, along, true);
  };
  return mean(standardized(y_true) * standardized(y_pred), along);
}

void ConcordanceCorrelation::fields(Fields& f) {
  name_and_dtype(f, name);
  f("axis", axis);
}

Var ConcordanceCorrelation::operator()(Var y_true, Var y_pred) const {
  const int along = axis_of(y_pred, axis, name);
  const Var mean_true = mean(y_true, along, true), mean_pred = mean(y_pred, along, true);
  const Var together = (y_true - mean_pred) * (y_pred - mean_pred);
  const Var apart = var(y_true, along, true) + var(y_pred, along, true) + square(mean_true - mean_pred);
  return mean(2.0 * together / (apart + kEpsilon), along);
}

}  // namespace reel
