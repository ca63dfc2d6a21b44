#include <algorithm>
#include <unordered_map>

#include "reel/graph/node_traits.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/graph/verify.h"

namespace reel {
namespace {

/// Appends all nodes anew, so that what follows one another goes on doing so, and each term once for every sum.
class TermRepeater {
 public:
  TermRepeater(Graph& graph, std::span<const int32_t> live, std::span<const int32_t> sums,
               std::span<const int32_t> uses)
      : graph_(graph), live_(live), uses_(uses), sums_(graph.size()), stands_for_(graph.size(), -1) {
    for (const int32_t sum : sums) {
      terms_[sum];
      for (const int32_t term : graph.node(sum).inputs) sums_[term].push_back(sum);
    }
    is_made_.resize(graph.size());
  }

  std::vector<Var> run(std::span<const Var> outputs) {
    for (const int32_t id : live_) append(id);
    std::vector<Var> appended;
    for (const Var& output : outputs) appended.push_back(graph_.var(stands_for_[output.id()]));
    return appended;
  }

 private:
  void append(int32_t id) {
    const Node& node = graph_.node(id);
    if (node.leaf != Leaf::none) {
      stands_for_[id] = id;
      return;
    }
    is_made_[id] = true;
    for (const int32_t sum : sums_[id]) append_terms(sum);
    if (uses_[id] == static_cast<int32_t>(sums_[id].size())) return;  // nobody else reads it
    const auto terms = terms_.find(id);
    stands_for_[id] = terms == terms_.end() ? repeat(node).id() : repeat(node, terms->second).id();
  }

  /// The sum's next terms, as far as all that lead to them have been made.
  void append_terms(int32_t sum) {
    const std::vector<int32_t>& inputs = graph_.node(sum).inputs;
    std::vector<Var>& terms = terms_[sum];
    while (terms.size() < inputs.size() && is_made_[inputs[terms.size()]]) {
      terms.push_back(repeat(graph_.node(inputs[terms.size()])));
    }
  }

  Var repeat(const Node& node) {
    std::vector<Var> inputs;
    for (const int32_t input : node.inputs) inputs.push_back(graph_.var(stands_for_[input]));
    return repeat(node, inputs);
  }

  Var repeat(const Node& node, std::span<const Var> inputs) {
    const Graph::Scope scope(graph_, node);
    return graph_.repeat(node, inputs);
  }

  Graph& graph_;
  std::span<const int32_t> live_, uses_;
  std::vector<std::vector<int32_t>> sums_;                    // by id: the sums that a term belongs to
  std::unordered_map<int32_t, std::vector<Var>> terms_ = {};  // by sum: those that have been appended
  std::vector<bool> is_made_ = {};
  std::vector<int32_t> stands_for_;
};

}  // namespace

std::vector<Var> repeat_terms(Graph& graph, std::span<const Var> outputs) {
  const std::vector<int32_t> live = reachable(graph, outputs), uses = count_uses(graph, outputs);
  std::vector<int32_t> sums;
  bool stand_alone = true;  // in order
  for (const int32_t id : live) {
    if (!adds_up_in_place(graph, graph.node(id))) continue;
    sums.push_back(id);
    const std::vector<int32_t>& terms = graph.node(id).inputs;
    stand_alone = stand_alone && std::is_sorted(terms.begin(), terms.end()) &&
                  std::all_of(terms.begin(), terms.end(), [&](int32_t term) { return uses[term] == 1; });
  }
  if (stand_alone) return {outputs.begin(), outputs.end()};
  std::vector<Var> repeated = TermRepeater(graph, live, sums, uses).run(outputs);
  verify_after_pass(graph, repeated);
  return repeated;
}

}  // namespace reel
