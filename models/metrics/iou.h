// Intersection over union of classes, from a confusion matrix (keras.metrics).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/graph/tensor.h"
#include "reel/models/activations/flow.h"
#include "reel/models/describe/fields.h"
#include "reel/models/metrics/better.h"

namespace reel {

/// How often class i was taken for class j, [classes, classes] in f64, of classes [rows, ...] that are given as indices
/// (`sparse`), or as the largest along an axis, the last, of [rows, ..., classes]. Weights count as whole numbers, cut
/// toward zero, as in Keras. Targets of class `ignore_class` do not count. Running throws RowError, which begins with
/// `what`, for an index that is no class.
struct ConfusionMatrix {
  int64_t num_classes;
  std::optional<int64_t> ignore_class = std::nullopt;
  bool sparse_y_true = true, sparse_y_pred = true;
  int64_t axis = -1;
  std::string_view what = "confusion matrix";

  Var operator()(Var y_true, Var y_pred, Var weight) const;
  void check() const;
};

/// true positives / (true positives + false positives + false negatives) of a class, the mean over these classes of
/// those that came at all. keras.metrics.IoU.
struct IoU {
  int64_t num_classes = 0;
  std::vector<int64_t> target_class_ids = {};
  std::string name = "io_u";
  std::optional<int64_t> ignore_class = std::nullopt;
  bool sparse_y_true = true, sparse_y_pred = true;
  int64_t axis = -1;
  static constexpr std::string_view class_name = "IoU";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  double result(std::span<const Tensor> totals) const;
};

/// IoU of all classes. keras.metrics.MeanIoU.
struct MeanIoU {
  int64_t num_classes = 0;
  std::string name = "mean_io_u";
  std::optional<int64_t> ignore_class = std::nullopt;
  bool sparse_y_true = true, sparse_y_pred = true;
  int64_t axis = -1;
  static constexpr std::string_view class_name = "MeanIoU";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  double result(std::span<const Tensor> totals) const;
};

/// IoU of two classes, where an output is of class 1 if it is at least the threshold. keras.metrics.BinaryIoU.
struct BinaryIoU {
  std::vector<int64_t> target_class_ids = {0, 1};
  double threshold = 0.5;
  std::string name = "binary_io_u";
  static constexpr std::string_view class_name = "BinaryIoU";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  double result(std::span<const Tensor> totals) const;
};

/// IoU of targets that are given as the largest along an axis. keras.metrics.OneHotIoU.
struct OneHotIoU {
  int64_t num_classes = 0;
  std::vector<int64_t> target_class_ids = {};
  std::string name = "one_hot_io_u";
  std::optional<int64_t> ignore_class = std::nullopt;
  bool sparse_y_pred = false;
  int64_t axis = -1;
  static constexpr std::string_view class_name = "OneHotIoU";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  double result(std::span<const Tensor> totals) const;
};

/// OneHotIoU of all classes. keras.metrics.OneHotMeanIoU.
struct OneHotMeanIoU {
  int64_t num_classes = 0;
  std::string name = "one_hot_mean_io_u";
  std::optional<int64_t> ignore_class = std::nullopt;
  bool sparse_y_pred = false;
  int64_t axis = -1;
  static constexpr std::string_view class_name = "OneHotMeanIoU";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  double result(std::span<const Tensor> totals) const;
};

}  // namespace reel
