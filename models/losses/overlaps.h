// Losses of how much of two sets overlaps (keras.losses).
#pragma once

#include "reel/models/describe/numbers.h"
#include "reel/models/losses/arguments.h"

namespace reel {

/// 1 - 2 sum of t y / (sum of t + sum of y + 1e-7), the sums over `axis`, which is one, several, or all if null: then
/// it is one number for the batch, []. keras.losses.Dice.
struct Dice {
  Reduction reduction = kMeanOfBatch;
  std::string name = "dice";
  Numbers<int64_t> axis = {};
  static constexpr std::string_view class_name = "Dice";
  void fields(Fields& f);
  Var operator()(Var y_true, Var y_pred) const;
};

/// 1 - s / (s + alpha a + beta b + 1e-7) for s = sum of t y, a = sum of (1 - y) t, b = sum of y (1 - t); sums as in
/// Dice. Source: Salehi et al. 2017. keras.losses.Tversky.
struct Tversky {
  double alpha = 0.5, beta = 0.5;
  Reduction reduction = kMeanOfBatch;
  std::string name = "tversky";
  Numbers<int64_t> axis = {};
  static constexpr std::string_view class_name = "Tversky";
  void fields(Fields& f);
  Var operator()(Var y_true, Var y_pred) const;
};

}  // namespace reel
