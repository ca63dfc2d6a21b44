#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "reel/graph/error.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/graph/verify.h"

namespace reel {
namespace {

/// Whether each node is an adjoint, or depends on one: what runs after the forward pass.
std::vector<bool> find_backward(const Graph& graph, const std::vector<int32_t>& live) {
  std::vector<bool> backward(graph.size(), false);
  for (const int32_t id : live) {
    const Node& node = graph.node(id);
    backward[id] = node.adjoint;
    for (const int32_t input : node.inputs) backward[id] = backward[id] || backward[input];
  }
  return backward;
}

/// Columns of a sequence, from `first` to `last`; none at the beginning.
struct Columns {
  int64_t first = std::numeric_limits<int64_t>::max(), last = -1;

  int64_t count() const { return last < 0 ? 0 : last - first + 1; }
  void include(const Columns& other) {
    first = std::min(first, other.first);
    last = std::max(last, other.last);
  }
};

/// How many steps lie behind each value of the forward pass, counted in the columns that it depends on, whether a
/// recurrence reads them forwards or backwards; 0 for what depends on none.
class StepCounter {
 public:
  StepCounter(const Graph& graph, const std::vector<int32_t>& live, const std::vector<bool>& backward)
      : graph_(graph), columns_(graph.size()), steps_(graph.size(), 0) {
    for (const int32_t id : live) {
      if (!backward[id] && graph.node(id).type.shape.has_rows()) count(id);
    }
    move_to_users(live);
  }

  std::vector<int64_t> take() { return std::move(steps_); }

 private:
  void count(int32_t id) {
    const Node& node = graph_.node(id);
    for (const int32_t input : node.inputs) columns_[id].include(columns_[input]);
    const std::optional<int64_t> column = node.op->column();
    if (column && has_column_each_step(node.inputs[0])) columns_[id] = {*column, *column};
    steps_[id] = columns_[id].count();
  }

  /// An input, what is computed from all of it at once, or the outputs of another recurrence side by side: the next one
  /// begins to count anew. Other values may have an axis 1 as well, such as the four gates of a cell.
  bool has_column_each_step(int32_t id) const {
    const Shape& shape = graph_.node(id).type.shape;
    return shape.has_rows() && shape.rank() > 1 && (columns_[id].count() == 0 || columns_[id].count() == shape[1]);
  }

  /// What depends on a single column, such as the vector of a word, belongs to the step that reads it first.
  void move_to_users(const std::vector<int32_t>& live) {
    constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
    std::vector<int64_t> earliest(graph_.size(), kNone);
    for (auto it = live.rbegin(); it != live.rend(); ++it) {
      if (steps_[*it] == 0) continue;
      if (steps_[*it] == 1 && earliest[*it] != kNone) steps_[*it] = earliest[*it];
      for (const int32_t input : graph_.node(*it).inputs) earliest[input] = std::min(earliest[input], steps_[*it]);
    }
  }

  const Graph& graph_;
  std::vector<Columns> columns_;
  std::vector<int64_t> steps_;
};

int64_t segment_length(int64_t asked, int64_t steps) {
  if (asked > 0) return asked;
  return std::max<int64_t>(1, static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(steps)))));
}

/// By node id: the segment of steps to compute again for the backward pass, or kKept.
constexpr int64_t kKept = -1;

std::vector<int64_t> find_segments(const Graph& graph, const std::vector<int32_t>& live,
                                   const std::vector<int64_t>& steps, int64_t asked) {
  const int64_t most = *std::max_element(steps.begin(), steps.end());
  const int64_t every = segment_length(asked, most);
  std::vector<int64_t> segment(graph.size(), kKept);
  for (const int32_t id : live) {
    // The backward pass begins where the last segment ends, so that one is still there.
    if (steps[id] > 0 && steps[id] - 1 < (most - 1) / every * every) segment[id] = (steps[id] - 1) / every;
  }
  std::vector<bool> carried(graph.size(), false);
  for (const int32_t id : live) {
    if (segment[id] == kKept) continue;
    for (const int32_t input : graph.node(id).inputs) carried[input] = carried[input] || segment[input] != segment[id];
  }
  for (const int32_t id : live) segment[id] = carried[id] ? kKept : segment[id];
  return segment;
}

class Rematerializer {
 public:
  Rematerializer(Graph& graph, std::span<const Var> outputs)
      : graph_(graph),
        live_(reachable(graph, outputs)),
        backward_(find_backward(graph, live_)),
        segment_(find_segments(graph, live_, StepCounter(graph, live_, backward_).take(), graph.passes().remat_every)),
        stands_for_(graph.size(), -1) {}

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

  bool is_missing(int32_t id) const { return segment_[id] != kKept && stands_for_[id] < 0; }

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
  std::vector<int32_t> live_;
  std::vector<bool> backward_;
  std::vector<int64_t> segment_;
  /// By node id: the copy that stands for it in the backward pass, -1 if it stands itself.
  std::vector<int32_t> stands_for_;
  bool any_changed_ = false;
};

}  // namespace

std::vector<Var> rematerialize(Graph& graph, std::span<const Var> outputs) {
  const int64_t every = graph.passes().remat_every;
  if (every < 0 && every != kRematAuto) {
    throw ValueError(fmt::format("passes: remat_every is a number of steps, 0 or kRematAuto, got {}", every));
  }
  if (every == 0 || outputs.empty()) return {outputs.begin(), outputs.end()};
  std::vector<Var> rebuilt = Rematerializer(graph, outputs).run(outputs);
  debug_verify(graph, rebuilt);
  return rebuilt;
}

}  // namespace reel
