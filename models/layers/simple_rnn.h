// SimpleRNN: the recurrence of Elman.
#pragma once

#include "reel/models/activations/activation.h"
#include "reel/models/layers/recurrent.h"

namespace reel {

struct SimpleRNNCellOptions {
  Activation activation = tanh;
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer recurrent_regularizer = {};
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint recurrent_constraint = {};
  Constraint bias_constraint = {};
  double dropout = 0;            ///< share of a step's input that is left out, the same for all steps
  double recurrent_dropout = 0;  ///< of the state before
  std::optional<int64_t> seed = std::nullopt;
  std::string name = "";
};

/// h_t = activation((x_t K + b) + h_{t-1} U). K: kernel [features, units]; U: recurrent_kernel [units, units]; b: bias
/// [units]. keras.layers.SimpleRNNCell.
class SimpleRNNCell : public LayerOf<SimpleRNNCell, Cell> {
 public:
  /// Throws ValueError unless units > 0, and for shares that are none.
  explicit SimpleRNNCell(int64_t units, SimpleRNNCellOptions options = {});
  std::string class_name() const override { return "SimpleRNNCell"; }
  void fields(Fields& f) override { fields_with(f, {}); }
  /// The same with what `between` tells before the constraints, as Keras's layers of this cell do.
  void fields_with(Fields& f, const std::function<void()>& between);
  void check() const override;
  void build(const Type& x) override;
  std::vector<Shape> state_shapes() const override { return {{units_}}; }
  CellStart begin(Call& call, const Type& x) const override;
  CellStep step(Call& call, Var x, const std::vector<Var>& states, const CellStart& start) const override;

 private:
  int64_t units_;
  SimpleRNNCellOptions options_;
  Variable kernel_, recurrent_kernel_, bias_;
};

struct SimpleRNNOptions {
  Activation activation = tanh;
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer recurrent_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint recurrent_constraint = {};
  Constraint bias_constraint = {};
  double dropout = 0;
  double recurrent_dropout = 0;
  std::optional<int64_t> seed = std::nullopt;
  bool return_sequences = false;
  bool return_state = false;
  bool go_backwards = false;
  bool stateful = false;
  bool unroll = false;
  std::string name = "";
};

/// RNN over a SimpleRNNCell. keras.layers.SimpleRNN.
class SimpleRNN : public LayerOf<SimpleRNN, RNN> {
 public:
  /// Throws ValueError unless units > 0.
  explicit SimpleRNN(int64_t units, SimpleRNNOptions options = {});
  std::string class_name() const override { return "SimpleRNN"; }
  void fields(Fields& f) override;
  void check() const override { cell_->check(); }
};

}  // namespace reel
