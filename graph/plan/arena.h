// The arena: where the values of a tile lie in the scratch memory of a worker, one reusing the slot of another.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace reel {

/// A value that is written at instruction `birth` and read for the last time at `death`.
struct ArenaValue {
  int64_t bytes;
  int32_t birth, death;
  /// Values, by index, that die as this one is born, and in whose slots it may be written; best ones first.
  std::vector<int32_t> replaceable = {};
};

struct ArenaLayout {
  std::vector<int64_t> offsets;  ///< by value
  int64_t bytes = 0;
};

/// Lays out values, given in the order of their births. A slot is free as soon as its value has died.
/// What is more than a near cache holds is laid out in two parts, so that what dies soon stays in that cache.
ArenaLayout lay_out_arena(std::span<const ArenaValue> values);

}  // namespace reel
