// A hash of several numbers, one mixed in after the other.
#pragma once

#include <cstddef>

namespace reel {

inline void mix(size_t& hash, size_t value) { hash = (hash ^ value) * 0x9E3779B97F4A7C15ull + (hash >> 29); }

}  // namespace reel
