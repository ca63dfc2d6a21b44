// How a model becomes the graphs of its three programs: train, evaluate, predict.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "reel/autodiff/tape.h"
#include "reel/models/layer/layer.h"
#include "reel/models/layer/recording.h"
#include "reel/models/training/data_types.h"
#include "reel/models/training/options.h"
#include "reel/models/training/scores.h"
#include "reel/models/training/update.h"

namespace reel {

/// What programs are made of: a model, as training sees it.
struct Trainee {
  std::vector<std::string> input_names, output_names;
  std::vector<Variable> variables;
  std::string scope;  ///< of the recording
  std::function<Flows(Recording& recording, const Flows& inputs)> replay;
};

/// The types of a batch as StepProgram takes it.
DataTypes types_of_batch(std::span<const Tensor> batch, size_t inputs);

/// What layers have added to the loss, and what regularizers of the trained variables do.
std::vector<Var> added_losses(const Trainee& trainee, Recording& recording);

/// A program, and the names of its outputs. Any number of threads may run it, unless it assigns.
struct StepProgram {
  DataTypes types;
  Program program;
  ScoreKeys keys = {};  ///< of one whose outputs are scores
  /// Of recurrences that go on from batch to batch: inputs of the program behind the others, and its last outputs.
  std::vector<Variable> states = {};
  bool assigns = false;

  /// Whether it is for batches of these types: x, y, and a weight for each of y, which may be empty.
  bool takes(std::span<const Tensor> batch) const;
  /// Runs it on such a batch. Throws ShapeError for another number of rows than that with which states were made.
  void run(std::span<const Tensor> batch, std::vector<Tensor>& outputs) const;
};

/// Loss and metrics of a batch, and one update of the weights.
StepProgram make_train_program(const Trainee& trainee, const CompileOptions& compiled, OptimizerState& state,
                               const DataTypes& types);
/// Loss and metrics of a batch.
StepProgram make_evaluate_program(const Trainee& trainee, const CompileOptions& compiled, const DataTypes& types);
/// Gradients of the mean loss in all trainable weights.
StepProgram make_gradient_program(const Trainee& trainee, const CompileOptions& compiled, const DataTypes& types);
/// Outputs for inputs of these types.
StepProgram make_predict_program(const Trainee& trainee, const DataTypes& types, const Passes& passes);

/// Records loss and gradients in `tape`, for printing.
std::vector<Var> record_training(Tape& tape, const Trainee& trainee, const CompileOptions& compiled,
                                 const DataTypes& types);

}  // namespace reel
