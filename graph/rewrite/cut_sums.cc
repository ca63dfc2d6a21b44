#include <unordered_set>

#include "reel/graph/rewrite/rewrite.h"

namespace reel {
namespace {

/// Bytes of a sum that is large: each tile would have as much memory to clear, to add to, and to join.
constexpr int64_t kLargeSum = 1 << 20;
/// Rows of its inputs, which are kept for the whole batch instead, that may take no more than the sum.
constexpr int64_t kRowsKept = 64;

bool is_large(const Graph& graph, const Node& node) {
  int64_t row_bytes = 0;
  for (const Type& type : graph.input_types(node)) row_bytes += type.row_bytes();
  return !node.type.shape.has_rows() && node.type.bytes() >= kLargeSum && row_bytes * kRowsKept <= node.type.bytes();
}

}  // namespace

std::vector<Var> cut_sums(Graph& graph, std::span<const Var> outputs) {
  std::unordered_set<const Node*> summed;  // with others, into one accumulator, as contributions to a gradient are
  for (const int32_t id : reachable(graph, outputs)) {
    const Node& node = graph.node(id);
    if (node.leaf != Leaf::none || !node.op->traits().sum || !node.adjoint) continue;
    for (const int32_t input : node.inputs) summed.insert(&graph.node(input));
  }
  return rebuild(graph, outputs, [&](const Node& node, std::span<const Var> inputs) -> Var {
    if (!node.op->traits().reduces_rows || summed.contains(&node) || !is_large(graph, node)) return {};
    if (graph.input_space(node) != kAllRows) return {};
    const OpPtr whole = node.op->by_output_rows();
    return whole ? graph.add(whole, inputs) : Var{};
  });
}

}  // namespace reel
