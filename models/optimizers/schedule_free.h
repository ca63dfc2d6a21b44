// Averages in the place of a schedule.
#pragma once

#include "reel/models/optimizers/optimizer.h"

namespace reel {

/// The weights y lie between z, which the gradients move, and the mean x of all z so far: with v as Adam's and r the
/// rate, during the first `warmup_steps` t / warmup_steps of it,
/// z -= r g / (sqrt(v / (1 - beta_2^t)) + epsilon); x = (1 - 1/t) x + z / t; y = (1 - beta_1) z + beta_1 x.
/// Defazio et al. 2024; keras.optimizers.ScheduleFreeAdamW.
struct ScheduleFreeAdamW {
  LearningRate learning_rate = 0.0025;
  double beta_1 = 0.9, beta_2 = 0.999;  ///< beta_1 above 0: x is found from y and z
  double epsilon = 1e-8;
  int64_t warmup_steps = 0;
  OptimizerOptions options = {};

  static constexpr std::string_view class_name = "ScheduleFreeAdamW";
  void fields(Fields& f);
  void check() const;
  std::vector<OptimizerNumber> numbers() const;
  std::vector<Slot> slots(const Shape& weight) const;
  StepScalars scalars(double rate, int64_t step) const;
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const;
};

}  // namespace reel
