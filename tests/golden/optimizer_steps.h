// Steps of an optimizer on given gradients, through what a model's training step uses.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "reel/models/training/update.h"

namespace reel::testing {

/// Weights that an optimizer updates in place, one run of a program a step.
class OptimizerSteps {
 public:
  OptimizerSteps(Optimizer optimizer, std::vector<NamedWeight> weights, std::vector<Constraint> constraints = {})
      : optimizer_(std::move(optimizer)), weights_(std::move(weights)) {
    std::vector<Var> vars, gradients;
    for (NamedWeight& weight : weights_) {
      weight.value = weight.value.clone();
      vars.push_back(tape_.parameter(weight.value, weight.path));
      gradients.push_back(tape_.input(weight.value.shape(), weight.value.dtype()));
    }
    Targets targets{.inputs = gradients};
    targets.assignments = record_update(tape_, optimizer_, state_, vars, gradients, constraints);
    program_ = tape_.compile(std::move(targets));
  }

  void take(const std::vector<Tensor>& gradients) {
    state_.prepare_step(optimizer_);
    program_.run(gradients);
    state_.count_step();
  }
  void finalize() { state_.finalize(optimizer_, weights_); }

  const Tensor& weight(size_t i) const { return weights_[i].value; }
  std::vector<Variable> variables() { return state_.variables(optimizer_, weights_); }
  Optimizer& optimizer() { return optimizer_; }

 private:
  Optimizer optimizer_;
  std::vector<NamedWeight> weights_;
  OptimizerState state_{optimizer_};
  Tape tape_;
  Program program_;
};

}  // namespace reel::testing
