#include <algorithm>
#include <array>
#include <map>

#include "reel/graph/rewrite/rewrite.h"

namespace reel {
namespace {

bool is_gather(const Graph& graph, Var var) {
  const Node& node = graph.node(var);
  return node.leaf == Leaf::none && node.op->traits().gather;
}

class Hoist {
 public:
  Hoist(Graph& graph, std::span<const Var> outputs) : graph_(graph) { count_picks(outputs); }

  Var operator()(const Node& node, std::span<const Var> inputs) const {
    if (inputs.empty() || !is_gather(graph_, inputs[0])) return {};
    const Node gather = graph_.node(inputs[0]);
    const Var table = graph_.var(gather.inputs[0]), ids = graph_.var(gather.inputs[1]);
    if (node.op->moves_blocks(table.shape().rank() - 1, inputs[0].type())) {
      const Var moved = graph_.add(node.op, std::span(&ids, 1));
      return gather_again(gather, table, moved);
    }
    if (!maps_vectors(node, inputs) || !pays(table)) return {};
    std::vector<Var> arguments(inputs.begin(), inputs.end());
    arguments[0] = table;
    const Var mapped = graph_.add(node.op, arguments);
    if (mapped.shape().rank() != table.shape().rank()) return {};
    return gather_again(gather, mapped, ids);
  }

 private:
  /// An id outside the table is the fault of the layer that gathered first, whatever has been hoisted past it.
  Var gather_again(const Node& gather, Var table, Var ids) const {
    const Graph::Scope scope(graph_, gather);
    return graph_.add(gather.op, std::array{table, ids});
  }

  /// The node treats each picked vector alone, and alike: its other operands do not vary over the leading axes.
  bool maps_vectors(const Node& node, std::span<const Var> inputs) const {
    const Traits traits = node.op->traits();
    if (!traits.elementwise && !traits.vectorwise) return false;
    if (node.type.shape.rank() != inputs[0].shape().rank()) return false;
    return std::all_of(inputs.begin() + 1, inputs.end(), [&](Var other) {
      return traits.elementwise ? other.shape().rank() <= 1 && !other.shape().has_rows() : !other.shape().has_rows();
    });
  }

  /// Fewer vectors in the table than picks from it, for a batch of the assumed rows.
  bool pays(Var table) const {
    const auto picks = picks_.find(table.id());
    return table.shape().rank() == 2 && picks != picks_.end() &&
           picks->second * graph_.passes().assumed_rows > table.shape()[0];
  }

  /// Vectors picked from each table for one row of the batch.
  void count_picks(std::span<const Var> outputs) {
    for (const int32_t id : reachable(graph_, outputs)) {
      const Node& node = graph_.node(id);
      if (node.leaf != Leaf::none || !node.op->traits().gather) continue;
      const Shape& ids = graph_.node(node.inputs[1]).type.shape;
      if (ids.has_rows()) picks_[node.inputs[0]] += ids.row_size();
    }
  }

  Graph& graph_;
  std::map<int32_t, int64_t> picks_;
};

}  // namespace

std::vector<Var> hoist_through_gather(Graph& graph, std::span<const Var> outputs) {
  // A hoisted table is a table to hoist from again, so its picks must be known: repeat until nothing moves.
  std::vector<Var> current(outputs.begin(), outputs.end());
  for (;;) {
    Hoist hoist(graph, current);
    std::vector<Var> next =
        rebuild(graph, current, [&](const Node& node, std::span<const Var> inputs) { return hoist(node, inputs); });
    if (next == current) return next;
    current = std::move(next);
  }
}

}  // namespace reel
