// LSTM: a recurrence with a cell state that gates open and close.
#pragma once

#include "reel/models/activations/activation.h"
#include "reel/models/layers/recurrent.h"

namespace reel {

/// `base`, with ones in the second quarter, that of the forget gate (Jozefowicz et al. 2015).
Initializer with_open_forget_gate(Initializer base);

struct LSTMCellOptions {
  Activation activation = tanh;
  Activation recurrent_activation = sigmoid;
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
  bool unit_forget_bias = true;  ///< the forget gate's bias starts at 1 (Jozefowicz et al. 2015)
  double dropout = 0;            ///< share of a step's input that is left out, the same for all steps
  double recurrent_dropout = 0;  ///< of the state before
  std::optional<int64_t> seed = std::nullopt;
  std::string name = "";
};

/// i, f, g, o = the four quarters of (x_t K + b) + h_{t-1} U;
/// c_t = s(f) c_{t-1} + s(i) a(g);  h_t = s(o) a(c_t), s: recurrent_activation, a: activation.
/// K: kernel [features, 4 units]; U: recurrent_kernel [units, 4 units]; b: bias [4 units]. States: h, c.
/// Hochreiter and Schmidhuber 1997, as in keras.layers.LSTMCell.
class LSTMCell : public LayerOf<LSTMCell, Cell> {
 public:
  /// Throws ValueError unless units > 0, and for shares that are none.
  explicit LSTMCell(int64_t units, LSTMCellOptions options = {});
  std::string class_name() const override { return "LSTMCell"; }
  void fields(Fields& f) override { fields_with(f, {}); }
  /// The same with what `between` tells before the constraints, as Keras's layers of this cell do.
  void fields_with(Fields& f, const std::function<void()>& between);
  void check() const override;
  void build(const Type& x) override;
  std::vector<Shape> state_shapes() const override { return {{units_}, {units_}}; }
  CellStart begin(Call& call, const Type& x) const override;
  CellStep step(Call& call, Var x, const std::vector<Var>& states, const CellStart& start) const override;

 private:
  int64_t units_;
  LSTMCellOptions options_;
  Variable kernel_, recurrent_kernel_, bias_;
};

struct LSTMOptions {
  Activation activation = tanh;
  Activation recurrent_activation = sigmoid;
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
  bool unit_forget_bias = true;
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

/// RNN over an LSTMCell. keras.layers.LSTM.
class LSTM : public LayerOf<LSTM, RNN> {
 public:
  /// Throws ValueError unless units > 0.
  explicit LSTM(int64_t units, LSTMOptions options = {});
  std::string class_name() const override { return "LSTM"; }
  void fields(Fields& f) override;
  void check() const override { cell_->check(); }
};

}  // namespace reel
