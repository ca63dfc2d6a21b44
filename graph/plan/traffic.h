// Traffic: how many bytes a stage touches, from its memory plan. What of it has to come from memory depends on caches.
#pragma once

#include "reel/graph/plan/memory.h"

namespace reel {

struct Traffic {
  int64_t whole_bytes = 0;         ///< parameters, inputs and what other stages made or read, each once
  double arena_bytes_per_row = 0;  ///< of a tile
  int64_t leaf_bytes = 0;          ///< sums of a leaf; of sparse ones only the marks
};

/// Of stage `index`, when the symbolic rows are `batch_rows`.
Traffic traffic_of(const Graph& graph, const Schedule& schedule, const MemoryPlan& memory, size_t index,
                   int64_t batch_rows);

}  // namespace reel
