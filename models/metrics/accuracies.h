// Accuracies: how often predictions are right (keras.metrics). Each maps targets and predictions to values, 1 where a
// prediction is right and 0 where it is not, whose mean is the metric.
#pragma once

#include <string>
#include <string_view>

#include "reel/models/describe/fields.h"
#include "reel/models/metrics/better.h"
#include "reel/ops/ops.h"

namespace reel {

/// Share of predictions that equal the target. keras.metrics.Accuracy, which is another than "accuracy".
struct ValueAccuracy {
  std::string name = "accuracy";
  static constexpr std::string_view class_name = "Accuracy";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  Var operator()(Var y_true, Var y_pred) const;
};

/// Share of predictions on the target's side of the threshold, prediction > threshold counting as 1. Throws ValueError
/// for a threshold outside (0, 1). keras.metrics.BinaryAccuracy.
struct BinaryAccuracy {
  double threshold = 0.5;
  std::string name = "binary_accuracy";
  static constexpr std::string_view class_name = "BinaryAccuracy";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  void check() const;
  Var operator()(Var y_true, Var y_pred) const;
};

/// Share of rows whose largest target and largest prediction are at the same index, the first of equals.
/// keras.metrics.CategoricalAccuracy.
struct CategoricalAccuracy {
  std::string name = "categorical_accuracy";
  static constexpr std::string_view class_name = "CategoricalAccuracy";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  Var operator()(Var y_true, Var y_pred) const;
};

/// Share of rows whose largest prediction is at the index that the target names; targets [rows] or [rows, 1].
/// keras.metrics.SparseCategoricalAccuracy.
struct SparseCategoricalAccuracy {
  static constexpr bool kTargetsAreClasses = true;
  std::string name = "sparse_categorical_accuracy";
  static constexpr std::string_view class_name = "SparseCategoricalAccuracy";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  Var operator()(Var y_true, Var y_pred) const;
};

/// What Keras makes of "accuracy": by shapes alone. Predictions with a last axis of 1 are binary; targets of lower
/// rank, or with a last axis of 1, are sparse; all else, an autoencoder's too, is categorical.
struct Accuracy {
  static constexpr bool kTargetsAreClasses = true;  // or may be
  static constexpr Better better = Better::higher;
  std::string name = "accuracy";
  Var operator()(Var y_true, Var y_pred) const;
};

/// Share of rows of which fewer than k predictions are larger than that of the class with the largest target.
/// keras.metrics.TopKCategoricalAccuracy.
struct TopKCategoricalAccuracy {
  int64_t k = 5;
  std::string name = "top_k_categorical_accuracy";
  static constexpr std::string_view class_name = "TopKCategoricalAccuracy";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  Var operator()(Var y_true, Var y_pred) const;
};

/// The same of the class that the target names, [rows, ...] or [rows, ..., 1].
/// keras.metrics.SparseTopKCategoricalAccuracy.
struct SparseTopKCategoricalAccuracy {
  int64_t k = 5;
  static constexpr bool kTargetsAreClasses = true;
  std::string name = "sparse_top_k_categorical_accuracy";
  static constexpr std::string_view class_name = "SparseTopKCategoricalAccuracy";
  static constexpr Better better = Better::higher;
  void fields(Fields& f);
  Var operator()(Var y_true, Var y_pred) const;
};

}  // namespace reel
