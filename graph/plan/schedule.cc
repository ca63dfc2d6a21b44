#include "reel/graph/plan/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include "reel/graph/error.h"
#include "reel/graph/plan/postpone.h"
#include "reel/graph/thresholds.h"

namespace reel {
namespace {

/// Stands for the extent of stages that run whole values.
constexpr int64_t kWhole = -2;
/// By node id, when it should run so that values lie about for a short time: one that is larger than what dies in
/// making it right before its first use, all others at once, and so what adds to an accumulator.
std::vector<int32_t> find_places(const Graph& graph, const std::vector<int32_t>& live) {
  std::vector<int32_t> last_use(graph.size(), -1), place(graph.size()), earliest_user(graph.size(), graph.size());
  for (const int32_t id : live) {
    for (const int32_t input : graph.node(id).inputs) last_use[input] = id;
  }
  for (auto it = live.rbegin(); it != live.rend(); ++it) {
    const Node& node = graph.node(*it);
    int64_t freed = 0;
    for (const int32_t input : node.inputs) {
      if (graph.node(input).leaf == Leaf::none && last_use[input] == *it) freed += graph.node(input).type.row_bytes();
    }
    const bool waits = node.leaf == Leaf::none && last_use[*it] >= 0 && !node.op->traits().accumulates &&
                       freed < node.type.row_bytes();
    place[*it] = waits ? earliest_user[*it] : *it;
    for (const int32_t input : node.inputs) earliest_user[input] = std::min(earliest_user[input], place[*it]);
  }
  return place;
}

bool is_assigned(const Targets& targets, int32_t id) {
  return std::any_of(targets.assignments.begin(), targets.assignments.end(),
                     [id](const Assignment& a) { return a.value.id() == id; });
}

/// Passes leave nodes in any order that can be executed. In this one, nodes that the batch needs but that need none of
/// it go first, for a scale computed between forward and backward would part the two into stages; then what the guard
/// needs, so that it is placed when assigned values, which wait for it, ask after it; then all else. Of these in turn
/// what does not depend on the batch goes first, and then each at its place.
std::vector<int32_t> execution_order(const Graph& graph, const Targets& targets, const std::vector<int32_t>& live) {
  std::vector<bool> has_rows(graph.size()), of_batch(graph.size()), needed(graph.size()), guards(graph.size());
  for (const int32_t id : live) {
    const Node& node = graph.node(id);
    has_rows[id] = node.type.shape.has_rows();
    for (const int32_t input : node.inputs) {
      has_rows[id] = has_rows[id] || has_rows[input];
      of_batch[id] = of_batch[id] || of_batch[input];
    }
    of_batch[id] = of_batch[id] || has_rows[id] || is_assigned(targets, id);
  }
  if (targets.guard) guards[targets.guard->id()] = true;
  for (auto it = live.rbegin(); it != live.rend(); ++it) {
    for (const int32_t input : graph.node(*it).inputs) {
      needed[input] = needed[input] || needed[*it] || of_batch[*it];
      guards[input] = guards[input] || guards[*it];
    }
  }
  const auto turn = [&](int32_t id) {
    if (graph.node(id).leaf != Leaf::none || (needed[id] && !of_batch[id])) return 0;
    return guards[id] ? 1 : 2;
  };
  const std::vector<int32_t> places = find_places(graph, live);
  const auto key = [&](int32_t id) { return std::tuple(turn(id), static_cast<bool>(has_rows[id]), places[id]); };
  std::vector<int32_t> order = live;
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return key(a) < key(b); });
  return order;
}

class Scheduler {
 public:
  Scheduler(const Graph& graph, const Targets& targets)
      : graph_(graph), targets_(targets), uses_(count_uses(graph, targets.roots())) {
    schedule_.live = execution_order(graph, targets, reachable(graph, targets.roots()));
    schedule_.stage_of.assign(graph.size(), -1);
    schedule_.accumulator.resize(graph.size());
    for (const int32_t id : schedule_.live) schedule_.accumulator[id] = id;
  }

