// Areas under curves that a threshold draws, and the best point of a curve that keeps a bound (keras.metrics).
#pragma once

#include <string>
#include <string_view>

#include "reel/models/describe/fields.h"
#include "reel/models/metrics/better.h"
#include "reel/models/metrics/thresholds.h"

namespace reel {

/// The area under a curve whose points thresholds give, 0 and 1 among them: of true over false positive rates ("ROC"),
/// of precision over recall ("PR"), or of their gains ("PRGAIN", Flach and Kull 2015). Between two points the height is
/// their mean ("interpolation"; of "PR", Davis and Goadrich 2006), the smaller ("minoring"), or the larger
/// ("majoring"). Of several labels (`multi_label`), the mean of their areas, weighted if weights are given; otherwise
/// weights of labels are those of outputs. keras.metrics.AUC.
struct AUC {
  int64_t num_thresholds = 200;
  std::string curve = "ROC", summation_method = "interpolation";
  std::string name = "auc";
  std::optional<std::vector<double>> thresholds = std::nullopt;  ///< in (0, 1), instead of even ones
  bool multi_label = false;
  std::optional<int64_t> num_labels = std::nullopt;
  std::optional<std::vector<double>> label_weights = std::nullopt;
  bool from_logits = false;
  static constexpr std::string_view class_name = "AUC";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  Tensor result(std::span<const Tensor> totals) const;

 private:
  std::vector<double> all_thresholds() const;
  double area(const std::vector<Counted>& points) const;
};

// Of even thresholds from 0 to 1, the largest of one share at those where another is at least a bound; 0 if that is
// nowhere. `class_id`: only this index of the last axis counts.

/// The largest recall where the specificity is at least `specificity`. keras.metrics.SensitivityAtSpecificity.
struct SensitivityAtSpecificity {
  double specificity = 0.5;
  int64_t num_thresholds = 200;
  std::optional<int64_t> class_id = std::nullopt;
  std::string name = "sensitivity_at_specificity";
  static constexpr std::string_view class_name = "SensitivityAtSpecificity";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  double result(std::span<const Tensor> totals) const;
};

/// The largest specificity where the recall is at least `sensitivity`. keras.metrics.SpecificityAtSensitivity.
struct SpecificityAtSensitivity {
  double sensitivity = 0.5;
  int64_t num_thresholds = 200;
  std::optional<int64_t> class_id = std::nullopt;
  std::string name = "specificity_at_sensitivity";
  static constexpr std::string_view class_name = "SpecificityAtSensitivity";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  double result(std::span<const Tensor> totals) const;
};

/// The largest precision where the recall is at least `recall`. keras.metrics.PrecisionAtRecall.
struct PrecisionAtRecall {
  double recall = 0.5;
  int64_t num_thresholds = 200;
  std::optional<int64_t> class_id = std::nullopt;
  std::string name = "precision_at_recall";
  static constexpr std::string_view class_name = "PrecisionAtRecall";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  double result(std::span<const Tensor> totals) const;
};

/// The largest recall where the precision is at least `precision`. keras.metrics.RecallAtPrecision.
struct RecallAtPrecision {
  double precision = 0.5;
  int64_t num_thresholds = 200;
  std::optional<int64_t> class_id = std::nullopt;
  std::string name = "recall_at_precision";
  static constexpr std::string_view class_name = "RecallAtPrecision";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  double result(std::span<const Tensor> totals) const;
};

}  // namespace reel
