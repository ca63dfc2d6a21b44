// Whether numbers in memory are finite.
#pragma once

#include <cstddef>
#include <cstdint>

#include "reel/graph/dtype.h"

namespace reel {

/// Index of the first of `count` elements whose magnitude is not at most `most`, or -1. T: float or double.
template <class T>
int64_t find_beyond(const std::byte* data, int64_t count, T most);
/// Index of the first element that is not finite, or -1. Integers are finite.
int64_t find_nonfinite(const std::byte* data, DType dtype, int64_t count);
/// An element of a float type.
double value_at(const std::byte* data, DType dtype, int64_t index);

}  // namespace reel
