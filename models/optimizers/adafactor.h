#pragma once

#include "reel/models/optimizers/optimizer.h"

namespace reel {

/// With rms(x) = sqrt(mean x^2) and b_t = 1 - t^beta_2_decay at update t = 1, 2, ...: of a weight with two axes or more
/// r = b r + (1 - b) mean of g^2 + epsilon_1 along the last axis, c the same along the one before it, and v = r c /
/// mean of r along r's last axis; of others v = b v + (1 - b)(g^2 + epsilon_1). Then u = g / sqrt(v), and w -=
/// max(epsilon_2, rms(w)) min(learning_rate, 1 / sqrt(t)) u / max(1, rms(u) / clip_threshold). `relative_step` changes
/// nothing, as in Keras. Shazeer and Stern 2018; keras.optimizers.Adafactor.
struct Adafactor {
  LearningRate learning_rate = 0.001;
  double beta_2_decay = -0.8, epsilon_1 = 1e-30, epsilon_2 = 1e-3, clip_threshold = 1;
  bool relative_step = true;
  OptimizerOptions options = {};

  static constexpr std::string_view class_name = "Adafactor";
  void fields(Fields& f);
  void check() const;
  std::vector<OptimizerNumber> numbers() const;
  std::vector<Slot> slots(const Shape& weight) const;
  StepScalars scalars(double rate, int64_t step) const;
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const;
};

}  // namespace reel
