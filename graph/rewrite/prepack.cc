#include <map>
#include <string>
#include <tuple>

#include "reel/graph/rewrite/rewrite.h"

namespace reel {
namespace {

constexpr int64_t kMany = int64_t{1} << 32;

int64_t rows_of(const Graph& graph, const Node& node) {
  return node.type.shape.has_rows() ? graph.passes().assumed_rows : node.type.shape.lead();
}

/// What would be laid out anew: an operand, and how.
using Layout = std::tuple<int32_t, std::string_view, std::string>;

Layout layout_of(const Node& node, const Prepack& prepack) {
  return {node.inputs[prepack.input], prepack.pack->name(), prepack.pack->attributes()};
}

/// Rows that are computed in all from each operand in its new layout.
std::map<Layout, int64_t> count_rows(const Graph& graph, std::span<const Var> outputs) {
  std::map<Layout, int64_t> counts;
  for (const int32_t id : reachable(graph, outputs)) {
    const Node& node = graph.node(id);
    if (node.leaf != Leaf::none) continue;
    const auto possible = node.op->prepack(graph.input_types(node), kMany);
    if (possible) counts[layout_of(node, *possible)] += rows_of(graph, node);
  }
  return counts;
}

}  // namespace

std::vector<Var> prepack_operands(Graph& graph, std::span<const Var> outputs) {
  const std::map<Layout, int64_t> counts = count_rows(graph, outputs);
  return rebuild(graph, outputs, [&](const Node& node, std::span<const Var> inputs) -> Var {
    const std::vector<Type> types = graph.input_types(node);
    const auto possible = node.op->prepack(types, kMany);
    if (!possible) return {};
    const auto better = node.op->prepack(types, counts.at(layout_of(node, *possible)));
    if (!better) return {};
    std::vector<Var> packed(inputs.begin(), inputs.end());
    packed[better->input] = graph.add(better->pack, std::span(&inputs[better->input], 1));
    return graph.add(better->consumer, packed);
  });
}

}  // namespace reel
