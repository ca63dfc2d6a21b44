#include "reel/graph/node_traits.h"

#include <algorithm>

namespace reel {

bool adds_up_in_place(const Graph& graph, const Node& node) {
  if (node.leaf != Leaf::none || !node.op->traits().sum || !node.adjoint || node.inputs.empty()) return false;
  return std::all_of(node.inputs.begin(), node.inputs.end(), [&](int32_t id) {
    const Node& term = graph.node(id);
    return term.leaf == Leaf::none && term.op->traits().accumulates && term.type == node.type;
  });
}

std::vector<Type> types_read(const Node& node, std::vector<Type> types, int64_t batch_rows) {
  for (size_t i = 0; i < types.size(); ++i) {
    Shape& shape = types[i].shape;
    if (shape.has_rows() && !node.op->by_row(i, types, node.type)) shape = shape.with_lead(batch_rows);
  }
  return types;
}

int64_t extent_of(const Node& node, std::span<const Type> inputs) {
  if (!node.op->traits().reduces_rows) return node.type.shape.lead();
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (node.op->by_row(i, inputs, node.type)) return inputs[i].shape.lead();
  }
  return 1;
}

}  // namespace reel