  Schedule run() {
    for (const int32_t id : schedule_.live) {
      if (graph_.node(id).leaf == Leaf::none && !share_accumulator(id)) place(id);
    }
    postpone(graph_, targets_, schedule_);
    for (Stage& stage : schedule_.stages) {
      if (!stage.whole) gather_contractions(stage);
      estimate_cost(stage);
    }
    cut_stages();
    return std::move(schedule_);
  }

 private:
  /// A sum that adds up in place, of nodes of one stage, each used by it alone, is their common buffer: nothing is left
  /// to run.
  bool share_accumulator(int32_t id) {
    const Node& node = graph_.node(id);
    if (!adds_up_in_place(graph_, node)) return false;
    const int32_t stage = schedule_.stage_of[node.inputs[0]];
    // A sum over rows is complete when all tiles are, others tile by tile: they cannot be one buffer. The latter may be
    // written right into a parameter, for which it has to wait for the guard.
    const bool whole = schedule_.stages[stage].whole;
    const bool over_rows = !whole && graph_.node(node.inputs[0]).op->traits().reduces_rows;
    if (is_assigned(targets_, id) && !over_rows) return false;
    const auto differs = [&](int32_t input) {
      return !whole && graph_.node(input).op->traits().reduces_rows != over_rows;
    };
    if (std::any_of(node.inputs.begin(), node.inputs.end(), differs)) return false;
    for (const int32_t input : node.inputs) {
      if (uses_[input] != 1 || schedule_.stage_of[input] != stage) return false;
    }
    for (const int32_t input : node.inputs) schedule_.accumulator[input] = id;
    schedule_.stage_of[id] = stage;
    return true;
  }

  void place(int32_t id) {
    const Node& node = graph_.node(id);
    const std::vector<Type> types = graph_.input_types(node);
    const int64_t extent = is_small(node, types) ? kWhole : extent_of(node, types);
    if (extent_of(node, types) == 0)
      throw ShapeError(fmt::format("{}: {} has no rows{}", node.op->name(), node.type.str(), in_layer(graph_, node)));
    int32_t earliest = is_assigned(targets_, id) && targets_.guard ? schedule_.stage_of[targets_.guard->id()] + 1 : 0;
    for (size_t i = 0; i < types.size(); ++i) {
      earliest = std::max(earliest, available(node.inputs[i], node.op->by_row(i, types, node.type), extent));
    }
    const int32_t stage = stage_at(extent, earliest);
    schedule_.stages[stage].nodes.push_back(id);
    schedule_.stage_of[id] = stage;
  }

  /// Sums at ids are not: as sums over a stage's rows they are kept in doubles.
  static bool is_small(const Node& node, std::span<const Type> types) {
    if (node.op->traits().sparse) return false;
    const auto fits = [](const Type& type) { return !type.shape.has_rows() && type.shape.size() <= kSmallElements; };
    return fits(node.type) && std::all_of(types.begin(), types.end(), fits);
  }

  /// First stage in which a reader over `extent` may read node `id`.
  int32_t available(int32_t id, bool by_row, int64_t extent) const {
    const int32_t stage = schedule_.stage_of[id];
    if (stage < 0) return 0;
    if (schedule_.stages[stage].whole) return extent == kWhole ? stage : stage + 1;
    const bool same_rows = by_row && schedule_.stages[stage].extent == extent;
    return same_rows && !reduces_rows(graph_, schedule_, id) ? stage : stage + 1;
  }

  int32_t stage_at(int64_t extent, int32_t earliest) {
    std::vector<int32_t>& known = by_extent_[extent];
    const auto it = std::lower_bound(known.begin(), known.end(), earliest);
    if (it != known.end()) return *it;
    Stage stage;
    stage.whole = extent == kWhole;
    stage.extent = stage.whole ? 1 : extent;
    schedule_.stages.push_back(std::move(stage));
    known.push_back(static_cast<int32_t>(schedule_.stages.size()) - 1);
    return known.back();
  }

