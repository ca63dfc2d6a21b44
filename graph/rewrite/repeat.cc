#include "reel/graph/rewrite/repeat.h"

#include <set>

#include "reel/graph/verify.h"

namespace reel {
namespace {

class Repeater {
 public:
  Repeater(Graph& graph, const std::vector<int32_t>& live, const std::vector<bool>& backward,
           const std::vector<bool>& again)
      : graph_(graph), live_(live), backward_(backward), again_(again), stands_for_(graph.size(), -1) {}

  std::vector<Var> run(std::span<const Var> outputs) {
    for (const int32_t id : live_) {
      if (backward_[id] && graph_.node(id).leaf == Leaf::none) rebuild_backward(id);
    }
    std::vector<Var> rebuilt;
    for (const Var& output : outputs) rebuilt.push_back(backward_[output.id()] ? current(output.id()) : output);
    return rebuilt;
  }

 private:
  void rebuild_backward(int32_t id) {
    const Node& node = graph_.node(id);
    std::vector<Var> inputs;
    bool changed = false;
    for (const int32_t input : node.inputs) {
      if (!backward_[input]) make_again(input);
      inputs.push_back(current(input));
      changed |= inputs.back().id() != input;
    }
    any_changed_ = any_changed_ || changed;
    const Graph::Scope scope(graph_, node);
    if (changed) {
      stands_for_[id] = graph_.add(node.op, inputs).id();
    } else if (any_changed_ && node.op->traits().accumulates) {
      // Its place among those that add into the same accumulator is part of the result.
      stands_for_[id] = graph_.repeat(node, inputs).id();
    }
  }

  /// What the backward pass reads for a node: a copy, if one has been made.
  Var current(int32_t id) const { return graph_.var(stands_for_[id] < 0 ? id : stands_for_[id]); }

  bool is_missing(int32_t id) const { return again_[id] && stands_for_[id] < 0; }

  /// Appends copies of the value and of what leads to it from kept values; a loop, since segments may be long.
  void make_again(int32_t id) {
    if (!is_missing(id)) return;
    std::set<int32_t> needed{id};
    for (std::vector<int32_t> waiting{id}; !waiting.empty();) {
      const Node& node = graph_.node(waiting.back());
      waiting.pop_back();
      for (const int32_t input : node.inputs) {
        if (is_missing(input) && needed.insert(input).second) waiting.push_back(input);
      }
    }
    for (const int32_t each : needed) {
      const Node& node = graph_.node(each);
      std::vector<Var> inputs;
      for (const int32_t input : node.inputs) inputs.push_back(current(input));
      const Graph::Scope scope(graph_, node);
      stands_for_[each] = graph_.repeat(node, inputs).id();
    }
  }

  Graph& graph_;
  const std::vector<int32_t>& live_;
  const std::vector<bool>&backward_, &again_;
  /// By node id: the copy that stands for it in the backward pass, -1 if it stands itself.
  std::vector<int32_t> stands_for_;
  bool any_changed_ = false;
};

}  // namespace

std::vector<bool> find_backward(const Graph& graph, const std::vector<int32_t>& live) {
  std::vector<bool> backward(graph.size(), false);
  for (const int32_t id : live) {
    const Node& node = graph.node(id);
    backward[id] = node.adjoint;
    for (const int32_t input : node.inputs) backward[id] = backward[id] || backward[input];
  }
  return backward;
}

std::vector<Var> repeat_for_backward(Graph& graph, std::span<const Var> outputs, const std::vector<int32_t>& live,
                                     const std::vector<bool>& backward, const std::vector<bool>& again) {
  std::vector<Var> rebuilt = Repeater(graph, live, backward, again).run(outputs);
  verify_after_pass(graph, rebuilt);
  return rebuilt;
}

}  // namespace reel
