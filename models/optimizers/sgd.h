#pragma once

#include "reel/models/optimizers/optimizer.h"

namespace reel {

/// w -= learning_rate g; with momentum m: v = m v - learning_rate g, then w += v, or with Nesterov's
/// w += m v - learning_rate g. m is in [0, 1]. keras.optimizers.SGD.
struct SGD {
  LearningRate learning_rate = 0.01;
  double momentum = 0;
  bool nesterov = false;
  OptimizerOptions options = {};

  static constexpr std::string_view class_name = "SGD";
  void fields(Fields& f);
  std::vector<OptimizerNumber> numbers() const;
  double safe_gradient(double rate, int64_t step) const;
  std::vector<Slot> slots(const Shape& weight) const;
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const;
};

}  // namespace reel