  /// Puts contractions into one accumulator side by side, a chunk of one op and types at a time: which run together is
  /// decided by the accumulator's own nodes, and not by what else stands between them. Nobody in the stage reads what
  /// they add into, so they may wait for the last of their chunk.
  void gather_contractions(Stage& stage) const {
    std::map<int32_t, std::vector<int32_t>> waiting;  // by accumulator
    std::vector<int32_t> ordered;
    ordered.reserve(stage.nodes.size());
    for (const int32_t id : stage.nodes) {
      const Traits traits = graph_.node(id).op->traits();
      if (!traits.contraction || !traits.reduces_rows) {
        ordered.push_back(id);
        continue;
      }
      std::vector<int32_t>& chunk = waiting[schedule_.accumulator[id]];
      if (!chunk.empty() && !are_alike(graph_, graph_.node(chunk[0]), graph_.node(id))) {
        ordered.insert(ordered.end(), chunk.begin(), chunk.end());
        chunk.clear();
      }
      chunk.push_back(id);
      if (static_cast<int32_t>(chunk.size()) < contraction_chunk(graph_, graph_.node(id))) continue;
      ordered.insert(ordered.end(), chunk.begin(), chunk.end());
      chunk.clear();
    }
    for (const auto& [accumulator, chunk] : waiting) ordered.insert(ordered.end(), chunk.begin(), chunk.end());
    stage.nodes = std::move(ordered);
  }

  void estimate_cost(Stage& stage) const {
    for (const int32_t id : stage.nodes) {
      const Node& node = graph_.node(id);
      const std::vector<Type> types = types_read(node, graph_.input_types(node), graph_.passes().assumed_rows);
      const double flops = node.op->flops_per_row(types, node.type);
      stage.cost_per_row += static_cast<double>(node.type.row_bytes()) / 32 + flops / 32 + 4;
    }
  }

  void cut_stages() {
    const RowCutter cutter(graph_, targets_);
    const RowCut batch = targets_.batch_cut ? *targets_.batch_cut : cutter.of_batch();
    for (Stage& stage : schedule_.stages) {
      if (stage.whole) continue;
      RowCut& cut = stage;
      cut = stage.extent == rows ? batch : cutter.of_fixed(stage.extent, stage.nodes);
    }
  }

  const Graph& graph_;
  const Targets& targets_;
  std::vector<int32_t> uses_;
  Schedule schedule_;
  std::map<int64_t, std::vector<int32_t>> by_extent_;
};

}  // namespace

int64_t Stage::leaves_per_tile(int64_t batch_rows, int64_t threads) const {
  const int64_t leaves = leaf_count(batch_rows), most = std::max<int64_t>(1, most_tile_rows / leaf_rows_of(batch_rows));
  int64_t best = 1;
  double least_time = std::numeric_limits<double>::infinity();
  for (int64_t size = 1; size <= std::min(most, leaves); ++size) {
    const int64_t tiles = (leaves + size - 1) / size, rounds = (tiles + threads - 1) / threads;
    const double time = static_cast<double>(rounds) * (static_cast<double>(size) + kTileOverhead);
    if (time < least_time) best = size, least_time = time;
  }
  return best;
}

int32_t contraction_chunk(const Graph& graph, const Node& node) {
  int64_t row_bytes = 0;
  for (const Type& type : graph.input_types(node)) row_bytes += type.row_bytes();
  return node.type.bytes() > kNearestBytes && row_bytes <= kNarrowRowBytes ? kNarrowContractions : kContractions;
}

bool are_alike(const Graph& graph, const Node& a, const Node& b) {
  return a.op == b.op && graph.input_types(a) == graph.input_types(b);
}

bool reduces_rows(const Graph& graph, const Schedule& schedule, int32_t id) {
  const Node& node = graph.node(id);
  if (node.leaf != Leaf::none || schedule.stages[schedule.stage_of[id]].whole) return false;
  if (node.op->traits().reduces_rows) return true;
  const bool is_shared = !node.inputs.empty() && schedule.accumulator[node.inputs[0]] == id;
  return is_shared && graph.node(node.inputs[0]).op->traits().reduces_rows;
}

Schedule make_schedule(const Graph& graph, const Targets& targets) { return Scheduler(graph, targets).run(); }

}  // namespace reel
