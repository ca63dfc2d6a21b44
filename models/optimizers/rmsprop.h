#pragma once

#include "reel/models/optimizers/optimizer.h"

namespace reel {

/// v = rho v + (1 - rho) g^2; step = learning_rate g / sqrt(v + epsilon), centered: / sqrt(v - a^2 + epsilon), where
/// a = rho a + (1 - rho) g; w -= step, or with momentum m: p = m p + step, then w -= p. rho is in [0, 1), m in [0, 1].
/// Hinton 2012; keras.optimizers.RMSprop.
struct RMSprop {
  LearningRate learning_rate = 0.001;
  double rho = 0.9, momentum = 0, epsilon = 1e-7;
  bool centered = false;
  OptimizerOptions options = {};

  static constexpr std::string_view class_name = "RMSprop";
  void fields(Fields& f);
  std::vector<OptimizerNumber> numbers() const;
  double safe_gradient(double rate, int64_t step) const;
  std::vector<Slot> slots(const Shape& weight) const;
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const;
};

}  // namespace reel
