#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "reel/graph/error.h"
#include "reel/graph/rewrite/repeat.h"
#include "reel/graph/rewrite/rewrite.h"

namespace reel {
namespace {

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

/// By node id, whether it lies within a segment of steps that is computed again for the backward pass.
std::vector<bool> find_within_segments(const Graph& graph, const std::vector<int32_t>& live,
                                       const std::vector<int64_t>& steps, int64_t asked) {
  constexpr int64_t kKept = -1;
  const int64_t most = *std::max_element(steps.begin(), steps.end());
  const int64_t every = segment_length(asked, most);
  std::vector<int64_t> segment(graph.size(), kKept);
  for (const int32_t id : live) {
    // The backward pass begins where the last segment ends, so that one is still there.
    if (steps[id] > 0 && steps[id] - 1 < (most - 1) / every * every) segment[id] = (steps[id] - 1) / every;
  }
  std::vector<bool> within(graph.size(), false);
  for (const int32_t id : live) {
    within[id] = segment[id] != kKept;
    if (!within[id]) continue;
    for (const int32_t input : graph.node(id).inputs) within[input] = within[input] && segment[input] == segment[id];
  }
  return within;
}

}  // namespace

std::vector<Var> rematerialize(Graph& graph, std::span<const Var> outputs) {
  const int64_t every = graph.passes().remat_every;
  if (every < 0 && every != kRematAuto) {
    throw ValueError(fmt::format("passes: remat_every is a number of steps, 0 or kRematAuto, got {}", every));
  }
  if (every == 0 || outputs.empty()) return {outputs.begin(), outputs.end()};
  const std::vector<int32_t> live = reachable(graph, outputs);
  const std::vector<bool> backward = find_backward(graph, live);
  const std::vector<int64_t> steps = StepCounter(graph, live, backward).take();
  return repeat_for_backward(graph, outputs, live, backward, find_within_segments(graph, live, steps, every));
}

}  // namespace reel
