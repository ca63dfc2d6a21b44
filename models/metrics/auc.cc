#include "reel/models/metrics/auc.h"
#include "reel/graph/elementary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "reel/graph/elementary.h"
#include "reel/graph/error.h"
#include "reel/models/losses/arguments.h"
#include "reel/models/metrics/sums.h"

namespace reel {
namespace {

/// What lies between two points of true positives over all that are above, by Davis and Goadrich, as a share of all
/// positives.
double interpolated(const Counted& from, const Counted& to) {
  const double above_from = from.true_positives + from.false_positives, above = to.true_positives + to.false_positives;
  const double gained = from.true_positives - to.true_positives;
  const double slope = quotient(gained, std::max(above_from - above, 0.0));
  const double intercept = to.true_positives - slope * above;
  const double ratio = above_from > 0 && above > 0 ? above_from / above : 1;
  const double positives = to.true_positives + to.false_negatives;
  return quotient(slope * (gained + intercept * plain_log(ratio)), std::max(positives, 0.0));
}

/// 1 - wrong / true positives, of what is wrong scaled as if there were as many positives as negatives; without true
/// positives `otherwise`.
double gain(const Counted& at, double wrong, double otherwise) {
  const double positives = at.true_positives + at.false_negatives, negatives = at.false_positives + at.true_negatives;
  return at.true_positives == 0 ? otherwise : 1 - quotient(positives, negatives) * wrong / at.true_positives;
}

struct Point {
  double x, y;
};

Point point_of(const Counted& at, std::string_view curve) {
  if (curve == "ROC") return {1 - at.specificity(), at.recall()};
  if (curve == "PR") return {at.recall(), at.precision()};
  return {std::max(gain(at, at.false_negatives, 0), 0.0), gain(at, at.false_positives, 1)};
}

double height(double a, double b, std::string_view method) {
  if (method == "interpolation") return (a + b) / 2;
  return method == "minoring" ? std::min(a, b) : std::max(a, b);
}

/// Fields of a share that is largest where another keeps a bound.
void bound_fields(Fields& f, std::string& name, std::optional<int64_t>& class_id, int64_t& num_thresholds,
                  std::string_view key, double& bound) {
  name_and_dtype(f, name);
  f("class_id", class_id);
  f("num_thresholds", num_thresholds);
  f.required(key, bound);
}

void check_bound(std::string_view name, std::string_view key, double bound, int64_t num_thresholds) {
  if (!(bound >= 0 && bound <= 1)) throw ValueError(fmt::format("{}: {} must be in [0, 1], got {}", name, key, bound));
  even_thresholds(num_thresholds, name);
}

}  // namespace

void AUC::fields(Fields& f) {
  name_and_dtype(f, name);
  f("num_thresholds", num_thresholds);
  f("curve", curve, {"ROC", "PR", "PRGAIN"});
  f("summation_method", summation_method, {"interpolation", "minoring", "majoring"});
  f("multi_label", multi_label);
  f("num_labels", num_labels);
  f("label_weights", label_weights);
  f("from_logits", from_logits);
  f.unless("thresholds", std::optional<std::vector<double>>{}, thresholds);
}

void AUC::check() const {
  if (thresholds) {
    given_thresholds(*thresholds, {}, name);
  } else if (num_thresholds < 2) {
    throw ValueError(fmt::format("{}: num_thresholds must be more than 1, got {}", name, num_thresholds));
  }
}

/// Those of 0 and 1 are a little outside, so that all outputs are between them.
std::vector<double> AUC::all_thresholds() const {
  check();
  std::vector<double> all = thresholds ? *thresholds : even_thresholds(num_thresholds, name);
  if (thresholds) {
    std::ranges::sort(all);
    all.insert(all.begin(), 0);
    all.push_back(1);
  }
  all.front() = -kEpsilon;
  all.back() = 1 + kEpsilon;
  return all;
}

std::vector<Var> AUC::sums(Var y_true, const Flow& y_pred, Var weight) const {
  const Flow shares = from_logits ? Flow(sigmoid(y_pred.value), y_pred.mask) : y_pred;
  const auto [t, y] = matched(y_true, shares, name);
  Thresholds counted{.values = all_thresholds(), .by_label = multi_label};
  if (label_weights && !multi_label) counted.label_weights = *label_weights;
  return sums_above(t, y, weight, counted, name);
}

double AUC::area(const std::vector<Counted>& points) const {
  double area = 0;
  for (size_t i = 0; i + 1 < points.size(); ++i) {
    if (curve == "PR" && summation_method == "interpolation") {
      area += interpolated(points[i], points[i + 1]);
      continue;
    }
    const Point from = point_of(points[i], curve), to = point_of(points[i + 1], curve);
    area += (from.x - to.x) * height(from.y, to.y, summation_method);
  }
  return area;
}

Tensor AUC::result(std::span<const Tensor> totals) const {
  const int64_t labels = totals[2].size();
  if (label_weights && multi_label && static_cast<int64_t>(label_weights->size()) != labels) {
    throw ShapeError(fmt::format("{}: label_weights: expected one for each of {} labels, got {}", name, labels,
                                 label_weights->size()));
  }
  double sum = 0, weights = 0;
  for (int64_t label = 0; label < labels; ++label) {
    const double weight = label_weights && multi_label ? (*label_weights)[static_cast<size_t>(label)] : 1;
    sum += weight * area(counted(totals, label));
    weights += weight;
  }
  return Tensor::scalar(quotient(sum, weights), DType::f64);
}

void SensitivityAtSpecificity::fields(Fields& f) {
  bound_fields(f, name, class_id, num_thresholds, "specificity", specificity);
}

void SensitivityAtSpecificity::check() const { check_bound(name, "specificity", specificity, num_thresholds); }

std::vector<Var> SensitivityAtSpecificity::sums(Var y_true, const Flow& y_pred, Var weight) const {
  check();
  return sums_above(y_true, y_pred, weight, {.values = even_thresholds(num_thresholds, name), .class_id = class_id},
                    name);
}

double SensitivityAtSpecificity::result(std::span<const Tensor> totals) const {
  return largest_where(counted(totals), &Counted::specificity, specificity, &Counted::recall);
}

void SpecificityAtSensitivity::fields(Fields& f) {
  bound_fields(f, name, class_id, num_thresholds, "sensitivity", sensitivity);
}

void SpecificityAtSensitivity::check() const { check_bound(name, "sensitivity", sensitivity, num_thresholds); }

std::vector<Var> SpecificityAtSensitivity::sums(Var y_true, const Flow& y_pred, Var weight) const {
  check();
  return sums_above(y_true, y_pred, weight, {.values = even_thresholds(num_thresholds, name), .class_id = class_id},
                    name);
}

double SpecificityAtSensitivity::result(std::span<const Tensor> totals) const {
  return largest_where(counted(totals), &Counted::recall, sensitivity, &Counted::specificity);
}

void PrecisionAtRecall::fields(Fields& f) { bound_fields(f, name, class_id, num_thresholds, "recall", recall); }

void PrecisionAtRecall::check() const { check_bound(name, "recall", recall, num_thresholds); }

std::vector<Var> PrecisionAtRecall::sums(Var y_true, const Flow& y_pred, Var weight) const {
  check();
  return sums_above(y_true, y_pred, weight, {.values = even_thresholds(num_thresholds, name), .class_id = class_id},
                    name);
}

double PrecisionAtRecall::result(std::span<const Tensor> totals) const {
  return largest_where(counted(totals), &Counted::recall, recall, &Counted::precision);
}

void RecallAtPrecision::fields(Fields& f) { bound_fields(f, name, class_id, num_thresholds, "precision", precision); }

void RecallAtPrecision::check() const { check_bound(name, "precision", precision, num_thresholds); }

std::vector<Var> RecallAtPrecision::sums(Var y_true, const Flow& y_pred, Var weight) const {
  check();
  return sums_above(y_true, y_pred, weight, {.values = even_thresholds(num_thresholds, name), .class_id = class_id},
                    name);
}

double RecallAtPrecision::result(std::span<const Tensor> totals) const {
  return largest_where(counted(totals), &Counted::precision, precision, &Counted::recall);
}

}  // namespace reel
