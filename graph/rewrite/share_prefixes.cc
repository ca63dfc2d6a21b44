#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "reel/graph/rewrite/regroup.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/graph/thresholds.h"

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

class SharePrefixes {
 public:
  SharePrefixes(const Rewriting& rewriting, int32_t source)
      : graph_(rewriting.graph()), rewriting_(rewriting), source_(source), steps_(graph_.node(source).type.shape[1]) {
    for (const int32_t id : reachable(graph_, rewriting.outputs())) note_if_same(id);
  }

  Var operator()(const Node& node, std::span<const Var> forms) {
    std::vector<Var> inputs;
    for (const Var& form : forms) inputs.push_back(rewriting_.kept(form));
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
      note_if_same(made.id());
      return made;
    }
    for (Var& input : inputs) input = moved_to(input, all_shareable ? deepest : kAllRows);
    return graph_.add(node.op, inputs);
  }

 private:
  /// The step's ids, one for each distinct prefix that ends with it.
  Var read_step(const Node& node, std::span<const Var> inputs) {
    const Var ids = graph_.add(node.op, inputs);
    const int64_t depth = *node.op->column() + 1;
    return depth < steps_ ? take_representatives(ids, static_cast<RowSpace>(depth)) : ids;
  }

  /// Notes a value of the batch that depends on no row of it.
  void note_if_same(int32_t id) {
    const Node& node = graph_.node(id);
    if (node.leaf != Leaf::none || node.op->traits().positional || !node.type.shape.has_rows()) return;
    const auto is_same = [&](int32_t input) {
      return !graph_.node(input).type.shape.has_rows() || same_for_all_rows_.contains(input);
    };
    if (std::all_of(node.inputs.begin(), node.inputs.end(), is_same)) same_for_all_rows_.insert(id);
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
  const Rewriting& rewriting_;
  int32_t source_;
  int64_t steps_;
  /// Values of the batch that depend on no row of it, such as a recurrence's initial state.
  std::set<int32_t> same_for_all_rows_;
  std::set<std::pair<int32_t, RowSpace>> expanded_;  // what has been expanded, and to where
};

}  // namespace

void share_prefixes(Rewriting& rewriting) {
  Graph& graph = rewriting.graph();
  if (graph.prefix_source() < 0) graph.set_prefix_source(find_source(graph, rewriting.outputs()));
  if (graph.prefix_source() < 0) return;
  SharePrefixes share(rewriting, graph.prefix_source());
  rewriting.rebuild([&](const Node& node, std::span<const Var> inputs) { return share(node, inputs); });
}

}  // namespace reel
