// Runs a test on every SIMD target that the library was compiled for and this machine has.
#pragma once

#include <hwy/targets.h>

#include <string>
#include <vector>

namespace reel::testing {

/// While it lives, ops run on one target. Programs made before go on with the layouts they packed, so make them inside.
class OnTarget {
 public:
  explicit OnTarget(int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
  }
  ~OnTarget() {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
  OnTarget(const OnTarget&) = delete;
  OnTarget& operator=(const OnTarget&) = delete;
};

/// Best first.
inline std::vector<int64_t> runnable_targets() { return hwy::SupportedAndGeneratedTargets(); }

inline bool runnable(int64_t target) { return (hwy::SupportedTargets() & HWY_TARGETS & target) != 0; }

}  // namespace reel::testing
