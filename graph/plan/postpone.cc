#include "reel/graph/plan/postpone.h"

#include <algorithm>

namespace reel {
namespace {

class Postponement {
 public:
  Postponement(const Graph& graph, const Targets& targets, Schedule& schedule)
      : graph_(graph), schedule_(schedule), readers_(graph.size()), is_root_(graph.size()) {
    for_each_read(graph, schedule, [&](int32_t id, int32_t input) {
      if (covers_fixed_rows(schedule.stage_of[input])) readers_[input].push_back(id);
    });
    for (const Var& root : targets.roots()) is_root_[root.id()] = true;
  }

  /// From the end on, so that what leads to a node can follow it.
  void run() {
    bool moved = false;
    for (auto it = schedule_.live.rbegin(); it != schedule_.live.rend(); ++it) {
      const std::optional<int32_t> stage = may_wait(*it) ? stage_of_readers(*it) : std::nullopt;
      if (!stage || bytes_kept_instead(*it) > graph_.node(*it).type.row_bytes()) continue;
      schedule_.stage_of[*it] = *stage;
      moved = true;
    }
    if (moved) rebuild_stages();
  }

 private:
  bool covers_fixed_rows(int32_t stage) const {
    return stage >= 0 && schedule_.stages[stage].extent != rows && !schedule_.stages[stage].whole;
  }

  bool may_wait(int32_t id) const {
    const Node& node = graph_.node(id);
    return node.leaf == Leaf::none && !is_root_[id] && !node.op->traits().accumulates &&
           schedule_.accumulator[id] == id;
  }

  /// The one later stage in which all readers of a value read it by row, if it covers the rows that the value has.
  std::optional<int32_t> stage_of_readers(int32_t id) const {
    const std::vector<int32_t>& readers = readers_[id];
    if (readers.empty()) return std::nullopt;
    const int32_t made_in = schedule_.stage_of[id], read_in = schedule_.stage_of[readers[0]];
    const Stage &from = schedule_.stages[made_in], &to = schedule_.stages[read_in];
    const bool fits = made_in < read_in && from.extent == to.extent && covers_fixed_rows(read_in);
    const auto reads_rows_there = [&](int32_t reader) {
      return schedule_.stage_of[reader] == read_in && reads_by_row(reader, id);
    };
    return fits && std::all_of(readers.begin(), readers.end(), reads_rows_there) ? std::optional(read_in)
                                                                                 : std::nullopt;
  }

  bool reads_by_row(int32_t reader, int32_t id) const {
    const Node& node = graph_.node(reader);
    const std::vector<Type> types = graph_.input_types(node);
    for (size_t i = 0; i < types.size(); ++i) {
      if (node.inputs[i] == id && !node.op->by_row(i, types, node.type)) return false;
    }
    return true;
  }

  /// What has to be kept for a node that runs later: operands that its own stage makes, unless they are kept anyway or
  /// can come along.
  int64_t bytes_kept_instead(int32_t id) const {
    const int32_t stage = schedule_.stage_of[id];
    const auto is_elsewhere = [&](int32_t reader) { return schedule_.stage_of[reader] != stage; };
    int64_t bytes = 0;
    for (const int32_t input : graph_.node(id).inputs) {
      const std::vector<int32_t>& readers = readers_[input];
      const bool is_kept = std::any_of(readers.begin(), readers.end(), is_elsewhere);
      const bool comes_along = readers.size() == 1 && may_wait(input);
      if (schedule_.stage_of[input] == stage && !is_kept && !comes_along) bytes += graph_.node(input).type.row_bytes();
    }
    return bytes;
  }

  /// Puts every node into the stage that it has come to, in the order of execution, and drops stages without any.
  void rebuild_stages() {
    std::vector<bool> runs(graph_.size());
    for (Stage& stage : schedule_.stages) {
      for (const int32_t id : stage.nodes) runs[id] = true;
      stage.nodes.clear();
    }
    for (const int32_t id : schedule_.live) {
      if (runs[id]) schedule_.stages[schedule_.stage_of[id]].nodes.push_back(id);
    }
    std::vector<int32_t> renumbered;
    int32_t count = 0;
    for (const Stage& stage : schedule_.stages) renumbered.push_back(stage.nodes.empty() ? -1 : count++);
    for (int32_t& stage : schedule_.stage_of) stage = stage < 0 ? stage : renumbered[stage];
    std::erase_if(schedule_.stages, [](const Stage& stage) { return stage.nodes.empty(); });
  }

  const Graph& graph_;
  Schedule& schedule_;
  std::vector<std::vector<int32_t>> readers_;
  std::vector<bool> is_root_;
};

}  // namespace

void postpone(const Graph& graph, const Targets& targets, Schedule& schedule) {
  Postponement(graph, targets, schedule).run();
}

}  // namespace reel
