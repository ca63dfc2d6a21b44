// Hinges: losses of margins (keras.losses).
#pragma once

#include "reel/models/losses/arguments.h"

namespace reel {

/// mean of max(1 - t y, 0). Targets that are all 0 or 1 in a batch count as -1 and 1. keras.losses.Hinge.
struct Hinge {
  Reduction reduction = kMeanOfBatch;
  std::string name = "hinge";
  static constexpr std::string_view class_name = "Hinge";
  void fields(Fields& f) { loss_fields(f, name, reduction); }
  Var operator()(Var y_true, Var y_pred) const;
};

/// mean of max(1 - t y, 0)^2, targets as in Hinge. keras.losses.SquaredHinge.
struct SquaredHinge {
  Reduction reduction = kMeanOfBatch;
  std::string name = "squared_hinge";
  static constexpr std::string_view class_name = "SquaredHinge";
  void fields(Fields& f) { loss_fields(f, name, reduction); }
  Var operator()(Var y_true, Var y_pred) const;
};

/// max(max of (1 - t) y - sum of t y + 1, 0). keras.losses.CategoricalHinge.
struct CategoricalHinge {
  Reduction reduction = kMeanOfBatch;
  std::string name = "categorical_hinge";
  static constexpr std::string_view class_name = "CategoricalHinge";
  void fields(Fields& f) { loss_fields(f, name, reduction); }
  Var operator()(Var y_true, Var y_pred) const;
};

}  // namespace reel
