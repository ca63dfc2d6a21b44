// What a training step does with gradients: the optimizer's update, what it keeps between steps, and the guard before
// both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "reel/autodiff/tape.h"
#include "reel/models/optimizers/optimizer.h"

namespace reel {

/// A weight that is trained, and Keras's path of it: "dense/kernel".
struct NamedWeight {
  std::string path;
  Tensor value;
};

/// What a model's optimizer keeps between steps.
struct OptimizerState {
  int64_t iterations = 0;
  std::map<const std::byte*, std::vector<Tensor>> slots;  ///< by the trained weight's buffer
  std::vector<Tensor> scalars;                            ///< set before each step
  double largest_rate = 0;                                ///< of the learning rates so far
  bool is_constrained = false;  ///< whether constraints make weights of which safe gradients tell nothing
  /// What no element of a gradient has exceeded so far, and Optimizer::safe_gradient of the next step; f64 [].
  Tensor largest_gradient = Tensor::scalar(0, DType::f64), safe_gradient = Tensor::scalar(0, DType::f64);

  /// The weight's slots, which begin here.
  const std::vector<Tensor>& slots_of(const Optimizer& optimizer, const Tensor& weight);
  /// Sets what the next step reads: as many steps after the first.
  void prepare_step(const Optimizer& optimizer);
  /// After the last step: weights become their averages, where the optimizer keeps those.
  void finalize(const Optimizer& optimizer, std::span<const NamedWeight> weights) const;
  /// All that is kept, in Keras's order and by its paths: "adam/iteration", i32 [], "adam/learning_rate", unless it is
  /// a schedule, "adam/dense_kernel_momentum". Slots are those that steps change, all else are copies.
  std::vector<NamedWeight> variables(const Optimizer& optimizer, std::span<const NamedWeight> weights);
};

/// What the step assigns: new weights and slots. Weights are constrained last where there are `constraints`, one a
/// weight.
std::vector<Assignment> record_update(Tape& tape, const Optimizer& optimizer, OptimizerState& state,
                                      std::span<const Var> weights, std::span<const Var> gradients,
                                      std::span<const Constraint> constraints = {});

/// Nothing is assigned that is not finite. Gradients that are small enough for all new values to be finite are the
/// rule. `by_layers`: what layers assign, which waits for the guard as the weights do. Call it before `record_update`:
/// the guard stands before what it guards.
void guard_update(Tape& tape, const Optimizer& optimizer, const OptimizerState& state, std::span<const Var> gradients,
                  std::span<const Assignment> by_layers, Targets& targets);

}  // namespace reel
