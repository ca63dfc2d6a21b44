// Layers in plain loops over doubles, as papers and Keras's documentation write them down. Nothing here is the
// library's.
#pragma once

#include "ops/array.h"

namespace reel::testing {

using Numbers = std::vector<double>;

/// One step of a recurrence for one row: new states from x [features] and the old ones. The first is the output.
using PlainStep = std::function<std::vector<Numbers>(const Numbers& x, const std::vector<Numbers>& states)>;

struct PlainSequence {
  bool return_sequences = false, go_backwards = false;
};

/// x [rows, steps, features] and a mask [rows, steps], or none -> the last output [rows, units], or all of them
/// [rows, steps, units] in the order in which they are made. States begin as zeros; where the mask is 0, they stay.
Array unrolled(const Array& x, const Array* mask, size_t states, int64_t units, const PlainSequence& options,
               const PlainStep& step);

/// h' = tanh(x K + b + h U); weights K [features, units], U [units, units], b [units]. Elman 1990.
PlainStep plain_simple_rnn(const Arrays& weights);

/// i, f, g, o = x K + h U + b, one after the other; c' = sigmoid(f) c + sigmoid(i) tanh(g); h' = sigmoid(o) tanh(c').
/// Weights K [features, 4 units], U [units, 4 units], b [4 units]. Hochreiter and Schmidhuber 1997, with the forget
/// gate of Gers, Schmidhuber and Cummins 2000.
PlainStep plain_lstm(const Arrays& weights);

/// z, r = sigmoid(x K + h U + b); n = tanh(x K_n + b_n + (r h) U_n); h' = z h + (1 - z) n. Cho et al. 2014. With
/// `reset_after`, n = tanh(x K_n + b_n + r (h U_n + d_n)), as cuDNN has it. Weights K [features, 3 units], U [units, 3
/// units] for z, r and n; biases [3 units], or those of both sides, [2, 3 units].
PlainStep plain_gru(const Arrays& weights, bool reset_after);

/// activation(x W + b) for each vector along the last axis; without b if there is none.
Array plain_dense(const Array& x, const Arrays& weights, double (*activation)(double));

}  // namespace reel::testing
