#include "reel/graph/plan/views.h"

#include <algorithm>
#include <unordered_map>

#include "reel/graph/thresholds.h"

namespace reel {
namespace {

class ViewFinder {
 public:
  ViewFinder(const Graph& graph, const Schedule& schedule, const Lifetimes& lives)
      : graph_(graph),
        schedule_(schedule),
        lives_(lives),
        views_(graph.size()),
        last_use_(graph.size(), -1),
        may_lie_apart_(graph.size(), true) {
    for (size_t id = 0; id < views_.size(); ++id) views_[id] = own_memory(static_cast<int32_t>(id));
    for_each_read(graph, schedule, [&](int32_t id, int32_t input) {
      if (!graph.node(id).op->traits().strided) may_lie_apart_[input] = false;
    });
  }

  std::vector<View> run() {
    for_each_of_tiles([&](int32_t id) { find_part(id); });
    // What lies in a value reads nothing of it.
    for_each_read(graph_, schedule_, [&](int32_t id, int32_t input) {
      if (!is_view(id)) last_use_[input] = std::max(last_use_[input], lives_.position[id]);
    });
    for_each_of_tiles([&](int32_t id) {
      if (!find_part_overwritten(id)) find_parts_joined(id);
    });
    for (const auto& [whole, members] : members_) {
      if (is_input(whole) || !wastes(whole, members)) continue;
      for (const int32_t id : members) views_[id] = own_memory(id);
    }
    return std::move(views_);
  }

 private:
  static View own_memory(int32_t id) { return {id, 0, false}; }

  /// The nodes of all stages but those that run whole values, in the order in which they run.
  template <class F>
  void for_each_of_tiles(F&& f) const {
    for (const Stage& stage : schedule_.stages) {
      if (!stage.whole) std::for_each(stage.nodes.begin(), stage.nodes.end(), f);
    }
  }

  bool is_view(int32_t id) const { return views_[id].whole != id; }
  int64_t row_bytes(int32_t id) const { return graph_.node(id).type.row_bytes(); }

  /// Whether it is written once, to a place in the scratch memory of its stage.
  bool is_scratch(int32_t id) const {
    const Node& node = graph_.node(id);
    const auto adds_to_it = [&](int32_t input) { return schedule_.accumulator[input] == id; };
    return node.leaf == Leaf::none && !lives_.external[id] && !node.op->traits().accumulates &&
           std::none_of(node.inputs.begin(), node.inputs.end(), adds_to_it);
  }

  /// Whether it is given to every run, and never written.
  bool is_input(int32_t id) const { return graph_.node(id).leaf == Leaf::input; }

  /// Whether it may become a view. What others lie in already stays where it is.
  bool may_move(int32_t id) const { return is_scratch(id) && !members_.contains(id); }

  void lay(int32_t id, View view) {
    views_[id] = view;
    members_[view.whole].push_back(id);
  }

  void find_part(int32_t id) {
    const Node& node = graph_.node(id);
    if (node.inputs.size() != 1 || !may_move(id)) return;
    const int32_t from = node.inputs[0];
    if (!may_lie_apart_[id] && row_bytes(id) != row_bytes(views_[from].whole)) return;
    const std::optional<int64_t> begin = node.op->part_of_row(graph_.node(from).type);
    const bool is_at_hand = is_scratch(from) && schedule_.stage_of[from] == schedule_.stage_of[id];
    if (!begin || !(is_at_hand || is_input(from))) return;
    lay(id, {views_[from].whole, views_[from].offset + *begin, true});
  }

  bool find_part_overwritten(int32_t id) {
    const Node& node = graph_.node(id);
    const Traits traits = node.op->traits();
    if (!traits.elementwise || !traits.strided || !may_lie_apart_[id] || !may_move(id)) return false;
    for (const int32_t input : node.inputs) {
      if (!is_view(input) || is_input(views_[input].whole) || !may_write_over(graph_, id, input) ||
          !is_last_to_read(id, input)) {
        continue;
      }
      lay(id, {views_[input].whole, views_[input].offset, false});
      return true;
    }
    return false;
  }

  /// Whether nobody reads after `id`, nor anybody else with it, what lies in the memory of its input.
  bool is_last_to_read(int32_t id, int32_t input) const {
    const int32_t at = lives_.position[id];
    const int32_t whole = views_[input].whole;
    const int64_t begin = views_[input].offset, end = begin + row_bytes(input);
    const auto is_in_use = [&](int32_t other) {
      const int64_t from = views_[other].offset, to = from + row_bytes(other);
      return other != input && from < end && begin < to && last_use_[other] >= at;
    };
    const std::vector<int32_t>& members = members_.at(whole);
    return last_use_[input] <= at && !is_in_use(whole) && std::none_of(members.begin(), members.end(), is_in_use);
  }

  void find_parts_joined(int32_t id) {
    const Node& node = graph_.node(id);
    if (!node.op->joins_rows() || !may_move(id)) return;
    const int32_t whole = views_[node.inputs[0]].whole;
    int64_t end = 0;
    for (const int32_t input : node.inputs) {
      if (!is_view(input) || views_[input].whole != whole || views_[input].offset != end) return;
      end += row_bytes(input);
    }
    if (end == row_bytes(whole)) lay(id, {whole, 0, true});
  }

  /// Whether less than half of the memory is in use, taken over the time in which all of it is held, if that is long.
  bool wastes(int32_t whole, const std::vector<int32_t>& members) const {
    const int64_t birth = lives_.position[whole];
    int64_t death = 0, used = 0;
    const auto add = [&](int32_t id) {
      death = std::max<int64_t>(death, lives_.last_use[id]);
      used += row_bytes(id) * (lives_.last_use[id] - lives_.position[id]);
    };
    add(whole);
    for (const int32_t id : members) add(id);
    return death - birth > kHeldBriefly && 2 * used < row_bytes(whole) * (death - birth);
  }

  const Graph& graph_;
  const Schedule& schedule_;
  const Lifetimes& lives_;
  std::vector<View> views_;
  std::vector<int32_t> last_use_;    // by node id: by those that read its memory, where `lives_` has all
  std::vector<bool> may_lie_apart_;  // by node id, whether all that read it take rows that lie apart
  std::unordered_map<int32_t, std::vector<int32_t>> members_;  // of wholes, in the order of their births
};

}  // namespace

std::vector<View> find_views(const Graph& graph, const Schedule& schedule, const Lifetimes& lives) {
  return ViewFinder(graph, schedule, lives).run();
}

}  // namespace reel
