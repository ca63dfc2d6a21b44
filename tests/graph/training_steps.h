// Training steps of several kinds, small and yet worth several threads.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "reel/autodiff/tape.h"

namespace reel::testing {

/// A model's loss and its gradients, recorded; what else is recorded in its tape may be computed beside them.
struct TrainingStep {
  Tape tape;
  std::vector<Var> inputs = {}, weights = {}, gradients = {};
  Var state = {}, predicted = {}, loss = {};  ///< [rows, units], [rows, 1], a scalar

  TrainingStep() = default;
  TrainingStep(const TrainingStep&) = delete;
  TrainingStep& operator=(const TrainingStep&) = delete;

  Var add_weight(const Shape& shape);
  /// Of the last state, by one more weight; y is another input, [rows, 1].
  void predict_from(Var last);

  /// A batch that fits the inputs; deterministic. Of ids there are so few that sequences share prefixes.
  std::vector<Tensor> batch(int64_t row_count) const;
  /// With loss, predictions and gradients as outputs, those of `beside` behind them, and all weights assigned.
  Program compile(const std::vector<Var>& beside = {});
  /// Puts the weights back to what they begin as.
  void reset();

 private:
  std::vector<Tensor> start_ = {};
};

struct NamedStep {
  std::string name;
  std::function<std::unique_ptr<TrainingStep>()> make;
};

/// A recurrence over ids, whose rows share prefixes; an LSTM; and layers whose weights no near cache holds.
const std::vector<NamedStep>& training_steps();

/// Runs the step twice from the beginning: loss, predictions and gradients of both, and the weights at the end.
std::vector<Tensor> train_twice(TrainingStep& step, Program& program, const std::vector<Tensor>& batch);

}  // namespace reel::testing
