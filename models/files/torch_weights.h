// Weights of PyTorch's modules as those of Keras's layers.
#pragma once

#include <string_view>
#include <vector>

#include "reel/models/formats/npz.h"
#include "reel/models/model/model.h"

namespace reel {

/// Values for the model's weights, in their order, from a state_dict, whose modules are called as the layers: "lstm"
/// and "head". Of a recurrence of several levels, the layers "lstm" and "lstm_l1" are the first two; a Bidirectional
/// stands for both directions of one. Linear, Embedding, Conv1d, Conv2d, LayerNorm, BatchNorm1d and 2d, RNN, LSTM and
/// GRU:
/// - Matrices are turned: weight [out, in] to kernel [in, out], [out, in, ...] of a convolution to [..., in, out].
/// - weight, bias, running_mean, running_var of a BatchNorm are gamma, beta, moving_mean, moving_variance.
/// - weight_ih and weight_hh are kernel and recurrent_kernel, turned; bias_ih and bias_hh are added up, but for a GRU,
///   which keeps both. An LSTM's gates stand in the same order, i, f, g, o; a GRU's r, z, n become z, r, n.
/// Throws DataError, naming layer and module, for a state_dict of other modules or shapes; `source` begins messages.
std::vector<Tensor> torch_weights(const Model& model, const NamedTensors& state_dict, std::string_view source);

}  // namespace reel
