// What layers are constructed with.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "reel/models/layers/recurrent.h"

namespace reel {

/// Throws ValueError unless value is positive, and no more than elements of a tensor.
void check_positive(std::string_view layer, std::string_view what, int64_t value);
/// Throws ValueError unless value is finite and not negative.
void check_not_negative(std::string_view layer, std::string_view what, double value);
/// Throws ValueError unless value is in [0, 1).
void check_share(std::string_view layer, std::string_view what, double value);

/// Of a cell with a kernel, a recurrent kernel and a bias: how they begin.
template <class Options>
void initializer_fields(Fields& f, Options& options) {
  f("kernel_initializer", options.kernel_initializer);
  f("recurrent_initializer", options.recurrent_initializer);
  f("bias_initializer", options.bias_initializer);
}

/// What they are held to, and what is dropped; `between` tells more before the constraints.
template <class Options>
void rule_fields(Fields& f, Options& options, const std::function<void()>& between) {
  f("kernel_regularizer", options.kernel_regularizer);
  f("recurrent_regularizer", options.recurrent_regularizer);
  f("bias_regularizer", options.bias_regularizer);
  if (between) between();
  f("kernel_constraint", options.kernel_constraint);
  f("recurrent_constraint", options.recurrent_constraint);
  f("bias_constraint", options.bias_constraint);
  f("dropout", options.dropout);
  f("recurrent_dropout", options.recurrent_dropout);
}

/// Those options of a recurrent layer that do not concern its cell.
template <class Options>
RNNOptions unrolling_of(const Options& options) {
  return {.return_sequences = options.return_sequences,
          .return_state = options.return_state,
          .go_backwards = options.go_backwards,
          .stateful = options.stateful,
          .unroll = options.unroll,
          .name = options.name};
}

}  // namespace reel
