// How a model's layers become the graphs of its three programs: train, evaluate, predict.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "reel/autodiff/tape.h"
#include "reel/models/layer/layer.h"
#include "reel/models/training/options.h"
#include "reel/models/training/scores.h"

namespace reel {

/// The weights of layers that have been called, as parameters that share the layers' buffers.
using LayerVars = std::map<const Layer*, WeightVars>;

/// Calls a layer in a scope of its name. One that comes again uses the parameters made when it first came.
Flow call_layer(const LayerPtr& layer, const Flow& input, LayerVars& vars);

/// Calls the layers in order; `made` receives their weights.
Flow call_layers(const std::vector<LayerPtr>& layers, Var x, LayerVars* made = nullptr);

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

/// Inputs of a program over data of these types.
struct DataTypes {
  Type x, y;
  bool weighted = false;

  bool operator==(const DataTypes& other) const = default;
};

/// A program, and what its outputs are. Any number of threads may run it.
struct StepProgram {
  DataTypes types;
  Program program;
  ScoreKeys keys = {};  ///< of one whose outputs are scores

  /// Runs it on x, y and, if its types are weighted, sample_weight.
  void run(std::span<const Tensor> batch, std::vector<Tensor>& outputs) const {
    program.run(batch.first(types.weighted ? 3 : 2), outputs);
  }
};

/// Scores of a batch, and one update of the weights.
StepProgram make_train_program(const std::vector<LayerPtr>& layers, const CompileOptions& compiled,
                               OptimizerState& state, const DataTypes& types);
/// Scores of a batch.
StepProgram make_evaluate_program(const std::vector<LayerPtr>& layers, const CompileOptions& compiled,
                                  const DataTypes& types);
/// Gradients of the mean loss in all trainable weights.
StepProgram make_gradient_program(const std::vector<LayerPtr>& layers, const CompileOptions& compiled,
                                  const DataTypes& types);
/// Outputs for inputs of type x.
StepProgram make_predict_program(const std::vector<LayerPtr>& layers, const Type& x, const Passes& passes);

/// Records loss and gradients in `tape`, for printing.
std::vector<Var> record_training(Tape& tape, const std::vector<LayerPtr>& layers, const CompileOptions& compiled,
                                 const DataTypes& types);

}  // namespace reel
