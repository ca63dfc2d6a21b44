// Marks: a bit for each row of a value.
#pragma once

#include <cstddef>
#include <cstdint>

namespace reel {

/// What marks of so many rows take.
inline int64_t bytes_of_marks(int64_t count) { return (count + 63) / 64 * static_cast<int64_t>(sizeof(uint64_t)); }

/// Sets bit i of `marks`. Returns whether it had been clear.
inline bool mark(uint64_t* marks, int64_t i) {
  uint64_t& word = marks[i / 64];
  const uint64_t bit = uint64_t{1} << (i % 64);
  const bool is_first = (word & bit) == 0;
  word |= bit;
  return is_first;
}
inline bool is_marked(const uint64_t* marks, int64_t i) { return (marks[i / 64] >> (i % 64) & 1) != 0; }

}  // namespace reel
