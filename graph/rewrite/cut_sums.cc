#include <unordered_map>

#include "reel/graph/node_traits.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/graph/thresholds.h"

namespace reel {
namespace {

bool is_large(const Graph& graph, const Node& node) {
  int64_t row_bytes = 0;
  for (const Type& type : graph.input_types(node)) row_bytes += type.row_bytes();
  return !node.type.shape.has_rows() && node.type.bytes() >= kLargeSumBytes &&
         row_bytes * kLargeSumRows <= node.type.bytes();
}

/// The op that makes a large sum over the batch by rows of its own; null for what is none, or has no such op.
OpPtr cut_op(const Graph& graph, const Node& node) {
  if (!node.op->traits().reduces_rows || !is_large(graph, node) || graph.input_space(node) != kAllRows) return nullptr;
  return node.op->by_output_rows();
}

}  // namespace

std::vector<Var> cut_sums(Graph& graph, std::span<const Var> outputs) {
  std::unordered_map<const Node*, Var> uncut;  // as those sums read it that add up in place, whoever else does
  return rebuild(graph, outputs, [&](const Node& node, std::span<const Var> inputs) -> Var {
    if (adds_up_in_place(graph, node)) {
      std::vector<Var> terms(inputs.begin(), inputs.end());
      for (size_t i = 0; i < terms.size(); ++i) {
        const auto found = uncut.find(&graph.node(node.inputs[i]));
        if (found != uncut.end()) terms[i] = found->second;
      }
      return graph.add(node.op, terms);
    }
    const OpPtr cut = cut_op(graph, node);
    if (!cut) return {};
    uncut.emplace(&node, graph.add(node.op, inputs));
    return graph.add(cut, inputs);
  });
}

}  // namespace reel
