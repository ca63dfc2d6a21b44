#include "reel/models/metrics/thresholds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reel/graph/error.h"
#include "reel/models/losses/arguments.h"
#include "reel/models/metrics/sums.h"

namespace reel {
namespace {

/// Below all outputs that are probabilities; what is not among the k largest is put there.
constexpr double kFarBelow = -1e10;

/// Threshold i of n is i / (n - 1), up to what Keras takes for equal.
bool are_even(const std::vector<double>& thresholds) {
  const size_t count = thresholds.size();
  for (size_t i = 0; i < count; ++i) {
    const double even = static_cast<double>(i) / static_cast<double>(count - 1);
    if (std::abs(thresholds[i] - even) > kEpsilon + 1e-5 * even) return false;
  }
  return count >= 3;
}

Tensor floats(const std::vector<double>& values) {
  return Tensor::of(std::vector<float>(values.begin(), values.end()));
}

/// y [...] -> 1 where it is above a threshold, [..., thresholds]. Between even thresholds y is compared by which it is,
/// as Keras counts: rounding may tell y = 0.3 from the third of ten.
Var above(Var y, const std::vector<double>& thresholds) {
  Graph& graph = y.graph();
  if (!are_even(thresholds)) return greater(with_last(y), cast(graph.constant(floats(thresholds)), y.dtype()));
  std::vector<double> numbers;
  for (size_t i = 0; i < thresholds.size(); ++i) numbers.push_back(static_cast<double>(i));
  if (thresholds.front() < 0) numbers[0] = -1;  // below 0, too
  const Var zero = number_like(y, 0), one = number_like(y, 1);
  const Var raised = where(greater(y, zero), y, zero), share = where(greater(raised, one), one, raised);
  const Var scaled = share * static_cast<double>(thresholds.size() - 1);
  return greater(with_last(scaled), cast(graph.constant(floats(numbers)), y.dtype()));
}

/// y where it is among the k largest along the last axis, the first of equals, else far below.
Var k_largest(Var y, int64_t k, std::string_view what) {
  require_classes(y, what);
  const int64_t count = y.shape().back();
  if (k < 1 || k > count) {
    throw ShapeError(
        fmt::format("{}: top_k must be in [1, {}] for predictions {}, got {}", what, count, y.type().str(), k));
  }
  const Var far = number_like(y, kFarBelow);
  Var left = y, kept = broadcast_to(far, y.shape());
  for (int64_t i = 0; i < k; ++i) {
    const Var largest = one_hot(argmax(left), count, {.dtype = y.dtype()});
    kept = where(largest, y, kept);
    left = where(largest, far, left);
  }
  return kept;
}

/// Index `class_id` of the last axis.
Var of_class(Var x, int64_t class_id, std::string_view what) {
  require_classes(x, what);
  if (class_id >= 0 && class_id < x.shape().back()) return select(x, x.shape().rank() - 1, class_id);
  throw ShapeError(fmt::format("{}: class_id must be in [0, {}) for predictions {}, got {}", what, x.shape().back(),
                               x.type().str(), class_id));
}

}  // namespace

std::vector<double> given_thresholds(const Numbers<double>& given, const std::optional<int64_t>& top_k,
                                     std::string_view what) {
  if (given.is_null()) return {top_k ? kFarBelow : 0.5};
  const auto is_none = [](double threshold) { return !(threshold >= 0 && threshold <= 1); };
  if (given.values().empty() || std::ranges::any_of(given.values(), is_none)) {
    throw ValueError(fmt::format("{}: thresholds must be in [0, 1], got {}", what, given.config().str()));
  }
  return given.values();
}

std::vector<double> even_thresholds(int64_t count, std::string_view what) {
  if (count < 1) throw ValueError(fmt::format("{}: num_thresholds must be positive, got {}", what, count));
  if (count == 1) return {0.5};
  std::vector<double> thresholds;
  for (int64_t i = 0; i < count; ++i) thresholds.push_back(static_cast<double>(i) / static_cast<double>(count - 1));
  return thresholds;
}

std::vector<Var> sums_above(Var y_true, const Flow& y_pred, Var weight, const Thresholds& thresholds,
                            std::string_view what) {
  Var y = thresholds.top_k ? k_largest(y_pred.value, *thresholds.top_k, what) : y_pred.value;
  Var t = match_targets(y_true, y_pred.value, what);
  if (thresholds.class_id) {
    t = of_class(t, *thresholds.class_id, what);
    y = of_class(y, *thresholds.class_id, what);
  }
  const int kept = thresholds.by_label ? 1 : 0;
  if (thresholds.by_label) require_classes(y, what);
  Var weights = weights_for(y, weight, what);
  if (!thresholds.label_weights.empty()) {
    const std::vector<double> values(thresholds.label_weights.begin(), thresholds.label_weights.end());
    weights = weights * y.graph().constant(Tensor::of(values));
  }
  const Var is_positive = cast(not_equal(t, number_like(t, 0)), DType::f64);
  const Var positive = is_positive * weights, negative = (1.0 - is_positive) * weights;
  const Var is_above = cast(above(y, thresholds.values), DType::f64);
  return {sum_to_last(with_last(positive) * is_above, kept + 1), sum_to_last(with_last(negative) * is_above, kept + 1),
          sum_to_last(positive, kept), sum_to_last(negative, kept)};
}

double Counted::precision() const { return quotient(true_positives, true_positives + false_positives); }
double Counted::recall() const { return quotient(true_positives, true_positives + false_negatives); }
double Counted::specificity() const { return quotient(true_negatives, true_negatives + false_positives); }

std::vector<Counted> counted(std::span<const Tensor> totals, int64_t label) {
  const int64_t count = totals[0].shape().back();
  std::vector<Counted> all;
  for (int64_t i = label * count; i < (label + 1) * count; ++i) {
    const double tp = totals[0].at(i), fp = totals[1].at(i);
    all.push_back({tp, fp, totals[3].at(label) - fp, totals[2].at(label) - tp});
  }
  return all;
}

double largest_where(const std::vector<Counted>& all, double (Counted::*constrained)() const, double bound,
                     double (Counted::*dependent)() const) {
  double largest = 0;
  for (const Counted& at : all) {
    // Keras compares floats, in which a share that is the bound itself may be a little less.
    if (static_cast<float>((at.*constrained)()) >= static_cast<float>(bound)) {
      largest = std::max(largest, (at.*dependent)());
    }
  }
  return largest;
}

}  // namespace reel
