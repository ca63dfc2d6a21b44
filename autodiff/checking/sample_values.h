// Values to run an op on.
#pragma once

#include "reel/graph/random.h"
#include "reel/graph/tensor.h"

namespace reel::checking {

/// What values are drawn from.
struct Domain {
  double low, high;
};

/// Whole numbers in [0, bound).
Tensor random_ids(const Shape& shape, int64_t bound, Random& random);
/// Random, with zeros and ties among them. Each is a float32, whatever the type.
Tensor random_values(const Type& type, const Domain& domain, Random& random);
/// In float64, apart from one another, from the middle of the domain, and from those of the next argument: of `most`
/// elements at most.
Tensor smooth_values(const Shape& shape, const Domain& domain, int64_t most, size_t argument);

}  // namespace reel::checking
