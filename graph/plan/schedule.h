// Schedule: which nodes run together, in which order.
#pragma once

#include <algorithm>
#include <vector>

#include "reel/graph/node_traits.h"
#include "reel/graph/rewrite/cut.h"
#include "reel/graph/targets.h"

namespace reel {

/// Nodes over the same extent of axis 0 whose inputs allow one tile of rows to run them all, forward and backward,
/// before the next tile begins. The batch is one such extent; a table of 5,000 words, updated row by row, is another.
struct Stage : RowCut {
  int64_t extent = 1;  ///< rows to cover, or the symbolic `rows`
  /// Small values of any extents, each computed as a whole before the next begins: what may be read by row, and what
  /// must be complete, does not matter then. The extent is 1.
  bool whole = false;
  std::vector<int32_t> nodes;
  double cost_per_row = 0;  ///< rough count of vectorised operations, to tell trifles from work worth a thread

  /// Rows to cover when the symbolic ones are `batch_rows`, rows of each leaf but the last, and how many leaves.
  int64_t row_count(int64_t batch_rows) const { return extent == rows ? batch_rows : extent; }
  int64_t leaf_rows_of(int64_t batch_rows) const {
    return std::clamp(part_of_many(row_count(batch_rows)), least_leaf_rows, most_leaf_rows);
  }
  int64_t leaf_count(int64_t batch_rows) const {
    const int64_t size = leaf_rows_of(batch_rows);
    return (row_count(batch_rows) + size - 1) / size;
  }
  /// Leaves that a tile takes for `threads` to be done soonest.
  int64_t leaves_per_tile(int64_t batch_rows, int64_t threads) const;
};

struct Schedule {
  std::vector<int32_t> live;  ///< node ids in the order of execution
  std::vector<Stage> stages;
  std::vector<int32_t> stage_of;  ///< by node id; -1 for leaves
  /// By node id: the sum into whose buffer an accumulating node adds directly, or the node itself.
  std::vector<int32_t> accumulator;
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

/// Cuts what `targets` need into stages. Every node goes to the first stage of its extent that comes after all it
/// reads; what is read by row may come from the same stage, what is read whole must be complete.
Schedule make_schedule(const Graph& graph, const Targets& targets);

/// How many contractions like this one, into one accumulator, run together: it is read and written once for all of
/// them, while their operands still fit a near cache.
int32_t contraction_chunk(const Graph& graph, const Node& node);

/// Whether both are of the same op and of the same types, as contractions must be to run together.
bool are_alike(const Graph& graph, const Node& a, const Node& b);

/// Whether the value is complete only when its stage has run: sums over the stage's rows.
bool reduces_rows(const Graph& graph, const Schedule& schedule, int32_t id);

}  // namespace reel
