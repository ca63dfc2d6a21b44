// What checks of losses and metrics draw for targets and predictions.
#pragma once

#include <cstdint>

#include "reel/graph/tensor.h"

namespace reel {

/// What numbers are like.
enum class Drawn : uint8_t {
  numbers,        ///< uniform on [-2, 2)
  positive,       ///< uniform on [0.1, 1.1)
  shares,         ///< uniform on [0.05, 0.95)
  distributions,  ///< positive, of the sum 1 along the last axis
  bits,           ///< 0 and 1
  signs,          ///< -1 and 1
  one_hot,        ///< a single 1 along the last axis, else 0
  classes,        ///< whole numbers from 0 on
};

/// Numbers [row_count, ...] of this type, a function of the seed alone. `classes`: how many there are.
Tensor drawn(const Type& type, int64_t row_count, Drawn what, int64_t classes, uint64_t seed);

}  // namespace reel
