#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "reel/graph/rewrite/regroup.h"
#include "reel/graph/rewrite/rewrite.h"

namespace reel {
namespace {

/// Whether the input's ids at single steps are read: a sequence whose prefixes may be shared.
bool is_sequence_input(const Node& node) {
  return node.leaf == Leaf::input && node.type.dtype == DType::i32 && node.type.shape.rank() == 2 &&
         node.type.shape.has_rows() && node.type.shape[1] > 1;
}

/// Whether all that the node reads of the batch is one step of the sequence `source`.
bool reads_step_of(const Graph& graph, const Node& node, int32_t source) {
  if (node.leaf != Leaf::none || !node.op->column() || node.op->traits().positional || node.inputs[0] != source) {
    return false;
  }
  return std::none_of(node.inputs.begin() + 1, node.inputs.end(),
                      [&](int32_t id) { return graph.node(id).type.shape.has_rows(); });
}

/// The sequence of which most single steps are read, or -1.
int32_t find_source(const Graph& graph, std::span<const Var> outputs) {
  std::map<int32_t, int64_t> reads;
  for (const int32_t id : reachable(graph, outputs)) {
    const Node& node = graph.node(id);
    if (node.inputs.empty() || !is_sequence_input(graph.node(node.inputs[0]))) continue;
    if (reads_step_of(graph, node, node.inputs[0])) ++reads[node.inputs[0]];
  }
  const auto most =
      std::max_element(reads.begin(), reads.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == reads.end() ? -1 : most->first;
}

/// A product and its bias.
constexpr size_t kLongestChain = 2;

class SharePrefixes {
 public:
  SharePrefixes(Graph& graph, int32_t source)
      : graph_(graph), source_(source), steps_(graph.node(source).type.shape[1]) {}

  Var operator()(const Node& node, std::span<const Var> inputs) {
    if (is_shared(node)) return as_it_stands(node, inputs);
    if (reads_step_of(graph_, node, source_)) return read_step(node, inputs);
    RowSpace deepest = kAllRows;
    bool all_shareable = !node.op->traits().reduces_rows && !node.op->traits().positional;
    for (const Var& input : inputs) {
      const RowSpace space = space_of(input);
      deepest = std::max(deepest, space);
      all_shareable =
          all_shareable && (space != kAllRows || !input.shape().has_rows() || same_for_all_rows_.contains(input.id()));
    }
    if (deepest == kAllRows) {
      const Var made = graph_.add(node.op, inputs);
      if (node.type.shape.has_rows() && all_shareable) same_for_all_rows_.insert(made.id());
      return made;
    }
    std::vector<Var> moved;
    for (const Var& input : inputs) moved.push_back(moved_to(input, all_shareable ? deepest : kAllRows));
    return graph_.add(node.op, moved);
  }

 private:
  /// Whether an earlier pass has been here: the node, or what it reads, is kept by prefix. A sum over the rows of such
  /// values is one over adjoints, which are sums over their groups already.
  bool is_shared(const Node& node) const {
    const auto by_prefix = [&](int32_t id) { return graph_.node(id).space != kAllRows; };
    return node.space != kAllRows || std::any_of(node.inputs.begin(), node.inputs.end(), by_prefix);
  }

  /// The node itself, whatever has become of its inputs elsewhere: adding it again finds it.
  Var as_it_stands(const Node& node, std::span<const Var> rewritten) {
    std::vector<Var> inputs;
    for (const int32_t id : node.inputs) inputs.push_back(graph_.var(id));
    const bool nothing_changed = std::equal(inputs.begin(), inputs.end(), rewritten.begin());
    return nothing_changed ? Var{} : graph_.add(node.op, inputs);
  }

  /// The step's ids, one for each distinct prefix that ends with it.
  Var read_step(const Node& node, std::span<const Var> inputs) {
    const Var ids = graph_.add(node.op, inputs);
    const int64_t depth = *node.op->column() + 1;
    return depth < steps_ ? take_representatives(ids, static_cast<RowSpace>(depth)) : ids;
  }

  RowSpace space_of(Var var) const { return graph_.node(var).space; }

  Var moved_to(Var input, RowSpace space) {
    if (!input.shape().has_rows() || space_of(input) == space) return input;
    return space_of(input) == kAllRows ? take_representatives(input, space) : expanded(input, space);
  }

  Var expanded(Var input, RowSpace space) {
    if (const Var made = made_from_expanded(input, space)) return made;
    return expand(input, space);
  }

  Var expand(Var input, RowSpace space) {
    expanded_.insert({input.id(), space});
    return expand_groups(input, space);
  }

  /// For the next step, a product (and its bias) of rows narrower than its own, or that have been expanded already, is
  /// made anew from their expansion: less is copied, and what is added to the product can be taken into it. One step
  /// adds so few prefixes that it is hardly more work.
  Var made_from_expanded(Var input, RowSpace space) {
    if (space != space_of(input) + 1) return {};
    std::vector<int32_t> chain;
    Var x = input;
    do {
      const Var source = chain.size() < kLongestChain ? only_batch_input(x) : Var{};
      if (!source) return {};
      chain.push_back(x.id());
      x = source;
    } while (x.shape().row_size() >= input.shape().row_size() && !expanded_.contains({x.id(), space}));
    Var made = expand(x, space);
    for (auto id = chain.rbegin(); id != chain.rend(); ++id) {
      const Node& node = graph_.node(*id);
      std::vector<Var> inputs;
      for (const int32_t old : node.inputs) inputs.push_back(old == x.id() ? made : graph_.var(old));
      x = graph_.var(*id);
      made = graph_.add(node.op, inputs);
    }
    return made;
  }

  /// What the value depends on row by row, if that is one value and all else is the same for every row.
  Var only_batch_input(Var var) const {
    const Node& node = graph_.node(var);
    if (node.leaf != Leaf::none || !(node.op->traits().elementwise || node.op->traits().vectorwise)) return {};
    Var only;
    for (const int32_t id : node.inputs) {
      if (!graph_.node(id).type.shape.has_rows()) continue;
      if (only) return {};
      only = graph_.var(id);
    }
    return only;
  }

  Graph& graph_;
  int32_t source_;
  int64_t steps_;
  /// Values of the batch that depend on no row of it, such as a recurrence's initial state.
  std::set<int32_t> same_for_all_rows_;
  std::set<std::pair<int32_t, RowSpace>> expanded_;  // what has been expanded, and to where
};

}  // namespace

std::vector<Var> share_prefixes(Graph& graph, std::span<const Var> outputs, Discovery* discovery) {
  if (graph.prefix_source() < 0) graph.set_prefix_source(find_source(graph, outputs));
  if (graph.prefix_source() < 0) return {outputs.begin(), outputs.end()};
  SharePrefixes share(graph, graph.prefix_source());
  std::vector<Var> shared = rebuild(
      graph, outputs, [&](const Node& node, std::span<const Var> inputs) { return share(node, inputs); }, discovery);
  for (Var& output : shared) {
    if (output.shape().has_rows()) output = expand_groups(output, kAllRows);
    if (discovery != nullptr) discovery->add(output);
  }
  return shared;
}

}  // namespace reel
