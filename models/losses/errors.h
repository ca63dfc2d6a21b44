// Losses of numbers and of distributions: how far predictions are from targets (keras.losses).
#pragma once

#include "reel/models/losses/arguments.h"

namespace reel {

/// mean of (t - y)^2. keras.losses.MeanSquaredError.
struct MeanSquaredError {
  Reduction reduction = kMeanOfBatch;
  std::string name = "mean_squared_error";
  static constexpr std::string_view class_name = "MeanSquaredError";
  void fields(Fields& f) { loss_fields(f, name, reduction); }
  Var operator()(Var y_true, Var y_pred) const;
};

/// mean of |t - y|. keras.losses.MeanAbsoluteError.
struct MeanAbsoluteError {
  Reduction reduction = kMeanOfBatch;
  std::string name = "mean_absolute_error";
  static constexpr std::string_view class_name = "MeanAbsoluteError";
  void fields(Fields& f) { loss_fields(f, name, reduction); }
  Var operator()(Var y_true, Var y_pred) const;
};

/// 100 mean of |t - y| / max(|t|, 1e-7). keras.losses.MeanAbsolutePercentageError.
struct MeanAbsolutePercentageError {
  Reduction reduction = kMeanOfBatch;
  std::string name = "mean_absolute_percentage_error";
  static constexpr std::string_view class_name = "MeanAbsolutePercentageError";
  void fields(Fields& f) { loss_fields(f, name, reduction); }
  Var operator()(Var y_true, Var y_pred) const;
};

/// mean of (log(max(t, 1e-7) + 1) - log(max(y, 1e-7) + 1))^2. keras.losses.MeanSquaredLogarithmicError.
struct MeanSquaredLogarithmicError {
  Reduction reduction = kMeanOfBatch;
  std::string name = "mean_squared_logarithmic_error";
  static constexpr std::string_view class_name = "MeanSquaredLogarithmicError";
  void fields(Fields& f) { loss_fields(f, name, reduction); }
  Var operator()(Var y_true, Var y_pred) const;
};

/// mean of e^2 / 2 where |e| <= delta, else delta |e| - delta^2 / 2, of the error e = y - t. Keras's config does not
/// tell delta; here it does where it is not 1. keras.losses.Huber.
struct Huber {
  double delta = 1;
  Reduction reduction = kMeanOfBatch;
  std::string name = "huber_loss";
  static constexpr std::string_view class_name = "Huber";
  void fields(Fields& f);
  Var operator()(Var y_true, Var y_pred) const;
};

/// mean of log(cosh(y - t)). keras.losses.LogCosh; as a metric it is called "logcosh", as keras.metrics.LogCoshError.
struct LogCosh {
  Reduction reduction = kMeanOfBatch;
  std::string name = "log_cosh";
  static constexpr std::string_view class_name = "LogCosh";
  static constexpr std::string_view metric_class_name = "LogCoshError", metric_name = "logcosh";
  void fields(Fields& f) { loss_fields(f, name, reduction); }
  Var operator()(Var y_true, Var y_pred) const;
};

/// mean of y - t log(y + 1e-7). keras.losses.Poisson.
struct Poisson {
  Reduction reduction = kMeanOfBatch;
  std::string name = "poisson";
  static constexpr std::string_view class_name = "Poisson";
  void fields(Fields& f) { loss_fields(f, name, reduction); }
  Var operator()(Var y_true, Var y_pred) const;
};

/// sum of t log(t / y), both clipped to [1e-7, 1]. keras.losses.KLDivergence.
struct KLDivergence {
  Reduction reduction = kMeanOfBatch;
  std::string name = "kl_divergence";
  static constexpr std::string_view class_name = "KLDivergence";
  void fields(Fields& f) { loss_fields(f, name, reduction); }
  Var operator()(Var y_true, Var y_pred) const;
};

/// -sum of t y / (|t| |y|) along an axis, where lengths below 1e-7 count as 1e-7. Keras's config does not tell the
/// axis; here it does where it is not the last. keras.losses.CosineSimilarity; as a metric it has the other sign, 1 for
/// vectors of one direction, as keras.metrics.CosineSimilarity.
struct CosineSimilarity {
  int64_t axis = -1;
  Reduction reduction = kMeanOfBatch;
  std::string name = "cosine_similarity";
  static constexpr std::string_view class_name = "CosineSimilarity";
  static constexpr double metric_sign = -1;
  void fields(Fields& f);
  Var operator()(Var y_true, Var y_pred) const;
};

}  // namespace reel
