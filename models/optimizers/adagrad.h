// Steps that shrink with the sum, or the mean, of squared gradients.
#pragma once

#include "reel/models/optimizers/optimizer.h"

namespace reel {

/// s += g^2, from initial_accumulator_value on; w -= learning_rate g / sqrt(s + epsilon). Duchi et al. 2011;
/// keras.optimizers.Adagrad.
struct Adagrad {
  LearningRate learning_rate = 0.001;
  double initial_accumulator_value = 0.1, epsilon = 1e-7;
  OptimizerOptions options = {};

  static constexpr std::string_view class_name = "Adagrad";
  void fields(Fields& f);
  std::vector<OptimizerNumber> numbers() const;
  double safe_gradient(double rate, int64_t step) const;
  std::vector<Slot> slots(const Shape& weight) const;
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const;
};

/// s = rho s + (1 - rho) g^2; d = g sqrt(a + epsilon) / sqrt(s + epsilon); a = rho a + (1 - rho) d^2;
/// w -= learning_rate d. rho is in [0, 1). Zeiler 2012; keras.optimizers.Adadelta.
struct Adadelta {
  LearningRate learning_rate = 0.001;
  double rho = 0.95, epsilon = 1e-7;
  OptimizerOptions options = {};

  static constexpr std::string_view class_name = "Adadelta";
  void fields(Fields& f);
  std::vector<OptimizerNumber> numbers() const;
  std::vector<Slot> slots(const Shape& weight) const;
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const;
};

/// Follow the regularized leader. With p = -learning_rate_power and r the learning rate: n = s + g^2, from
/// initial_accumulator_value on; z += g + 2 shrinkage w - (n^p - s^p) w / r; s = n;
/// w = (clip(z, -l1, l1) - z) / (n^p / r + 2 l2 + beta / r). McMahan et al. 2013; keras.optimizers.Ftrl.
struct Ftrl {
  LearningRate learning_rate = 0.001;
  double learning_rate_power = -0.5, initial_accumulator_value = 0.1;
  double l1_regularization_strength = 0, l2_regularization_strength = 0, l2_shrinkage_regularization_strength = 0;
  double beta = 0;
  OptimizerOptions options = {};

  static constexpr std::string_view class_name = "Ftrl";
  void fields(Fields& f);
  void check() const;
  std::vector<OptimizerNumber> numbers() const;
  std::vector<Slot> slots(const Shape& weight) const;
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const;
};

}  // namespace reel
