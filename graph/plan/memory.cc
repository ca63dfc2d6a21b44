#include "reel/graph/plan/memory.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "reel/graph/plan/align.h"
#include "reel/graph/plan/arena.h"
#include "reel/graph/plan/views.h"
#include "reel/graph/thresholds.h"

namespace reel {
namespace {

class Planner {
 public:
  Planner(const Graph& graph, const Targets& targets, const Schedule& schedule)
      : graph_(graph),
        targets_(targets),
        schedule_(schedule),
        lives_(find_lifetimes(graph, targets, schedule)),
        views_(find_views(graph, schedule, lives_)) {
    plan_.home.resize(graph.size());
    plan_.zeroes.assign(graph.size(), false);
    plan_.idle.assign(graph.size(), false);
    plan_.marks.assign(graph.size(), -1);
    plan_.doubles.assign(graph.size(), -1);
    plan_.often.assign(graph.size(), -1);
    plan_.scratch.assign(graph.size(), -1);
    plan_.stages.resize(schedule.stages.size());
    deaths_.assign(graph.size(), -1);
    arena_index_.assign(graph.size(), -1);
  }

  MemoryPlan run() {
    for (const int32_t id : schedule_.live) {
      const Node& node = graph_.node(id);
      if (node.leaf != Leaf::none || (lives_.external[id] && owner(id) == id && !in_frame(id))) add_buffer(id, -1);
      for (const int32_t input : node.inputs) {
        if (graph_.node(input).leaf == Leaf::parameter) readers_[input].push_back(id);
      }
      deaths_[whole(id)] = std::max({deaths_[whole(id)], lives_.position[id], lives_.last_use[id]});
    }
    place_assignments();
    for (size_t stage = 0; stage < schedule_.stages.size(); ++stage) {
      plan_frame(static_cast<int32_t>(stage));
      plan_arena(static_cast<int32_t>(stage));
    }
    point_at_finished_frames();
    return std::move(plan_);
  }

 private:
  int32_t owner(int32_t id) const { return schedule_.accumulator[id]; }
  /// The value in whose memory it lies.
  int32_t whole(int32_t id) const { return views_[owner(id)].whole; }
  bool in_frame(int32_t id) const { return reduces_rows(graph_, schedule_, id); }

  void add_buffer(int32_t id, int32_t in_place_of) {
    plan_.home[id] = {kFirstBuffer + static_cast<int32_t>(plan_.buffers.size()), 0, graph_.node(id).type.row_bytes()};
    plan_.buffers.push_back({id, in_place_of});
  }

  void place_assignments() {
    for (const auto& [parameter, value] : targets_.assignments) {
      if (!waits_for_guard(value.id()) || !may_overwrite(parameter.id(), value.id())) continue;
      plan_.buffers[plan_.home[value.id()].base - kFirstBuffer].in_place_of = parameter.id();
      plan_.stages[schedule_.stage_of[value.id()]].commits = true;
    }
  }

  /// Whether the guard is known before the value is computed. It is not where the guard itself has come to need it.
  bool waits_for_guard(int32_t value) const {
    return !targets_.guard || schedule_.stage_of[value] > schedule_.stage_of[targets_.guard->id()];
  }

  /// Whether every reader of the parameter is done with a row before the value's node writes that row.
  bool may_overwrite(int32_t parameter, int32_t value) const {
    const Node& writer = graph_.node(value);
    if (writer.leaf != Leaf::none || in_frame(value) || writer.op->traits().accumulates) return false;
    const auto is_output = [&](Var output) { return output.id() == parameter || output.id() == value; };
    if (std::any_of(targets_.outputs.begin(), targets_.outputs.end(), is_output)) return false;
    const auto is_same = [&](const Assignment& a) { return a.value.id() == value; };
    if (std::count_if(targets_.assignments.begin(), targets_.assignments.end(), is_same) != 1) return false;
    const auto takes_it = [&](const Assignment& a) { return a.value.id() == parameter; };
    if (std::any_of(targets_.assignments.begin(), targets_.assignments.end(), takes_it)) return false;
    const auto readers = readers_.find(parameter);
    if (readers == readers_.end()) return true;
    for (const int32_t id : readers->second) {
      const Node& node = graph_.node(id);
      const std::vector<Type> types = graph_.input_types(node);
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        if (node.inputs[i] != parameter) continue;
        const int32_t stage = schedule_.stage_of[id], written = schedule_.stage_of[value];
        const bool complete = schedule_.stages[written].whole && id != value;
        const bool before =
            stage == written && (complete || node.op->by_row(i, types, node.type)) &&
            (id == value ? node.op->may_overwrite(i, types) : lives_.position[id] < lives_.position[value]);
        if (stage > written || (stage == written && !before)) return false;
      }
    }
    return true;
  }

