// Lifetimes: when the values of a schedule are written and read.
#pragma once

#include "reel/graph/plan/schedule.h"

namespace reel {

/// All by node id.
struct Lifetimes {
  std::vector<int32_t> position;  ///< where in its stage it runs; -1 for leaves
  std::vector<int32_t> last_use;  ///< where in its stage it is read last; -1 if it is not
  std::vector<bool> external;     ///< whether another stage reads it, or the program's caller
};

Lifetimes find_lifetimes(const Graph& graph, const Targets& targets, const Schedule& schedule);

/// Whether a node's output has the type of an input and may take its memory, wherever the op reads it.
bool may_write_over(const Graph& graph, int32_t id, int32_t input);

}  // namespace reel
