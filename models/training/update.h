// What a training step does with gradients: the optimizer's update, what it keeps between steps, and the guard before
// both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "reel/autodiff/tape.h"
#include "reel/models/optimizers/optimizer.h"

namespace reel {

/// What a model's optimizer keeps between steps.
struct OptimizerState {
  int64_t iterations = 0;
  std::map<const std::byte*, std::vector<Tensor>> slots;  ///< by the trained weight's buffer
  std::vector<Tensor> scalars;                            ///< set before each step
  double largest_rate = 0;                                ///< of the learning rates so far
  /// What no element of a gradient has exceeded so far, and Optimizer::safe_gradient of the next step; f64 [].
  Tensor largest_gradient = Tensor::scalar(0, DType::f64), safe_gradient = Tensor::scalar(0, DType::f64);

  /// Sets what the next step reads: at this learning rate, and as many steps after the first.
  void prepare_step(const Optimizer& optimizer);
};

/// What the step assigns: new weights and slots.
std::vector<Assignment> record_update(Tape& tape, const Optimizer& optimizer, OptimizerState& state,
                                      std::span<const Var> weights, std::span<const Var> gradients);

/// Nothing is assigned that is not finite. Gradients that are small enough for all new values to be finite are the
/// rule.
void guard_update(Tape& tape, const Optimizer& optimizer, const OptimizerState& state, std::span<const Var> gradients,
                  Targets& targets);

}  // namespace reel
