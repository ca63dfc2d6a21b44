// Runs a test on every SIMD target that the library was compiled for and this machine has.
#pragma once

#include <hwy/targets.h>

#include "reel/ops/simd_targets.h"

namespace reel::testing {

using OnTarget = OnSimdTarget;

/// Best first.
inline std::vector<int64_t> runnable_targets() { return simd_targets(); }

inline bool runnable(int64_t target) { return (hwy::SupportedTargets() & HWY_TARGETS & target) != 0; }

}  // namespace reel::testing
