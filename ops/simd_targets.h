// The SIMD targets that kernels are compiled for, one by one: for whoever checks a kernel.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace reel {

/// Those that the library was compiled for and this machine has, best first, by Highway's numbers.
std::vector<int64_t> simd_targets();
/// "AVX3"
std::string simd_target_name(int64_t target);

/// While it lives, ops of the whole process run on one target. Programs made before go on with the layouts they packed,
/// so make them inside.
class OnSimdTarget {
 public:
  explicit OnSimdTarget(int64_t target);
  ~OnSimdTarget();
  OnSimdTarget(const OnSimdTarget&) = delete;
  OnSimdTarget& operator=(const OnSimdTarget&) = delete;
};

}  // namespace reel
