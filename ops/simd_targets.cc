#include "reel/ops/simd_targets.h"

#include <hwy/targets.h>

namespace reel {

std::vector<int64_t> simd_targets() { return hwy::SupportedAndGeneratedTargets(); }

std::string simd_target_name(int64_t target) { return hwy::TargetName(target); }

OnSimdTarget::OnSimdTarget(int64_t target) {
  hwy::SetSupportedTargetsForTest(target);
  hwy::GetChosenTarget().Update(target);
}

OnSimdTarget::~OnSimdTarget() {
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace reel
