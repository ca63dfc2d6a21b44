#include "reel/graph/rewrite/rewrite.h"

namespace reel {

std::vector<Var> prepack_operands(Graph& graph, std::span<const Var> outputs) {
  return rebuild(graph, outputs, [&](const Node& node, std::span<const Var> inputs) -> Var {
    std::vector<Type> types;
    for (const Var& input : inputs) types.push_back(input.type());
    const std::optional<Prepack> better = node.op->prepack(types);
    if (!better) return {};
    std::vector<Var> packed(inputs.begin(), inputs.end());
    packed[better->input] = graph.add(better->pack, std::span(&inputs[better->input], 1));
    return graph.add(better->consumer, packed);
  });
}

}  // namespace reel
