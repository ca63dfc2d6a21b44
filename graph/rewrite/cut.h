// How rows are cut into leaves and tiles. The cut decides the bits of all that is summed over rows, so it follows from
// what a program assigns and guards, and from nothing that is computed beside it.
#pragma once

#include <span>
#include <vector>

#include "reel/graph/targets.h"

namespace reel {

class RowCutter {
 public:
  RowCutter(const Graph& graph, const Targets& targets);

  /// How the rows of the batch are cut, in all stages alike. To be found before passes that look at how often a value
  /// is read, for that differs with what else is computed: they may make values twice, or two ops one.
  RowCut of_batch() const;
  /// How `extent` rows are cut that no batch has and that `nodes` run over.
  RowCut of_fixed(int64_t extent, std::span<const int32_t> nodes) const;

 private:
  const Graph& graph_;
  std::vector<bool> decides_;  // by node id
};

/// Rounded up to a multiple of 8.
inline int64_t in_eights(int64_t row_count) { return (row_count + 7) / 8 * 8; }
/// An eighth, in multiples of 8: enough parts for several threads.
inline int64_t part_of_many(int64_t row_count) { return in_eights(row_count / 8); }

}  // namespace reel
