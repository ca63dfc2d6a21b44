// GRU: a recurrence whose gates mix the old state with a new one.
#pragma once

#include "reel/models/layers/recurrent.h"

namespace reel {

struct GRUOptions {
  Activation activation = tanh;
  Activation recurrent_activation = sigmoid;
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  bool return_sequences = false;
  bool go_backwards = false;
  bool reset_after = true;  ///< the reset gate acts on h U, not on h
  std::string name = "";
};

/// z = s(x_t K_z + b_z + h_{t-1} U_z);  r = s(x_t K_r + b_r + h_{t-1} U_r);
/// n = a(x_t K_h + b_h + r (h_{t-1} U_h + d_h)), or without reset_after a(x_t K_h + b_h + (r h_{t-1}) U_h);
/// h_t = z h_{t-1} + (1 - z) n, s: recurrent_activation, a: activation.
/// K: kernel [features, 3 units] and U: recurrent_kernel [units, 3 units], each z, r, h side by side; bias [2, 3
/// units], b and d (d_z and d_r are added to b_z and b_r), or without reset_after [3 units]. Cho et al. 2014, as in
/// keras.layers.GRU.
class GRU : public RNN {
 public:
  /// Throws ValueError unless units > 0.
  explicit GRU(int64_t units, GRUOptions options = {});
};

}  // namespace reel
