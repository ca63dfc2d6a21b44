#include "reel/models/metrics/iou.h"

#include <fmt/format.h>

#include <numeric>

#include "reel/graph/error.h"
#include "reel/models/losses/arguments.h"
#include "reel/models/metrics/sums.h"

namespace reel {
namespace {

/// What Keras counts pairs of classes in, and calls the type of these metrics.
constexpr std::string_view kCounts = "int32";

/// The last axis, which argmax is along.
void check_axis(int64_t axis, std::string_view what) {
  if (axis == -1) return;
  throw ValueError(fmt::format("{}: axis must be -1, of the classes, got {}", what, axis));
}

std::vector<int64_t> all_of(int64_t num_classes) {
  std::vector<int64_t> ids(static_cast<size_t>(num_classes));
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

void check_ids(const std::vector<int64_t>& ids, int64_t num_classes, std::string_view what) {
  for (const int64_t id : ids) {
    if (id >= 0 && id < num_classes) continue;
    throw ValueError(fmt::format("{}: target_class_ids must be in [0, {}), got {}", what, num_classes, id));
  }
}

double mean_iou(const Tensor& matrix, const std::vector<int64_t>& ids) {
  constexpr double kNone = 1e-9;
  const int64_t classes = matrix.shape()[0];
  double sum = 0;
  int64_t came = 0;
  for (const int64_t id : ids) {
    double either = -matrix.at(id * classes + id);
    for (int64_t i = 0; i < classes; ++i) either += matrix.at(id * classes + i) + matrix.at(i * classes + id);
    if (either <= kNone) continue;
    sum += matrix.at(id * classes + id) / (either + kEpsilon);
    ++came;
  }
  return came > 0 ? sum / static_cast<double>(came) : 0;
}

}  // namespace

void ConfusionMatrix::check() const {
  if (num_classes < 1) throw ValueError(fmt::format("{}: num_classes must be positive, got {}", what, num_classes));
  check_axis(axis, what);
}

Var ConfusionMatrix::operator()(Var y_true, Var y_pred, Var weight) const {
  check();
  Var t = sparse_y_true ? y_true : argmax(y_true), y = sparse_y_pred ? y_pred : argmax(y_pred);
  if (has_one_more(t.shape(), y.shape())) t = without_last(t);
  if (has_one_more(y.shape(), t.shape())) y = without_last(y);
  if (!(t.shape() == y.shape())) {
    throw ShapeError(
        fmt::format("{}: targets {} do not fit predictions {}", what, y_true.type().str(), y_pred.type().str()));
  }
  const OneHotOptions options{.dtype = DType::f64, .none = ignore_class, .what = std::string(what)};
  const Var of_target = one_hot(t, num_classes, options);
  // What is ignored of the targets may be whatever it is of the predictions.
  Var of_prediction = one_hot(y, num_classes, {.dtype = DType::f64, .what = std::string(what)});
  if (weight)
    of_prediction = of_prediction * cast(cast(weights_for(of_prediction, weight, what), DType::i32), DType::f64);
  return matmul_tn(of_target, of_prediction);
}

void IoU::fields(Fields& f) {
  name_and_dtype(f, name, kCounts);
  f.required("num_classes", num_classes);
  f.required("target_class_ids", target_class_ids);
  f("ignore_class", ignore_class);
  f("sparse_y_true", sparse_y_true);
  f("sparse_y_pred", sparse_y_pred);
  f("axis", axis);
}

void IoU::check() const {
  ConfusionMatrix{num_classes, ignore_class, sparse_y_true, sparse_y_pred, axis, name}.check();
  check_ids(target_class_ids, num_classes, name);
}

std::vector<Var> IoU::sums(Var y_true, const Flow& y_pred, Var weight) const {
  check();
  const ConfusionMatrix matrix{num_classes, ignore_class, sparse_y_true, sparse_y_pred, axis, name};
  return {matrix(y_true, y_pred.value, weight)};
}

double IoU::result(std::span<const Tensor> totals) const { return mean_iou(totals[0], target_class_ids); }

void MeanIoU::fields(Fields& f) {
  f.required("num_classes", num_classes);
  name_and_dtype(f, name, kCounts);
  f("ignore_class", ignore_class);
  f("sparse_y_true", sparse_y_true);
  f("sparse_y_pred", sparse_y_pred);
  f("axis", axis);
}

void MeanIoU::check() const {
  ConfusionMatrix{num_classes, ignore_class, sparse_y_true, sparse_y_pred, axis, name}.check();
}

std::vector<Var> MeanIoU::sums(Var y_true, const Flow& y_pred, Var weight) const {
  check();
  const ConfusionMatrix matrix{num_classes, ignore_class, sparse_y_true, sparse_y_pred, axis, name};
  return {matrix(y_true, y_pred.value, weight)};
}

double MeanIoU::result(std::span<const Tensor> totals) const { return mean_iou(totals[0], all_of(num_classes)); }

void BinaryIoU::fields(Fields& f) {
  f("target_class_ids", target_class_ids);
  f("threshold", threshold);
  name_and_dtype(f, name, kCounts);
}

void BinaryIoU::check() const {
  ConfusionMatrix{.num_classes = 2, .what = name}.check();
  check_ids(target_class_ids, 2, name);
}

std::vector<Var> BinaryIoU::sums(Var y_true, const Flow& y_pred, Var weight) const {
  check();
  const ConfusionMatrix matrix{.num_classes = 2, .what = name};
  return {matrix(y_true, greater_equal(y_pred.value, number_like(y_pred.value, threshold)), weight)};
}

double BinaryIoU::result(std::span<const Tensor> totals) const { return mean_iou(totals[0], target_class_ids); }

void OneHotIoU::fields(Fields& f) {
  f.required("num_classes", num_classes);
  f.required("target_class_ids", target_class_ids);
  name_and_dtype(f, name, kCounts);
  f("ignore_class", ignore_class);
  f("sparse_y_pred", sparse_y_pred);
  f("axis", axis);
}

void OneHotIoU::check() const {
  ConfusionMatrix{num_classes, ignore_class, false, sparse_y_pred, axis, name}.check();
  check_ids(target_class_ids, num_classes, name);
}

std::vector<Var> OneHotIoU::sums(Var y_true, const Flow& y_pred, Var weight) const {
  check();
  const ConfusionMatrix matrix{num_classes, ignore_class, false, sparse_y_pred, axis, name};
  return {matrix(y_true, y_pred.value, weight)};
}

double OneHotIoU::result(std::span<const Tensor> totals) const { return mean_iou(totals[0], target_class_ids); }

void OneHotMeanIoU::fields(Fields& f) {
  f.required("num_classes", num_classes);
  name_and_dtype(f, name, kCounts);
  f("ignore_class", ignore_class);
  f("sparse_y_pred", sparse_y_pred);
  f("axis", axis);
}

void OneHotMeanIoU::check() const {
  ConfusionMatrix{num_classes, ignore_class, false, sparse_y_pred, axis, name}.check();
}

std::vector<Var> OneHotMeanIoU::sums(Var y_true, const Flow& y_pred, Var weight) const {
  check();
  const ConfusionMatrix matrix{num_classes, ignore_class, false, sparse_y_pred, axis, name};
  return {matrix(y_true, y_pred.value, weight)};
}

double OneHotMeanIoU::result(std::span<const Tensor> totals) const { return mean_iou(totals[0], all_of(num_classes)); }

}  // namespace reel
