#include "reel/autodiff/tape.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reel/graph/error.h"
#include "reel/graph/located.h"
#include "reel/graph/rewrite/regroup.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/graph/trace.h"
#include "reel/graph/verify.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// Walks the record backwards from y and appends adjoints.
class Backward {
 public:
  /// `nodes` are those that y depends on, in the order in which they are recorded, of which the reverse is taken.
  Backward(Graph& graph, std::vector<int32_t> nodes, std::span<const Var> xs)
      : graph_(graph), nodes_(std::move(nodes)) {
    active_.assign(graph.size(), false);
    for (const Var& x : xs) active_[x.id()] = true;
    for (const int32_t id : nodes_) {
      for (const int32_t input : graph.node(id).inputs) active_[id] = active_[id] || active_[input];
    }
    contributions_.resize(graph.size());
  }

  std::vector<Var> run(Var y, Var dy, std::span<const Var> xs) {
    contributions_[y.id()].push_back(dy);
    std::vector<Var> adjoints(xs.size());
    for (auto it = nodes_.rbegin(); it != nodes_.rend(); ++it) step(*it, xs, adjoints);
    for (size_t i = 0; i < xs.size(); ++i) {
      if (!adjoints[i]) adjoints[i] = broadcast_to(graph_.constant(0.0, xs[i].dtype()), xs[i].shape());
    }
    return adjoints;
  }

 private:
  void step(int32_t id, std::span<const Var> xs, std::vector<Var>& adjoints) {
    std::vector<Var>& parts = contributions_[id];
    if (!active_[id] || parts.empty()) return;
    const Node& node = graph_.node(id);
    const Graph::Scope scope(graph_, node, true);
    const Var dy = total(parts);
    for (size_t i = 0; i < xs.size(); ++i) {
      if (xs[i].id() == id) adjoints[i] = dy;
    }
    if (node.leaf != Leaf::none) return;
    std::vector<Var> inputs;
    for (const int32_t input : node.inputs) inputs.push_back(graph_.var(input));
    const std::vector<Var> flows = flows_of(node, inputs, graph_.var(id), dy);
    check_flows(node, inputs, flows);
    for (size_t i = 0; i < flows.size(); ++i) {
      if (!flows[i] || !active_[node.inputs[i]]) continue;
      contributions_[node.inputs[i]].push_back(in_rows_of(graph_.node(node.inputs[i]), flows[i]));
    }
    parts.clear();
    parts.shrink_to_fit();
  }

  std::vector<Var> flows_of(const Node& node, std::span<const Var> inputs, Var y, Var dy) const {
    try {
      return node.op->gradient(inputs, y, dy);
    } catch (const std::exception&) {
      rethrow_located(in_layer(graph_, node), node.op->name());
    }
  }

  /// An adjoint that is the same for all rows of the batch, as that of a sum over them is, for those the value has.
  static Var in_rows_of(const Node& value, Var adjoint) {
    return adjoint.shape().has_rows() ? take_representatives(adjoint, value.space) : adjoint;
  }

  /// Whoever writes an op learns here what its gradient lacks; what is wrong further on would be a number.
  void check_flows(const Node& node, std::span<const Var> inputs, std::span<const Var> flows) const {
    const auto fail = [&](const std::string& what) {
      throw Error(fmt::format("{}: its gradient {}{}", node.op->name(), what, in_layer(graph_, node)));
    };
    if (flows.size() != inputs.size()) {
      fail(fmt::format("must give an adjoint for each of {} inputs, gave {}", inputs.size(), flows.size()));
    }
    for (size_t i = 0; i < flows.size(); ++i) {
      if (!flows[i]) continue;
      if (&flows[i].graph() != &graph_) fail(fmt::format("gave an adjoint of input {} from another graph", i));
      if (flows[i].type() == inputs[i].type()) continue;
      fail(fmt::format("must give an adjoint {} of input {}, gave {}", inputs[i].type().str(), i,
                       flows[i].type().str()));
    }
  }

  /// Accumulating contributions are summed apart from the others, so that they can share one accumulator.
  Var total(std::span<const Var> parts) {
    std::vector<Var> accumulating, others;
    for (const Var& part : parts) {
      const Node& node = graph_.node(part);
      (node.op->traits().accumulates ? accumulating : others).push_back(part);
    }
    if (const Var joined = join_placements(graph_, accumulating)) {
      others.push_back(joined);
    } else if (!accumulating.empty()) {
      others.push_back(add_n(accumulating));
    }
    return add_n(others);
  }

  Graph& graph_;
  std::vector<int32_t> nodes_;
  std::vector<bool> active_;  // depends on one of the xs
  std::vector<std::vector<Var>> contributions_;
};

void check_scalar(Var y) {
  if (y.shape().rank() != 0 || y.dtype() == DType::i32) {
    throw ShapeError(fmt::format("gradient: needs a float scalar, got {}; take mean() or sum() of it", y.type().str()));
  }
}

