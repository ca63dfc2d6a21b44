// ConvLSTM: an LSTM whose steps and states are sequences or images, and whose products are convolutions.
#pragma once

#include "reel/models/activations/activation.h"
#include "reel/models/layers/recurrent.h"
#include "reel/models/layers/spatial.h"

namespace reel {

struct ConvLSTMOptions {
  PerAxis strides = 1;            ///< of the convolution of a step; that of the state has strides of 1
  std::string padding = "valid";  ///< or "same"
  std::string data_format = "channels_last";
  PerAxis dilation_rate = 1;
  Activation activation = tanh;
  Activation recurrent_activation = sigmoid;
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  bool unit_forget_bias = true;  ///< the forget gate's bias starts at 1
  Regularizer kernel_regularizer = {};
  Regularizer recurrent_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint recurrent_constraint = {};
  Constraint bias_constraint = {};
  double dropout = 0;            ///< share of a step's input that is left out, for each gate by itself, in all steps
  double recurrent_dropout = 0;  ///< of the state before
  std::optional<int64_t> seed = std::nullopt;
  bool return_sequences = false;
  bool return_state = false;
  bool go_backwards = false;
  bool stateful = false;
  bool unroll = false;
  std::string name = "";
};

/// One step of a ConvLSTM, of which each of these layers holds one:
/// i, f, g, o = the quarters, by channel, of K * x_t + b + U * h_{t-1};
/// c_t = s(f) c_{t-1} + s(i) a(g);  h_t = s(o) a(c_t), s: recurrent_activation, a: activation, *: convolution.
/// K: kernel [size..., channels, 4 filters]; U: recurrent_kernel [size..., filters, 4 filters], which goes over a state
/// with zeros around it; b: bias [4 filters]. Shi et al. 2015.
class ConvLSTMCell : public LayerOf<ConvLSTMCell, Cell> {
 public:
  ConvLSTMCell(int axes, int64_t filters, PerAxis kernel_size, ConvLSTMOptions options, std::string layer);
  std::string class_name() const override { return "ConvLSTMCell"; }
  void fields(Fields& f) override { fields_with(f, {}); }
  /// The same with what `between` tells before the constraints, as Keras's layers of this cell do.
  void fields_with(Fields& f, const std::function<void()>& between);
  void check() const override;
  /// What a step will be, which the states follow from. Throws ShapeError.
  void set_step(const Type& x);
  void build(const Type& x) override;
  std::vector<Shape> state_shapes() const override { return {state_, state_}; }
  CellStart begin(Call& call, const Type& x) const override;
  CellStep step(Call& call, Var x, const std::vector<Var>& states, const CellStart& start) const override;

 private:
  Var images(Var x) const { return to_images(x, axes_, options_.data_format, layer_); }
  WindowAxes windows_of_input(const Shape& of_images) const;
  WindowAxes windows_of_state(const Shape& of_images) const;

  int axes_;
  int64_t filters_;
  PerAxis kernel_size_;
  ConvLSTMOptions options_;
  std::string layer_;  // as messages call it
  Shape state_;        // of one row
  Variable kernel_, recurrent_kernel_, bias_;
};

/// RNN over a ConvLSTMCell.
class ConvLSTM : public RNN {
 public:
  void fields(Fields& f) override;
  void check() const override { cell_->check(); }
  void build(const Type& input) override;

 protected:
  ConvLSTM(int axes, int64_t filters, PerAxis kernel_size, const ConvLSTMOptions& options, const std::string& layer);

 private:
  int axes_;
};

/// Of sequences of sequences [rows, time, steps, channels] -> [rows, steps, filters], or [rows, time, steps, filters].
/// keras.layers.ConvLSTM1D, with masks, too.
class ConvLSTM1D : public LayerOf<ConvLSTM1D, ConvLSTM> {
 public:
  /// Throws ValueError for filters and sizes that are not positive, strides together with dilation, and padding that is
  /// none.
  ConvLSTM1D(int64_t filters, PerAxis kernel_size, const ConvLSTMOptions& options = {})
      : LayerOf(1, filters, std::move(kernel_size), options, "ConvLSTM1D") {}
  std::string class_name() const override { return "ConvLSTM1D"; }
};

/// Of sequences of images [rows, time, height, width, channels]. keras.layers.ConvLSTM2D, with masks, too.
class ConvLSTM2D : public LayerOf<ConvLSTM2D, ConvLSTM> {
 public:
  /// Throws ValueError likewise.
  ConvLSTM2D(int64_t filters, PerAxis kernel_size, const ConvLSTMOptions& options = {})
      : LayerOf(2, filters, std::move(kernel_size), options, "ConvLSTM2D") {}
  std::string class_name() const override { return "ConvLSTM2D"; }
};

}  // namespace reel
