// Counts of outputs above thresholds, and shares of them (keras.metrics). Of several thresholds, each has its result.
#pragma once

#include <string>
#include <string_view>

#include "reel/models/describe/fields.h"
#include "reel/models/metrics/better.h"
#include "reel/models/metrics/thresholds.h"

namespace reel {

/// Outputs above a threshold whose target is positive. keras.metrics.TruePositives.
struct TruePositives {
  Numbers<double> thresholds = {};  ///< in [0, 1]; 0.5 if null
  std::string name = "true_positives";
  static constexpr std::string_view class_name = "TruePositives";
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  Tensor result(std::span<const Tensor> totals) const;
};

/// Outputs not above it whose target is negative. keras.metrics.TrueNegatives.
struct TrueNegatives {
  Numbers<double> thresholds = {};
  std::string name = "true_negatives";
  static constexpr std::string_view class_name = "TrueNegatives";
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  Tensor result(std::span<const Tensor> totals) const;
};

/// Outputs above it whose target is negative. keras.metrics.FalsePositives.
struct FalsePositives {
  Numbers<double> thresholds = {};
  std::string name = "false_positives";
  static constexpr std::string_view class_name = "FalsePositives";
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  Tensor result(std::span<const Tensor> totals) const;
};

/// Outputs not above it whose target is positive. keras.metrics.FalseNegatives.
struct FalseNegatives {
  Numbers<double> thresholds = {};
  std::string name = "false_negatives";
  static constexpr std::string_view class_name = "FalseNegatives";
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  Tensor result(std::span<const Tensor> totals) const;
};

/// Of the outputs above a threshold, the share whose target is positive, 0 if there are none. Only the `top_k` largest
/// of a row are above, if given; only those of `class_id`, an index of the last axis, count, if given.
/// keras.metrics.Precision.
struct Precision {
  Numbers<double> thresholds = {};  ///< in [0, 1]; 0.5 if null, or none where `top_k` is given
  std::optional<int64_t> top_k = std::nullopt, class_id = std::nullopt;
  std::string name = "precision";
  static constexpr std::string_view class_name = "Precision";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  Tensor result(std::span<const Tensor> totals) const;
};

/// Of the outputs whose target is positive, the share that is above a threshold, 0 if there are none; else as
/// Precision. keras.metrics.Recall.
struct Recall {
  Numbers<double> thresholds = {};
  std::optional<int64_t> top_k = std::nullopt, class_id = std::nullopt;
  std::string name = "recall";
  static constexpr std::string_view class_name = "Recall";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  void check() const;
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const;
  Tensor result(std::span<const Tensor> totals) const;
};

}  // namespace reel