  void plan_frame(int32_t stage) {
    FrameLayout& frame = plan_.stages[stage].frame;
    std::vector<int32_t> narrow, wide, sparse;
    for (const int32_t sum : sums_of(stage)) {
      (is_sparse(stage, sum) ? sparse : is_wide(sum) ? wide : narrow).push_back(sum);
    }
    place_sums(narrow, frame);
    frame.f64_begin = frame.bytes;
    place_sums(wide, frame);
    frame.dense = frame.bytes;
    place_marks(sparse, frame);
    frame.zeroed = frame.bytes;
    place_sums(sparse, frame);
    for (const int32_t sum : sparse) {
      const Location& home = plan_.home[sum];
      frame.sparse.push_back({static_cast<size_t>(home.offset), static_cast<size_t>(plan_.marks[sum]),
                              graph_.node(sum).type.shape.lead(), static_cast<size_t>(home.row_bytes), is_wide(sum)});
    }
    place_doubles(stage, narrow, sparse);
    for (const int32_t id : schedule_.stages[stage].nodes) {
      if (!in_frame(id)) continue;
      plan_.home[id] = plan_.home[owner(id)];
      plan_.marks[id] = plan_.marks[owner(id)];
      plan_.doubles[id] = plan_.doubles[owner(id)];
      plan_.often[id] = plan_.often[owner(id)];
    }
  }

  void place_sums(const std::vector<int32_t>& sums, FrameLayout& frame) {
    for (const int32_t sum : sums) {
      const Type& type = graph_.node(sum).type;
      plan_.home[sum] = {kFrame, static_cast<int64_t>(frame.bytes), type.row_bytes()};
      frame.bytes += static_cast<size_t>(aligned(type.bytes()));
    }
  }

  void place_marks(const std::vector<int32_t>& sums, FrameLayout& frame) {
    for (const int32_t sum : sums) {
      plan_.marks[sum] = static_cast<int64_t>(frame.bytes);
      frame.bytes += static_cast<size_t>(aligned(bytes_of_marks(graph_.node(sum).type.shape.lead())));
    }
  }

  void place_doubles(int32_t stage, const std::vector<int32_t>& dense, const std::vector<int32_t>& sparse) {
    DoublesLayout& doubles = plan_.stages[stage].doubles;
    const auto take = [&](int64_t count, size_t size) {
      const int64_t bytes = aligned(count * static_cast<int64_t>(size));
      return std::exchange(doubles.bytes, doubles.bytes + static_cast<size_t>(bytes));
    };
    for (const int32_t sum : dense) {
      if (!adds_in_double(stage, sum)) continue;
      const int64_t size = graph_.node(sum).type.shape.size();
      plan_.doubles[sum] = static_cast<int32_t>(doubles.sums.size());
      doubles.sums.push_back({take(size, sizeof(double)), static_cast<size_t>(plan_.home[sum].offset), size});
    }
    for (const int32_t sum : sparse) {
      if (is_wide(sum)) continue;
      const Shape& shape = graph_.node(sum).type.shape;
      plan_.often[sum] = static_cast<int32_t>(doubles.often.size());
      doubles.often.push_back({take(shape.lead(), sizeof(int32_t)), 0, static_cast<size_t>(plan_.home[sum].offset),
                               shape.lead(), shape.row_size()});
    }
    doubles.zeroed = doubles.bytes;
    for (OftenSum& sum : doubles.often) sum.at = take(sum.rows * sum.row_size, sizeof(double));
  }

  /// What the stage sums over rows, in the order in which it first adds to each.
  std::vector<int32_t> sums_of(int32_t stage) const {
    std::vector<int32_t> sums;
    std::vector<bool> seen(graph_.size());
    for (const int32_t id : schedule_.stages[stage].nodes) {
      if (!in_frame(id) || seen[owner(id)]) continue;
      seen[owner(id)] = true;
      sums.push_back(owner(id));
    }
    return sums;
  }

  bool is_wide(int32_t id) const { return graph_.node(id).type.dtype == DType::f64; }

  /// Whether all that adds to it adds to few rows, and these are worth a mark.
  bool is_sparse(int32_t stage, int32_t sum) const {
    const Type& type = graph_.node(sum).type;
    if (type.bytes() < kWorthMarking || type.row_bytes() < kWorthMarkingRow) return false;
    return all_add_so(stage, sum, [](const Traits& traits) { return traits.sparse; });
  }

  /// Whether it is of floats, and all that adds to it may as well add to doubles.
  bool adds_in_double(int32_t stage, int32_t sum) const {
    if (graph_.node(sum).type.dtype != DType::f32) return false;
    return all_add_so(stage, sum, [](const Traits& traits) { return traits.adds_to_doubles; });
  }