Var dot(std::span<const Var> a, std::span<const Var> b) {
  std::vector<Var> parts;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!(a[i].type() == b[i].type())) {
      throw ShapeError(fmt::format("direction: {} does not fit {}", b[i].type().str(), a[i].type().str()));
    }
    parts.push_back(sum(a[i] * b[i]));
  }
  return add_n(parts);
}

}  // namespace

void Tape::require_graph() const {
  if (!graph_) throw Error("tape: it has been moved from");
}

bool Tape::depends_on_adjoints(Var y) const {
  const std::vector<int32_t> ids = reachable(graph(), std::span(&y, 1), adjoints_);
  return std::any_of(ids.begin(), ids.end(), [&](int32_t id) { return adjoints_.know(id); });
}

void Tape::keep(std::span<const Var> adjoints) {
  for (const Var& adjoint : adjoints) {
    adjoints_.set(adjoint.id(), adjoint.id());
    graph().forms().set(adjoint.id(), adjoint.id());
  }
}

void Tape::check_not_moved(Var y, std::span<const Var> xs) const {
  const auto ids_behind = [&](Var var) { return reachable(graph(), std::span(&var, 1)); };
  const auto holds = [](const std::vector<int32_t>& ids, Var x) {
    return std::binary_search(ids.begin(), ids.end(), x.id());
  };
  const std::vector<int32_t> ids = ids_behind(y);
  if (std::none_of(ids.begin(), ids.end(), [&](int32_t id) { return graph().node(id).adjoint; })) return;
  for (const auto& [before, after] : rewrites_) {
    const std::vector<int32_t> read = ids_behind(before), still_read = ids_behind(after);
    for (const Var& x : xs) {
      if (!holds(read, x) || holds(still_read, x)) continue;
      constexpr const char* kMessage =
          "gradient: a second derivative by {} ({}), which the first derivative no longer reads: passes have moved "
          "work past it. Leave out hoist and share_prefixes, or differentiate by it first";
      throw Error(fmt::format(kMessage, graph().node(x).op->name(), x.type().str()));
    }
  }
}

std::vector<Var> Tape::vjp(Var y, Var dy, std::span<const Var> xs) {
  graph().require_own(y, "gradient");
  graph().require_own(dy, "vjp");
  for (const Var& x : xs) graph().require_own(x, "gradient");
  if (!(y.type() == dy.type()))
    throw ShapeError(fmt::format("vjp: y is {}, its adjoint {}", y.type().str(), dy.type().str()));
  const TraceScope scope("differentiate", "compile");
  // A value that is asked for must keep its node, so nothing is moved past it.
  const bool only_leaves = std::all_of(xs.begin(), xs.end(), [&](Var x) { return graph().node(x).leaf != Leaf::none; });
  if (!only_leaves) {
    check_not_moved(y, xs);
    return differentiate_recorded(y, dy, xs);
  }
  const Rewriting rewriting = rewrite_for_differentiating(graph(), std::array{y, dy}, adjoints_);
  const std::vector<Var> forms = rewriting.outputs();
  if (!(forms[0] == y)) rewrites_.emplace_back(y, forms[0]);
  const std::vector<Var> adjoints = Backward(graph(), rewriting.nodes_behind(y), xs).run(forms[0], forms[1], xs);
  keep(adjoints);
  verify_after_pass(graph(), adjoints);
  return adjoints;
}

std::vector<Var> Tape::differentiate_recorded(Var y, Var dy, std::span<const Var> xs) {
  const std::vector<Var> adjoints = Backward(graph(), reachable(graph(), std::span(&y, 1)), xs).run(y, dy, xs);
  if (depends_on_adjoints(y) || depends_on_adjoints(dy)) keep(adjoints);
  verify_after_pass(graph(), adjoints);
  return adjoints;
}

std::vector<Var> Tape::gradient(Var y, std::span<const Var> xs) {
  graph().require_own(y, "gradient");
  check_scalar(y);
  return vjp(y, graph().constant(1.0, y.dtype()), xs);
}

std::vector<Var> Tape::hessian_vector_product(Var y, std::span<const Var> xs, std::span<const Var> v) {
  if (xs.size() != v.size())
    throw ShapeError(fmt::format("hessian_vector_product: {} values, {} directions", xs.size(), v.size()));
  const std::vector<Var> first = gradient(y, xs);
  return gradient(dot(first, v), xs);
}

Var Tape::jacobian_vector_product(Var y, std::span<const Var> xs, std::span<const Var> v) {
  graph().require_own(y, "gradient");
  if (xs.size() != v.size())
    throw ShapeError(fmt::format("jacobian_vector_product: {} values, {} directions", xs.size(), v.size()));
  // u -> J^T u is linear in u, so its own transpose applied to v is J v, whatever u is; u must only be a node.
  const Var u = stop_gradient(broadcast_to(graph().constant(1.0, y.dtype()), y.shape()));
  const std::vector<Var> transposed = vjp(y, u, xs);
  const Var product = dot(transposed, v);
  return differentiate_recorded(product, graph().constant(1.0, y.dtype()), std::span(&u, 1))[0];
}

}  // namespace reel
