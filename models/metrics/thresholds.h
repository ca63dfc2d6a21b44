// How many outputs are above thresholds that should be, and that should not: what counts, precision, recall and areas
// under curves are made of.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "reel/graph/tensor.h"
#include "reel/models/activations/flow.h"
#include "reel/models/describe/numbers.h"

namespace reel {

/// What outputs are compared with, and which of them. An output is above a threshold if it is larger; a target is
/// positive unless it is 0.
struct Thresholds {
  std::vector<double> values;                      ///< at least one
  std::optional<int64_t> top_k = std::nullopt;     ///< only the k largest outputs of a row may be above
  std::optional<int64_t> class_id = std::nullopt;  ///< only this index of the last axis counts
  std::span<const double> label_weights = {};      ///< of the last axis
  bool by_label = false;                           ///< each index of the last axis is counted by itself
};

/// Keras's argument `thresholds`: one, several, or by default 0.5 - where the k largest are above, none. Throws
/// ValueError, which begins with `what`, for thresholds outside [0, 1].
std::vector<double> given_thresholds(const Numbers<double>& given, const std::optional<int64_t>& top_k,
                                     std::string_view what);
/// `count` of them, at equal distances from 0 to 1; of one, 0.5. Throws ValueError for less than one.
std::vector<double> even_thresholds(int64_t count, std::string_view what);

/// Sums of weights over the batch, f64: of positive outputs above each threshold, of negative ones, both [thresholds]
/// or by label [labels, thresholds], of all positive and all negative ones, [] or [labels]. Throws ShapeError for
/// shapes that do not fit.
std::vector<Var> sums_above(Var y_true, const Flow& y_pred, Var weight, const Thresholds& thresholds,
                            std::string_view what);

/// Totals of those sums for one threshold.
struct Counted {
  double true_positives, false_positives, true_negatives, false_negatives;

  double precision() const;
  double recall() const;
  double specificity() const;
};

/// By threshold, for one label.
std::vector<Counted> counted(std::span<const Tensor> totals, int64_t label = 0);

/// The largest of `dependent` at thresholds where `constrained` is at least `bound`, or 0 where that is nowhere.
double largest_where(const std::vector<Counted>& all, double (Counted::*constrained)() const, double bound,
                     double (Counted::*dependent)() const);

}  // namespace reel
