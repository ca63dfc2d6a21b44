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

/// f(reader, read) for each operand that a node of the schedule reads. What adds into its reader's memory is not read.
template <class F>
void for_each_read(const Graph& graph, const Schedule& schedule, F&& f) {
  for (const int32_t id : schedule.live) {
    for (const int32_t input : graph.node(id).inputs) {
      if (schedule.accumulator[input] != id) f(id, input);
    }
  }
}

Lifetimes find_lifetimes(const Graph& graph, const Targets& targets, const Schedule& schedule);

/// Whether a node's output has the type of an input and may take its memory, wherever the op reads it.
bool may_write_over(const Graph& graph, int32_t id, int32_t input);

}  // namespace reel
