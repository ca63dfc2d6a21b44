// Metrics that average a value over samples, with Keras's names and rules (keras.metrics).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "reel/models/losses/loss.h"
#include "reel/ops/ops.h"

namespace reel {

// Each maps targets and predictions to a value a sample, whose mean over all samples of an epoch is the metric.

/// Share of predictions on the target's side of the threshold, prediction > threshold counting as 1. Throws ValueError
/// for a threshold outside (0, 1).
/// keras.metrics.BinaryAccuracy.
struct BinaryAccuracy {
  double threshold = 0.5;
  static constexpr std::string_view name = "binary_accuracy";
  Var operator()(Var y_true, Var y_pred) const;
};

/// Share of rows whose largest target and largest prediction are at the same index, the first of equals.
/// keras.metrics.CategoricalAccuracy.
struct CategoricalAccuracy {
  static constexpr std::string_view name = "categorical_accuracy";
  Var operator()(Var y_true, Var y_pred) const;
};

/// Share of rows whose largest prediction is at the index that the target names; targets [rows] or [rows, 1].
/// keras.metrics.SparseCategoricalAccuracy.
struct SparseCategoricalAccuracy {
  static constexpr bool kTargetsAreClasses = true;
  static constexpr std::string_view name = "sparse_categorical_accuracy";
  Var operator()(Var y_true, Var y_pred) const;
};

/// What Keras makes of "accuracy": by shapes alone. Predictions with a last axis of 1 are binary; targets of lower
/// rank, or with a last axis of 1, are sparse; all else, an autoencoder's too, is categorical.
struct Accuracy {
  static constexpr bool kTargetsAreClasses = true;  // or may be
  static constexpr std::string_view name = "accuracy";
  Var operator()(Var y_true, Var y_pred) const;
};

/// Any metric above, any loss, Keras's name for one ("accuracy", "mae"), by which it is then called in logs, or any
/// function of (targets, predictions) -> a value for each sample. A loss that Keras's metric of that name differs from
/// has `as_metric`, and `Loss(...)` around it makes it what it is as a loss. A loss, and a function without a name,
/// which is one called "custom", gets its targets as it does in `Loss`: brought to the predictions' shape and type,
/// unless they are indices of classes; a named function gets them as they are. Constructors throw ValueError for a
/// function or pointer that is empty.
class Metric {
 public:
  template <class M>
  requires requires(const M& m, Var v) {
    M::name;
    m(v, v);
  }
  Metric(M metric) : Metric(loss_of(std::move(metric))) {}
  /// Throws ValueError for a loss that is none.
  Metric(Loss loss);
  template <class F>
  requires(!std::is_same_v<F, Metric> && !std::is_same_v<F, Loss> && !requires { F::name; } &&
           std::is_invocable_r_v<Var, F, Var, Var>) Metric(F function)
      : Metric(Loss(std::move(function))) {}
  Metric(std::string name, std::function<Var(Var, Var)> function);
  /// Throws ValueError, listing all names, for one that is not known.
  Metric(std::string_view name);
  Metric(const char* name);
  Metric(const std::string& name) : Metric(std::string_view(name)) {}

  const std::string& name() const { return name_; }
  /// One number a row of the batch, [rows]: the mean over the sample's other axes; or [] of a function that gives one
  /// number for all. Throws ShapeError where it gives anything else, and Error for an empty Var.
  Var operator()(Var y_true, Var y_pred) const;
  /// Mean over the batch, []; with the predictions' mask [rows, steps], over all that is valid. Throws ShapeError where
  /// a mask does not fit the values.
  Var of_batch(Var y_true, Var y_pred, Var mask) const;

 private:
  template <class M>
  static Loss loss_of(M metric) {
    if constexpr (requires { metric.as_metric(); })
      return metric.as_metric();
    else
      return metric;
  }
  Var values(Var y_true, Var y_pred, Var mask) const;

  std::string name_;
  std::function<Var(Var, Var, Var)> function_, valid_;  // of the mask, too
};

}  // namespace reel
