// Recurrent layers: a cell, unrolled into the graph step by step.
#pragma once

#include "reel/models/activations/activation.h"
#include "reel/models/layer/layer.h"

namespace reel {

/// One step of a recurrence. Write your own with any ops; RNN unrolls it, and it is tiled, hoisted and differentiated
/// like the built-in cells.
class Cell {
 public:
  virtual ~Cell() = default;
  virtual std::string class_name() const = 0;
  /// Features of each state; the first state is also the cell's output.
  virtual std::vector<int64_t> state_sizes() const = 0;
  /// The weights for inputs of `features` numbers a step.
  virtual std::vector<Weight> weights(int64_t features) const = 0;
  /// New states from x [rows, features] and the old states [rows, state size] each, of the same types as these.
  virtual std::vector<Var> step(Var x, const std::vector<Var>& states, const WeightVars& weights) const = 0;
};

struct RNNOptions {
  bool return_sequences = false;  ///< the output of every step, [rows, steps, units], instead of the last
  bool go_backwards = false;      ///< from the last step to the first; sequences come out in that order
  std::string name = "";
};

/// Unrolls a cell: x [rows, steps, features] -> [rows, units] or [rows, steps, units]. Initial states are zeros. Where
/// a mask is 0, the states stay as they were. Whole numbers and doubles are cast to the type of the weights.
/// keras.layers.RNN(unroll=True).
class RNN : public Layer {
 public:
  /// Throws ValueError for a null pointer.
  explicit RNN(std::shared_ptr<const Cell> cell, RNNOptions options = {});
  std::string class_name() const override { return cell_->class_name(); }
  void build(const Type& input) override;
  Flow call(Flow input, const WeightVars& weights) const override;

 private:
  std::shared_ptr<const Cell> cell_;
  RNNOptions options_;
};

struct SimpleRNNOptions {
  Activation activation = tanh;
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  bool return_sequences = false;
  bool go_backwards = false;
  std::string name = "";
};

/// h_t = activation((x_t K + b) + h_{t-1} U). K: kernel [features, units]; U: recurrent_kernel [units, units];
/// b: bias [units]. keras.layers.SimpleRNN.
class SimpleRNN : public RNN {
 public:
  /// Throws ValueError unless units > 0.
  explicit SimpleRNN(int64_t units, SimpleRNNOptions options = {});
};

}  // namespace reel
