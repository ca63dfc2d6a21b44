// LSTM: a recurrence with a cell state that gates open and close.
#pragma once

#include "reel/models/layers/recurrent.h"

namespace reel {

struct LSTMOptions {
  Activation activation = tanh;
  Activation recurrent_activation = sigmoid;
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  bool unit_forget_bias = true;  ///< the forget gate's bias starts at 1 (Jozefowicz et al. 2015)
  bool return_sequences = false;
  bool go_backwards = false;
  std::string name = "";
};

/// i, f, g, o = the four quarters of (x_t K + b) + h_{t-1} U;
/// c_t = s(f) c_{t-1} + s(i) a(g);  h_t = s(o) a(c_t), s: recurrent_activation, a: activation.
/// K: kernel [features, 4 units]; U: recurrent_kernel [units, 4 units]; b: bias [4 units].
/// Hochreiter and Schmidhuber 1997, as in keras.layers.LSTM.
class LSTM : public RNN {
 public:
  /// Throws ValueError unless units > 0.
  explicit LSTM(int64_t units, LSTMOptions options = {});
};

}  // namespace reel
