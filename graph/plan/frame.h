// The frame: where a tile adds up what is summed over rows. Every tile has one of its own, and they are joined.
#pragma once

#include <vector>

#include "reel/graph/marks.h"

namespace reel {

/// A sum of which each tile adds to few rows. Rows hold anything until they are marked, and are zeros from then on.
struct SparseSum {
  size_t begin = 0, marks = 0;  ///< offsets in the frame, in bytes
  int64_t rows = 0;
  size_t row_bytes = 0;
  bool wide = false;  ///< of doubles
};

/// Dense sums, 32-bit elements first; marks of sparse sums; sparse sums. What is `zeroed` comes before what is not.
struct FrameLayout {
  size_t bytes = 0;
  size_t f64_begin = 0, dense = 0;  ///< dense doubles are [f64_begin, dense)
  size_t zeroed = 0;
  std::vector<SparseSum> sparse = {};
};

/// A sum of floats that a leaf adds up in doubles, in memory of its worker, and rounds into its frame at its end.
struct DoubleSum {
  size_t at = 0;     ///< offset in that memory, in bytes
  size_t begin = 0;  ///< offset in the frame
  int64_t size = 0;
};

/// A sparse sum of floats: where a leaf keeps what is added often (see OftenAdded), in that memory.
struct OftenSum {
  size_t states = 0, at = 0;
  size_t begin = 0;  ///< offset in the frame
  int64_t rows = 0, row_size = 0;
};

/// What begins as zeros first: sums, and the states of sparse ones.
struct DoublesLayout {
  size_t bytes = 0, zeroed = 0;
  std::vector<DoubleSum> sums = {};
  std::vector<OftenSum> often = {};
};

}  // namespace reel
