#include <algorithm>
#include <array>
#include <map>

#include "reel/graph/rewrite/rewrite.h"

namespace reel {
namespace {

class Hoist {
 public:
  explicit Hoist(const Rewriting& rewriting) : graph_(rewriting.graph()), rewriting_(rewriting) {
    count_picks(rewriting.outputs());
  }

  Var operator()(const Node& node, std::span<const Var> inputs) const {
    if (inputs.empty() || rewriting_.is_known(inputs[0])) return {};
    const Node& from = graph_.node(inputs[0]);
    if (from.leaf != Leaf::none) return {};
    if (from.op->traits().gather) return through_gather(node, inputs, from);
    if (!moves_vectors(from) || !is_wanted_whole(from.inputs[0]) || !maps_vectors(node, inputs)) return {};
    return graph_.add(from.op, std::array{mapped(node, inputs, from.inputs[0])});
  }

 private:
  Var through_gather(const Node& node, std::span<const Var> inputs, const Node& gather) const {
    const Var table = graph_.var(gather.inputs[0]), ids = graph_.var(gather.inputs[1]);
    if (node.op->moves_blocks(table.shape().rank() - 1, inputs[0].type())) {
      if (is_wanted_whole(inputs[0].id())) return {};
      return gather_again(gather, table, graph_.add(node.op, std::span(&ids, 1)));
    }
    if (!maps_vectors(node, inputs) || !node.op->traits().finite_gradient || !pays(table)) return {};
    const Var moved = mapped(node, inputs, table.id());
    return moved.shape().rank() == table.shape().rank() ? gather_again(gather, moved, ids) : Var{};
  }

  /// What the node makes of `source` instead of its first input.
  Var mapped(const Node& node, std::span<const Var> inputs, int32_t source) const {
    std::vector<Var> arguments(inputs.begin(), inputs.end());
    arguments[0] = graph_.var(source);
    return graph_.add(node.op, arguments);
  }

  /// An id outside the table is the fault of the layer that gathered first, whatever has been hoisted past it.
  Var gather_again(const Node& gather, Var table, Var ids) const {
    const Graph::Scope scope(graph_, gather);
    return graph_.add(gather.op, std::array{table, ids});
  }

  /// The node treats each picked vector alone, and alike: its other operands do not vary over the leading axes.
  bool maps_vectors(const Node& node, std::span<const Var> inputs) const {
    const Traits traits = node.op->traits();
    if ((!traits.elementwise && !traits.vectorwise) || traits.positional) return false;
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

  /// Whether all it does is to take some of its input's vectors, which lie in rows of the batch.
  bool moves_vectors(const Node& node) const {
    if (node.leaf != Leaf::none || node.inputs.size() != 1) return false;
    const Type& source = graph_.node(node.inputs[0]).type;
    return source.shape.has_rows() && node.op->moves_blocks(1, source);
  }

  /// Of a single row, vectors that are taken one by one, but all of them, are better worked on together: by itself each
  /// would wait for the whole of, say, a matrix. Many rows do that together anyway, and find their values nearer.
  bool is_wanted_whole(int32_t source) const {
    const auto taken = taken_.find(source);
    return taken != taken_.end() && taken->second >= vectors_in_row(graph_.node(source).type.shape);
  }

  static int64_t vectors_in_row(const Shape& shape) { return shape.row_size() / std::max<int64_t>(shape.back(), 1); }

  /// For one row of the batch, vectors picked from each table, and if there is but one row, taken from each of its
  /// values.
  void count_picks(std::span<const Var> outputs) {
    const bool is_single = graph_.passes().assumed_rows == 1;
    for (const int32_t id : reachable(graph_, outputs)) {
      const Node& node = graph_.node(id);
      if (is_single && moves_vectors(node)) taken_[node.inputs[0]] += vectors_in_row(node.type.shape);
      if (node.leaf != Leaf::none || !node.op->traits().gather) continue;
      const Shape& ids = graph_.node(node.inputs[1]).type.shape;
      if (ids.has_rows()) picks_[node.inputs[0]] += ids.row_size();
    }
  }

  Graph& graph_;
  const Rewriting& rewriting_;
  std::map<int32_t, int64_t> picks_, taken_;
};

}  // namespace

void hoist_to_source(Rewriting& rewriting) {
  // What has been hoisted is a source to hoist from again, so its picks must be known: repeat until nothing moves.
  for (std::vector<Var> before; before != rewriting.outputs();) {
    before = rewriting.outputs();
    const Hoist hoist(rewriting);
    rewriting.rebuild([&](const Node& node, std::span<const Var> inputs) { return hoist(node, inputs); });
  }
}

}  // namespace reel
