// What layers are constructed with.
#pragma once

#include <cstdint>
#include <string_view>

#include "reel/models/layers/recurrent.h"

namespace reel {

/// Throws ValueError unless value is positive, and no more than elements of a tensor.
void check_positive(std::string_view layer, std::string_view what, int64_t value);

/// Those options of a recurrent layer that do not concern its cell.
template <class Options>
RNNOptions unrolling_of(const Options& options) {
  return {.return_sequences = options.return_sequences, .go_backwards = options.go_backwards, .name = options.name};
}

}  // namespace reel
