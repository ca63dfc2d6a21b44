// Whether a gradient is as finite as its op claims.
#pragma once

#include "reel/autodiff/checking/subject.h"

namespace reel::checking {

/// Throws OpCheckError if the op has the trait `finite_gradient`, and a gradient that is not finite at finite inputs:
/// zeros, small and large numbers.
void check_finite_gradient(const Subject& subject);

}  // namespace reel::checking
