// Crossentropies of shares and of classes, with Keras's names, defaults and arithmetic (keras.losses).
#pragma once

#include "reel/models/losses/arguments.h"

namespace reel {

/// mean of -(t log p + (1 - t) log(1 - p)). With `from_logits`, p = sigmoid(y_pred). Where the predictions come with
/// the logits x that they are the sigmoids of, as a layer's that ends in `sigmoid` do, the loss is computed from these
/// as log(1 + exp(-|x|)) + |x| (1 - t where x > 0, else t), as with `from_logits`, of which it then warns: loss and
/// gradient lose nothing as p comes close to 0 or 1. Other probabilities are clipped to [1e-7, 1 - 1e-7]. Label
/// smoothing s in [0, 1]: t (1 - s) + s / 2. keras.losses.BinaryCrossentropy.
struct BinaryCrossentropy {
  bool from_logits = false;
  double label_smoothing = 0;
  int64_t axis = -1;  ///< that the mean is over, other than 0
  Reduction reduction = kMeanOfBatch;
  std::string name = "binary_crossentropy";
  static constexpr std::string_view class_name = "BinaryCrossentropy";
  void fields(Fields& f);
  void metric_fields(Fields& f);
  void check() const;
  Var operator()(Var y_true, const Flow& y_pred) const;
};

/// BinaryCrossentropy of each output times (1 - p of what it is)^gamma, and where classes are balanced, times alpha for
/// a target of 1 and 1 - alpha for 0. Source: Lin et al. 2018. keras.losses.BinaryFocalCrossentropy.
struct BinaryFocalCrossentropy {
  bool apply_class_balancing = false;
  double alpha = 0.25, gamma = 2;
  bool from_logits = false;
  double label_smoothing = 0;
  int64_t axis = -1;
  Reduction reduction = kMeanOfBatch;
  std::string name = "binary_focal_crossentropy";
  static constexpr std::string_view class_name = "BinaryFocalCrossentropy";
  void fields(Fields& f);
  void check() const;
  Var operator()(Var y_true, const Flow& y_pred) const;
};

/// -sum of t log p over the classes of an axis, the last unless said otherwise. With `from_logits`, p =
/// softmax(y_pred). Where the predictions come with the logits that they are the softmax of, as a layer's that ends in
/// `softmax` do, the loss is computed from these, as with `from_logits`: loss and gradient lose nothing as a p comes
/// close to 0 or 1. Other probabilities are scaled to sum to one, then clipped to [1e-7, 1 - 1e-7]. Label smoothing s
/// in [0, 1]: t (1 - s) + s / classes. A class of target 0 has no part in it, however unlikely. Warns of a single
/// class. keras.losses.CategoricalCrossentropy.
struct CategoricalCrossentropy {
  bool from_logits = false;
  double label_smoothing = 0;
  int64_t axis = -1;
  Reduction reduction = kMeanOfBatch;
  std::string name = "categorical_crossentropy";
  static constexpr std::string_view class_name = "CategoricalCrossentropy";
  void fields(Fields& f);
  void check() const;
  Var operator()(Var y_true, const Flow& y_pred) const;
};

/// sum of alpha (1 - p)^gamma t (-log p) over the classes of an axis; p as in CategoricalCrossentropy. Source: Lin et
/// al. 2018. keras.losses.CategoricalFocalCrossentropy.
struct CategoricalFocalCrossentropy {
  double alpha = 0.25, gamma = 2;
  bool from_logits = false;
  double label_smoothing = 0;
  int64_t axis = -1;
  Reduction reduction = kMeanOfBatch;
  std::string name = "categorical_focal_crossentropy";
  static constexpr std::string_view class_name = "CategoricalFocalCrossentropy";
  void fields(Fields& f);
  void check() const;
  Var operator()(Var y_true, const Flow& y_pred) const;
};

/// As CategoricalCrossentropy, with the class's index as target: [rows, ...] or [rows, ..., 1] for predictions
/// [rows, ..., classes]. Indices that are no whole numbers are rounded toward zero. Targets that are `ignore_class`, be
/// it a class or none, have loss 0 and do not count; for others that are no class, running throws RowError with the
/// target, its row and the number of classes. keras.losses.SparseCategoricalCrossentropy.
struct SparseCategoricalCrossentropy {
  bool from_logits = false;
  std::optional<int64_t> ignore_class = std::nullopt;
  int64_t axis = -1;  ///< the last, whichever way it is counted
  Reduction reduction = kMeanOfBatch;
  std::string name = "sparse_categorical_crossentropy";
  static constexpr std::string_view class_name = "SparseCategoricalCrossentropy";
  static constexpr bool kTargetsAreClasses = true;
  void fields(Fields& f);
  void metric_fields(Fields& f);
  Var operator()(Var y_true, const Flow& y_pred) const;
  /// 1 where the target is not ignored, else 0, [rows, ...]; an empty Var where none is.
  Var valid(Var y_true, Var y_pred) const;

 private:
  Var targets(Var y_true, Var y_pred) const;
};

/// (1 - p^q) / q of the share p of the class that the target tells: near CategoricalCrossentropy for a small q, and
/// near the mean absolute error, which noisy targets harm less, for a q near 1. Targets [rows, ...] are indices of
/// classes, predictions [rows, ..., classes] shares, which are taken as they are. Running throws RowError for a target
/// that is no class. Source: Zhang and Sabuncu 2018. keras.losses.CategoricalGeneralizedCrossEntropy.
struct CategoricalGeneralizedCrossEntropy {
  double q = 0.5;  ///< between 0 and 1
  Reduction reduction = kMeanOfBatch;
  std::string name = "categorical_generalized_cross_entropy";
  static constexpr std::string_view class_name = "CategoricalGeneralizedCrossEntropy";
  static constexpr bool kTargetsAreClasses = true;
  void fields(Fields& f);
  void check() const;
  Var operator()(Var y_true, Var y_pred) const;
};

}  // namespace reel