  template <class Predicate>
  bool all_add_so(int32_t stage, int32_t sum, Predicate&& holds) const {
    const std::vector<int32_t>& nodes = schedule_.stages[stage].nodes;
    return std::all_of(nodes.begin(), nodes.end(),
                       [&](int32_t id) { return owner(id) != sum || holds(graph_.node(id).op->traits()); });
  }

  void plan_arena(int32_t stage) {
    std::vector<int32_t> homes;  // by value; -1 for what an op needs while it runs
    std::vector<ArenaValue> values;
    std::vector<std::pair<int32_t, size_t>> scratch;  // node and value
    for (const int32_t id : schedule_.stages[stage].nodes) {
      const int32_t home = whole(id);
      if (!in_frame(id) && plan_.home[home].base < 0 && arena_index_[home] < 0) {
        values.push_back(arena_value(stage, id, values));
        arena_index_[home] = static_cast<int32_t>(homes.size());
        homes.push_back(home);
      }
      if (const int64_t bytes = scratch_bytes(stage, id); bytes > 0) {
        scratch.emplace_back(id, values.size());
        values.push_back({bytes, lives_.position[id], lives_.position[id]});
        homes.push_back(-1);
      }
    }
    const ArenaLayout layout = lay_out_arena(values);
    for (const auto& [id, value] : scratch) plan_.scratch[id] = layout.offsets[value];
    for (size_t i = 0; i < homes.size(); ++i) {
      if (homes[i] >= 0) plan_.home[homes[i]] = {kArena, layout.offsets[i], graph_.node(homes[i]).type.row_bytes()};
    }
    plan_.stages[stage].arena_bytes = static_cast<size_t>(layout.bytes);
    for (const int32_t id : schedule_.stages[stage].nodes) {
      if (in_frame(id)) continue;
      plan_.home[id] = plan_.home[whole(id)];
      plan_.home[id].offset += views_[owner(id)].offset;
      plan_.idle[id] = views_[id].idle;
      plan_.zeroes[id] = graph_.node(id).op->traits().accumulates && first_of(owner(id)) == id;
    }
  }

  int64_t scratch_bytes(int32_t stage, int32_t id) const {
    const Node& node = graph_.node(id);
    const std::vector<Type> types = graph_.input_types(node);
    return node.op->scratch_bytes(types, node.type, rows_in(stage, extent_of(node, types)));
  }

  /// The most rows that run at a time, of `extent` in all.
  int64_t rows_in(int32_t stage, int64_t extent) const {
    const Stage& in = schedule_.stages[stage];
    return in.whole ? extent : in.most_tile_rows;
  }

  /// What node `id` is the first to write, `before` being what stands in the stage's arena already.
  ArenaValue arena_value(int32_t stage, int32_t id, std::span<const ArenaValue> before) const {
    const Type& type = graph_.node(whole(id)).type;
    ArenaValue value{type.row_bytes() * rows_in(stage, type.shape.lead()), lives_.position[id], deaths_[whole(id)]};
    for (const int32_t input : graph_.node(id).inputs) {
      const int32_t found = schedule_.stage_of[input] == stage ? arena_index_[input] : -1;
      if (found >= 0 && before[found].death == value.birth && may_write_over(graph_, id, input)) {
        value.replaceable.push_back(found);
      }
    }
    return value;
  }

  /// The first node to run among those that add into `sum`.
  int32_t first_of(int32_t sum) const {
    int32_t first = sum;
    for (const int32_t input : graph_.node(sum).inputs) {
      if (owner(input) == sum && (first == sum || lives_.position[input] < lives_.position[first])) first = input;
    }
    return first;
  }

  /// Later stages read accumulators where the joined frame stands.
  void point_at_finished_frames() {
    for (const int32_t id : schedule_.live) {
      if (graph_.node(id).leaf == Leaf::none && in_frame(id) && owner(id) == id) finished_.push_back(id);
    }
    for (const int32_t id : finished_) plan_.home[id].base = plan_.finished_frame(schedule_.stage_of[id]);
  }

  const Graph& graph_;
  const Targets& targets_;
  const Schedule& schedule_;
  const Lifetimes lives_;
  const std::vector<View> views_;
  MemoryPlan plan_;
  std::vector<int32_t> deaths_;       // of values with memory of their own: where in its stage it is read last
  std::vector<int32_t> arena_index_;  // by node id: of the value among those of its stage's arena; -1 elsewhere
  std::vector<int32_t> finished_;
  std::unordered_map<int32_t, std::vector<int32_t>> readers_;  // of parameters
};

}  // namespace

MemoryPlan plan_memory(const Graph& graph, const Targets& targets, const Schedule& schedule) {
  return Planner(graph, targets, schedule).run();
}

}  // namespace reel
