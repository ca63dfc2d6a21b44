#include "reel/models/metrics/counts.h"

#include "reel/models/metrics/sums.h"

namespace reel {
namespace {

/// One of the counts, at each threshold.
Tensor counts_of(std::span<const Tensor> totals, double Counted::*count) {
  std::vector<double> values;
  for (const Counted& at : counted(totals)) values.push_back(at.*count);
  return result_of(values);
}

Tensor shares_of(std::span<const Tensor> totals, double (Counted::*share)() const) {
  std::vector<double> values;
  for (const Counted& at : counted(totals)) values.push_back((at.*share)());
  return result_of(values);
}

}  // namespace

void TruePositives::fields(Fields& f) {
  name_and_dtype(f, name);
  f("thresholds", thresholds);
}

void TruePositives::check() const { given_thresholds(thresholds, {}, name); }

std::vector<Var> TruePositives::sums(Var y_true, const Flow& y_pred, Var weight) const {
  return sums_above(y_true, y_pred, weight, {given_thresholds(thresholds, {}, name)}, name);
}

Tensor TruePositives::result(std::span<const Tensor> totals) const {
  return counts_of(totals, &Counted::true_positives);
}

void TrueNegatives::fields(Fields& f) {
  name_and_dtype(f, name);
  f("thresholds", thresholds);
}

void TrueNegatives::check() const { given_thresholds(thresholds, {}, name); }

std::vector<Var> TrueNegatives::sums(Var y_true, const Flow& y_pred, Var weight) const {
  return sums_above(y_true, y_pred, weight, {given_thresholds(thresholds, {}, name)}, name);
}

Tensor TrueNegatives::result(std::span<const Tensor> totals) const {
  return counts_of(totals, &Counted::true_negatives);
}

void FalsePositives::fields(Fields& f) {
  name_and_dtype(f, name);
  f("thresholds", thresholds);
}

void FalsePositives::check() const { given_thresholds(thresholds, {}, name); }

std::vector<Var> FalsePositives::sums(Var y_true, const Flow& y_pred, Var weight) const {
  return sums_above(y_true, y_pred, weight, {given_thresholds(thresholds, {}, name)}, name);
}

Tensor FalsePositives::result(std::span<const Tensor> totals) const {
  return counts_of(totals, &Counted::false_positives);
}

void FalseNegatives::fields(Fields& f) {
  name_and_dtype(f, name);
  f("thresholds", thresholds);
}

void FalseNegatives::check() const { given_thresholds(thresholds, {}, name); }

std::vector<Var> FalseNegatives::sums(Var y_true, const Flow& y_pred, Var weight) const {
  return sums_above(y_true, y_pred, weight, {given_thresholds(thresholds, {}, name)}, name);
}

Tensor FalseNegatives::result(std::span<const Tensor> totals) const {
  return counts_of(totals, &Counted::false_negatives);
}

void Precision::fields(Fields& f) {
  name_and_dtype(f, name);
  f("thresholds", thresholds);
  f("top_k", top_k);
  f("class_id", class_id);
}

void Precision::check() const { given_thresholds(thresholds, top_k, name); }

std::vector<Var> Precision::sums(Var y_true, const Flow& y_pred, Var weight) const {
  return sums_above(y_true, y_pred, weight, {given_thresholds(thresholds, top_k, name), top_k, class_id}, name);
}

Tensor Precision::result(std::span<const Tensor> totals) const { return shares_of(totals, &Counted::precision); }

void Recall::fields(Fields& f) {
  name_and_dtype(f, name);
  f("thresholds", thresholds);
  f("top_k", top_k);
  f("class_id", class_id);
}

void Recall::check() const { given_thresholds(thresholds, top_k, name); }

std::vector<Var> Recall::sums(Var y_true, const Flow& y_pred, Var weight) const {
  return sums_above(y_true, y_pred, weight, {given_thresholds(thresholds, top_k, name), top_k, class_id}, name);
}

Tensor Recall::result(std::span<const Tensor> totals) const { return shares_of(totals, &Counted::recall); }

}  // namespace reel
