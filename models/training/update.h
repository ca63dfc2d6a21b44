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
#include "reel/models/layer/variable.h"
#include "reel/models/optimizers/optimizer.h"

namespace reel {

/// A weight that is trained, and Keras's path of it: "dense/kernel".
struct NamedWeight {
  std::string path;
  Tensor value;
};

/// What an optimizer keeps between steps: of the first step, if nothing has been.
struct OptimizerState {
  /// Both [], of i32 and f64; a schedule has no rate that is kept.
  Variable iteration, rate;
  std::map<const std::byte*, std::vector<Variable>> slots;  ///< by the trained weight's buffer
  std::vector<Tensor> scalars;                              ///< set before each step
  double largest_rate = 0;                                  ///< of the learning rates so far
  bool is_constrained = false;  ///< whether constraints make weights of which safe gradients tell nothing
  /// What no element of a gradient has exceeded so far, and Optimizer::safe_gradient of the next step; f64 [].
  Tensor largest_gradient = Tensor::scalar(0, DType::f64), safe_gradient = Tensor::scalar(0, DType::f64);

  explicit OptimizerState(const Optimizer& optimizer);

  int64_t iterations() const { return iteration.value().data<int32_t>()[0]; }
  /// Of the next step. Throws ValueError for what is no rate.
  double learning_rate(const Optimizer& optimizer) const;
  /// The weight's slots, which begin here; `path`: the weight's.
  const std::vector<Variable>& slots_of(const Optimizer& optimizer, const NamedWeight& weight);
  /// Sets what the next step reads. Throws ValueError for a rate that is none, and for more steps than i32 counts.
  void prepare_step(const Optimizer& optimizer);
  void set_rate(double now) { Tensor(rate.value()).data<double>()[0] = now; }
  /// One step more has been made.
  void count_step() { Tensor(iteration.value()).data<int32_t>()[0] += 1; }
  /// After the last step: weights become their averages, where the optimizer keeps those.
  void finalize(const Optimizer& optimizer, std::span<const NamedWeight> weights) const;
  /// All that is kept, in Keras's order and by its paths: "adam/iteration", "adam/learning_rate",
  /// "adam/dense_kernel_momentum". To set their values is to go on from there, but for numbers that follow from the
  /// iteration.
  std::vector<Variable> variables(const Optimizer& optimizer, std::span<const NamedWeight> weights);
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
