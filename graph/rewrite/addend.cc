#include <algorithm>

#include "reel/graph/rewrite/rewrite.h"

namespace reel {
namespace {

std::vector<int32_t> count_uses(const Graph& graph, std::span<const Var> outputs) {
  std::vector<int32_t> uses(graph.size(), 0);
  for (const int32_t id : reachable(graph, outputs)) {
    for (const int32_t input : graph.node(id).inputs) ++uses[input];
  }
  for (const Var& output : outputs) ++uses[output.id()];
  return uses;
}

}  // namespace

std::vector<Var> fuse_addends(Graph& graph, std::span<const Var> outputs) {
  const std::vector<int32_t> uses = count_uses(graph, outputs);
  return rebuild(graph, outputs, [&](const Node& node, std::span<const Var> inputs) -> Var {
    if (!node.op->traits().sum || inputs.size() != 2) return {};
    for (const size_t i : {1, 0}) {
      const Node& product = graph.node(inputs[i]);
      const Var addend = inputs[1 - i];
      if (product.leaf != Leaf::none || uses[node.inputs[i]] != 1) continue;
      if (!(addend.type() == node.type) || !(product.type == node.type)) continue;
      if (const OpPtr fused = product.op->with_addend()) {
        std::vector<Var> operands;
        for (const int32_t input : product.inputs) operands.push_back(graph.var(input));
        operands.push_back(addend);
        return graph.add(fused, operands);
      }
    }
    return {};
  });
}

}  // namespace reel
