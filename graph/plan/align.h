// Where values of a plan may begin.
#pragma once

#include <cstdint>

namespace reel {

/// In bytes: two cache lines.
inline constexpr int64_t kAlign = 128;

inline int64_t aligned(int64_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

}  // namespace reel
