#include <map>
#include <string>
#include <tuple>
#include <unordered_map>

#include "reel/graph/rewrite/rewrite.h"

namespace reel {
namespace {

/// An operand, and how it would be laid out anew.
using Layout = std::tuple<int32_t, std::string_view, std::string>;

/// What nodes would rather read, and how many rows are computed in all from each operand in its new layout.
class Wishes {
 public:
  Wishes(const Graph& graph, std::span<const Var> outputs) {
    for (const int32_t id : reachable(graph, outputs)) {
      const Node& node = graph.node(id);
      if (node.leaf != Leaf::none) continue;
      const auto better = node.op->prepack(graph.input_types(node));
      if (!better) continue;
      int64_t& rows = rows_[{node.inputs[better->input], better->pack->name(), better->pack->attributes()}];
      rows += node.type.shape.has_rows() ? graph.passes().assumed_rows : node.type.shape.lead();
      wishes_.emplace(&node, Wish{*better, rows});
    }
  }

  /// The node's, if it pays; otherwise null.
  const Prepack* of(const Node& node) const {
    const auto found = wishes_.find(&node);
    if (found == wishes_.end()) return nullptr;
    const auto& [better, rows] = found->second;
    return rows >= better.least_rows ? &better : nullptr;
  }

 private:
  struct Wish {
    Prepack better;
    const int64_t& rows;
  };

  std::map<Layout, int64_t> rows_;
  std::unordered_map<const Node*, Wish> wishes_;
};

}  // namespace

std::vector<Var> prepack_operands(Graph& graph, std::span<const Var> outputs) {
  const Wishes wishes(graph, outputs);
  return rebuild(graph, outputs, [&](const Node& node, std::span<const Var> inputs) -> Var {
    const Prepack* better = wishes.of(node);
    if (better == nullptr) return {};
    std::vector<Var> packed(inputs.begin(), inputs.end());
    packed[better->input] = graph.add(better->pack, std::span(&inputs[better->input], 1));
    return graph.add(better->consumer, packed);
  });
}

}  // namespace reel
