#include <algorithm>

#include "reel/graph/rewrite/rewrite.h"

namespace reel {

Var join_placements(Graph& graph, std::span<const Var> parts) {
  struct Placed {
    Placement where;
    Var value;
  };
  std::vector<Placed> placed;
  for (const Var& part : parts) {
    const Node& node = graph.node(part);
    if (node.leaf != Leaf::none || node.inputs.size() != 1) return {};
    const Var value = graph.var(node.inputs[0]);
    const std::optional<Placement> where = node.op->placement(value.type());
    if (!where || (!placed.empty() && where->axis != placed[0].where.axis)) return {};
    placed.push_back({*where, value});
  }
  std::sort(placed.begin(), placed.end(),
            [](const Placed& a, const Placed& b) { return a.where.begin < b.where.begin; });
  std::vector<Var> values;
  int64_t end = 0;
  for (const auto& [where, value] : placed) {
    if (where.begin != end) return {};
    end += where.size;
    values.push_back(value);
  }
  if (placed.empty() || end != parts[0].shape()[placed[0].where.axis]) return {};
  return values.size() == 1 ? values[0] : graph.add(placed[0].where.join, values);
}

}  // namespace reel
