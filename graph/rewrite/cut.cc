#include "reel/graph/rewrite/cut.h"

#include <algorithm>

#include "reel/graph/node_traits.h"
#include "reel/graph/thresholds.h"

namespace reel {
namespace {

static_assert(Passes{}.assumed_rows == kBatchTileRows);

/// By node id, whether it has a say in how rows are cut, on which the bits of sums over rows depend: those that
/// assigned values and the guard need, or else the first output, so that a metric more changes nothing. Of values that
/// nobody sums, all.
std::vector<bool> find_deciding(const Graph& graph, const Targets& targets) {
  std::vector<Var> roots;
  for (const Assignment& assignment : targets.assignments) roots.push_back(assignment.value);
  if (targets.guard) roots.push_back(*targets.guard);
  const std::vector<int32_t> live = reachable(graph, targets.roots());
  const auto sums_rows = [&](int32_t id) {
    return graph.node(id).leaf == Leaf::none && graph.node(id).op->traits().reduces_rows;
  };
  if (roots.empty() && !targets.outputs.empty() && std::any_of(live.begin(), live.end(), sums_rows)) {
    roots.push_back(targets.outputs[0]);
  }
  std::vector<bool> decides(graph.size());
  for (const int32_t id : roots.empty() ? live : reachable(graph, roots)) decides[id] = true;
  return decides;
}

/// What a value takes however many rows the batch has; 0 for one of the batch.
int64_t fixed_bytes(const Type& type) { return type.shape.has_rows() ? 0 : type.bytes(); }

/// What a tile fetches for a node whatever its rows: operands of which every row reads all, and an accumulator.
int64_t bytes_per_tile(const Node& node, std::span<const Type> types, double flops_per_row) {
  int64_t bytes = node.op->traits().reduces_rows ? fixed_bytes(node.type) : 0;
  for (size_t i = 0; i < types.size(); ++i) {
    if (!node.op->by_row(i, types, node.type)) bytes += fixed_bytes(types[i]);
  }
  return flops_per_row >= static_cast<double>(bytes) / 4 ? bytes : 0;
}

bool reads_far(const Node& node, std::span<const Type> types) {
  for (size_t i = 0; i < types.size(); ++i) {
    if (!node.op->by_row(i, types, node.type) && fixed_bytes(types[i]) > kTileBytes) return true;
  }
  return false;
}

/// What nodes over the same rows come to.
struct Load {
  int64_t widest = 0, all = 0;  // bytes of a row: of the widest value, of all values
  int64_t heaviest = 0;         // bytes that a tile fetches beside its rows for one node
  int64_t largest_sum = 0;      // bytes of a sum over rows
  bool reads_whole = false;
  double flops = 0;   // of a row
  double summed = 0;  // elements of what is summed over rows

  void add(const Node& node, std::span<const Type> types) {
    const double node_flops = node.op->flops_per_row(types, node.type);
    if (node.op->traits().reduces_rows) {
      largest_sum = std::max(largest_sum, fixed_bytes(node.type));
    } else {
      widest = std::max(widest, node.type.row_bytes());
      all += node.type.row_bytes();
    }
    heaviest = std::max(heaviest, bytes_per_tile(node, types, node_flops));
    reads_whole = reads_whole || reads_far(node, types);
    flops += node_flops;
  }
};

/// Leaves of at least as many rows as are worth their sums. Where each tile fetches much beside its rows, leaves are
/// of more rows, and where that is a sum, as large as tiles.
RowCut cut_of(const Load& load) {
  const double worth = kWorthALeaf * load.summed / std::max(load.flops, 1.0);
  int64_t least = in_eights(static_cast<int64_t>(std::clamp<double>(worth, kLeastLeafRows, kBatchTileRows)));
  int64_t most = kBatchTileRows;
  if (load.heaviest >= kHeavyBatchBytes) {
    least = load.largest_sum >= kHeavyBatchBytes ? kHeavyLeafRows : std::max(least, kLeastHeavyLeafRows);
    most = load.all * kHeavyTileRows <= kHeavyTileBytes ? kHeavyTileRows : kHeavyLeafRows;
  }
  const int64_t fitting = std::max<int64_t>(1, kBatchTileBytes / std::max<int64_t>(load.widest, 1));
  return {std::min(least, fitting), std::min(most, fitting), std::min(most, fitting)};
}

/// Rows that are made of all of an operand, as those of its transpose are, are made some at a time.
int64_t light_tile(int64_t widest, bool reads_whole) {
  const int64_t fitting = kTileBytes / std::max<int64_t>(widest, 1), least = reads_whole ? 8 : 1;
  return std::clamp<int64_t>(fitting < 8 ? fitting : fitting / 8 * 8, least, kMostTileRows);
}

/// Enough tiles for several threads, of enough rows to pay for what each fetches: a part of its rows stays in a near
/// cache meanwhile, if values are made by row, and otherwise there is an accumulator to be cleared and joined.
int64_t heavy_tile(int64_t extent, bool has_rows) {
  return has_rows ? std::clamp<int64_t>(part_of_many(extent), kLeastHeavyRows, kHeavyTileRows)
                  : std::clamp<int64_t>(extent / 4, kLeastSummedRows, kMostTileRows);
}

}  // namespace

RowCutter::RowCutter(const Graph& graph, const Targets& targets)
    : graph_(graph), decides_(find_deciding(graph, targets)) {}

RowCut RowCutter::of_batch() const {
  const auto extent = [&](int32_t id) { return extent_of(graph_.node(id), graph_.input_types(graph_.node(id))); };
  Load load;
  std::vector<bool> is_term(graph_.size());  // of a sum that is counted as one
  for (int32_t id = graph_.size() - 1; id >= 0; --id) {
    const Node& node = graph_.node(id);
    if (!decides_[id] || node.leaf != Leaf::none) continue;
    if (!node.type.shape.has_rows() && adds_up_in_place(graph_, node) && extent(node.inputs[0]) == rows) {
      load.summed += static_cast<double>(node.type.shape.size());
      for (const int32_t input : node.inputs) is_term[input] = true;
    }
    if (extent(id) != rows) continue;
    load.add(node, types_read(node, graph_.input_types(node), graph_.passes().assumed_rows));
    if (node.op->traits().reduces_rows && !is_term[id]) load.summed += static_cast<double>(node.type.shape.size());
  }
  return cut_of(load);
}

RowCut RowCutter::of_fixed(int64_t extent, std::span<const int32_t> nodes) const {
  Load load;
  for (const int32_t id : nodes) {
    const Node& node = graph_.node(id);
    if (decides_[id]) load.add(node, types_read(node, graph_.input_types(node), graph_.passes().assumed_rows));
  }
  const int64_t fitting =
      load.heaviest < kHeavyBytes ? light_tile(load.widest, load.reads_whole) : heavy_tile(extent, load.widest > 0);
  const int64_t size = std::max<int64_t>(1, std::min(extent, fitting));
  return {size, size, size};
}

}  // namespace reel
