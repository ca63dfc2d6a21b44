#pragma once

#include "reel/models/optimizers/optimizer.h"

namespace reel {

/// w -= learning_rate sign(beta_1 m + (1 - beta_1) g); then m = beta_2 m + (1 - beta_2) g. beta_1 is in (0, 1], beta_2
/// in [0, 1). Chen et al. 2023; keras.optimizers.Lion.
struct Lion {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.99;
  OptimizerOptions options = {};

  static constexpr std::string_view class_name = "Lion";
  void fields(Fields& f);
  void check() const;
  std::vector<OptimizerNumber> numbers() const;
  double safe_gradient(double rate, int64_t step) const;
  std::vector<Slot> slots(const Shape& weight) const;
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const;
};

}  // namespace reel
