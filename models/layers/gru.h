// GRU: a recurrence whose gates mix the old state with a new one.
#pragma once

#include "reel/models/activations/activation.h"
#include "reel/models/layers/recurrent.h"

namespace reel {

struct GRUCellOptions {
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
  double dropout = 0;            ///< share of a step's input that is left out, the same for all steps
  double recurrent_dropout = 0;  ///< of the state before
  bool reset_after = true;       ///< the reset gate acts on h U, not on h
  std::optional<int64_t> seed = std::nullopt;
  std::string name = "";
};

/// z = s(x_t K_z + b_z + h_{t-1} U_z);  r = s(x_t K_r + b_r + h_{t-1} U_r);
/// n = a(x_t K_h + b_h + r (h_{t-1} U_h + d_h)), or without reset_after a(x_t K_h + b_h + (r h_{t-1}) U_h);
/// h_t = z h_{t-1} + (1 - z) n, s: recurrent_activation, a: activation.
/// K: kernel [features, 3 units] and U: recurrent_kernel [units, 3 units], each z, r, h side by side; bias [2, 3
/// units], b and d (d_z and d_r are added to b_z and b_r), or without reset_after [3 units]. Cho et al. 2014, as in
/// keras.layers.GRUCell.
class GRUCell : public LayerOf<GRUCell, Cell> {
 public:
  /// Throws ValueError unless units > 0, and for shares that are none.
  explicit GRUCell(int64_t units, GRUCellOptions options = {});
  std::string class_name() const override { return "GRUCell"; }
  void fields(Fields& f) override { fields_with(f, {}); }
  /// The same with what `between` tells before the constraints, as Keras's layers of this cell do.
  void fields_with(Fields& f, const std::function<void()>& between);
  void check() const override;
  void build(const Type& x) override;
  std::vector<Shape> state_shapes() const override { return {{units_}}; }
  CellStart begin(Call& call, const Type& x) const override;
  CellStep step(Call& call, Var x, const std::vector<Var>& states, const CellStart& start) const override;

 private:
  /// Columns of a weight [..., 3 units].
  struct Parts {
    Var gates;  ///< z and r, [..., 2 units]
    Var state;  ///< [..., units]
  };
  struct Biases {
    Var gates;             ///< [2 units]
    Var state, recurrent;  ///< [units], outside and inside of what r is multiplied with
  };
  Parts parts(Var weight) const;
  Biases biases(Var bias) const;

  int64_t units_;
  GRUCellOptions options_;
  Variable kernel_, recurrent_kernel_, bias_;
};

struct GRUOptions {
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
  double dropout = 0;
  double recurrent_dropout = 0;
  std::optional<int64_t> seed = std::nullopt;
  bool return_sequences = false;
  bool return_state = false;
  bool go_backwards = false;
  bool stateful = false;
  bool unroll = false;
  bool reset_after = true;
  std::string name = "";
};

/// RNN over a GRUCell. keras.layers.GRU.
class GRU : public LayerOf<GRU, RNN> {
 public:
  /// Throws ValueError unless units > 0.
  explicit GRU(int64_t units, GRUOptions options = {});
  std::string class_name() const override { return "GRU"; }
  void fields(Fields& f) override;
  void check() const override { cell_->check(); }
};

}  // namespace reel
