// Trainer: a training step of one's own, for a loss that is written on a tape.
#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "reel/autodiff/tape.h"
#include "reel/models/constraints/constraint.h"
#include "reel/models/layer/variable.h"
#include "reel/models/optimizers/optimizers.h"

namespace reel {

struct TrainerOptions {
  std::vector<Var> outputs = {};             ///< computed in each step besides, from parameters as before it
  std::vector<Constraint> constraints = {};  ///< of the parameters, in their order; none, or one for each
};

/// Updates parameters of a tape so that a loss becomes smaller, with an optimizer, as `Model::fit` does: clips,
/// schedules and averages are its options, and nothing changes in a step whose loss or gradients are not finite.
///
///   Tape tape;
///   Var x = tape.input({rows, 2}), y = tape.input({rows, 1});
///   Var w = tape.parameter(Tensor::zeros({2, 1}), "w"), b = tape.parameter(Tensor::zeros({1}), "b");
///   Trainer trainer(tape, {w, b}, mean(square(matmul(x, w) + b - y)), Adam(0.1));
///   for (int i = 0; i < 300; ++i) double loss = trainer.step({points, targets});
///
/// Steps are the same bits for any number of threads. It may outlive the tape.
class Trainer {
 public:
  /// `parameters`: as `tape.parameter` gave them; their tensors are what steps change. `loss`: a float []. Throws
  /// ValueError for what is no parameter of the tape or comes twice, and for another number of constraints; ShapeError
  /// for a loss that is no scalar; Error for an op on the way that has no gradient.
  Trainer(Tape& tape, std::vector<Var> parameters, Var loss, const Optimizer& optimizer,
          const TrainerOptions& options = {});

  /// One update. `inputs`: those of the tape, in the order in which they were created. Returns the loss before it.
  /// Throws ShapeError for inputs of other types; NumericError when the loss, a gradient or what would be assigned is
  /// not finite, and then nothing has changed; what ops throw for operands that they cannot take.
  double step(std::span<const Tensor> inputs);
  double step(std::initializer_list<Tensor> inputs) { return step(std::span(inputs.begin(), inputs.size())); }
  double step(const std::vector<Tensor>& inputs) { return step(std::span(inputs)); }
  /// Values of `TrainerOptions::outputs` in the last step.
  std::span<const Tensor> outputs() const;

  /// A parameter's tensor. Throws ValueError for a Var that is none.
  const Tensor& value(Var parameter) const;
  /// How many steps there have been.
  int64_t iterations() const;
  double learning_rate() const;
  /// From the next step on. Throws ValueError unless it is finite and not negative, and where it is a schedule.
  void set_learning_rate(double rate);
  /// What the optimizer keeps, by Keras's paths; steps go on from what is assigned to it.
  std::vector<Variable> optimizer_variables();
  /// Where the optimizer averages weights, they become their averages.
  void finalize();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace reel
