// Quantiles of numbers, as Keras's Discretization finds them.
#pragma once

#include <cstdint>
#include <vector>

#include "reel/graph/tensor.h"

namespace reel {

/// `bins` - 1 boundaries, ascending, between which about as many of the numbers lie: those of a summary of at most
/// about 1 / epsilon values, in float32. Of numbers of which many are equal, boundaries may be.
std::vector<double> quantiles(const Tensor& numbers, int64_t bins, double epsilon);

}  // namespace reel
