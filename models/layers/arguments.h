// What layers are constructed with.
#pragma once

#include <cstdint>
#include <string_view>

#include "reel/models/layers/recurrent.h"

namespace reel {

/// Throws ValueError unless value is positive, and no more than elements of a tensor.
void check_positive(std::string_view layer, std::string_view what, int64_t value);
/// Throws ValueError unless value is in [0, 1).
void check_share(std::string_view layer, std::string_view what, double value);

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
