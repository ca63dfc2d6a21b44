#include "reel/graph/run/simulation.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <optional>
#include <queue>

#include "reel/graph/run/reduction_tree.h"

namespace reel {
namespace {

/// Workers of a phase, each at its own time.
class PhaseSchedule {
 public:
  PhaseSchedule(const PhaseCosts& phase, double wake_seconds) : phase_(phase), is_waiting_(phase.joins.size()) {
    for (int i = 0; i < phase.workers; ++i) {
      workers_.push_back({});
      queue_.emplace(wake_seconds * static_cast<double>(std::bit_width(static_cast<unsigned>(i))), i);
    }
  }

  /// Until all are done. What workers have in common changes in the order of time.
  double run() {
    double end = 0;
    while (!queue_.empty()) {
      const auto [now, index] = queue_.top();
      queue_.pop();
      if (const std::optional<double> seconds = next_work(workers_[static_cast<size_t>(index)])) {
        queue_.emplace(now + *seconds, index);
        end = std::max(end, now + *seconds);
      }
    }
    return end;
  }

 private:
  struct Worker {
    TileCost tile = {};                   // what is left to hand in of it
    std::optional<TreeClimb> climb = {};  // of the leaf that it hands in
  };

  /// Seconds of what the worker does next, or nothing if nothing is left for it.
  std::optional<double> next_work(Worker& worker) {
    for (;;) {
      if (worker.climb) {
        if (const std::optional<double> join = next_join(worker)) return join;
      } else if (worker.tile.leaves > 0) {
        worker.climb.emplace(worker.tile.first_leaf++, phase_.leaves);
        --worker.tile.leaves;
      } else if (next_tile_ < phase_.tiles.size()) {
        worker.tile = phase_.tiles[next_tile_++];
        return worker.tile.seconds;
      } else {
        return std::nullopt;
      }
    }
  }

  std::optional<double> next_join(Worker& worker) {
    TreeClimb& climb = *worker.climb;
    const auto place = static_cast<size_t>(climb.place());
    if (climb.at_root()) {
      worker.climb.reset();
      return phase_.joins[place];
    }
    const bool joins = climb.has_sibling();
    if (joins && !is_waiting_[place]) {
      is_waiting_[place] = true;
      worker.climb.reset();
      return std::nullopt;
    }
    climb.go_up();
    return joins ? std::optional(phase_.joins[place]) : std::nullopt;
  }

  const PhaseCosts& phase_;
  std::vector<bool> is_waiting_;  // by place in the tree: whether one of the two sums is in
  std::vector<Worker> workers_;
  using Turn = std::pair<double, int>;  // when which worker is free
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> queue_;
  size_t next_tile_ = 0;
};

}  // namespace

double schedule_phase(const PhaseCosts& phase, double wake_seconds) { return PhaseSchedule(phase, wake_seconds).run(); }

double bytes_moved(const PhaseCosts& phase, const Machine& machine) {
  const double cache = machine.core_cache_bytes + machine.all_cache_bytes / phase.workers;
  double bytes = phase.whole_bytes > machine.all_cache_bytes ? phase.whole_bytes : 0;
  for (const TileCost& tile : phase.tiles) {
    if (tile.bytes > cache) bytes += 2 * tile.bytes;
  }
  return bytes;
}

Prediction simulate(const RunCosts& costs, const Machine& machine) {
  Prediction prediction{.lone_seconds = costs.between_seconds};
  for (const PhaseCosts& phase : costs.phases) {
    const double scheduled = schedule_phase(phase, machine.wake_seconds);
    if (phase.workers == 1) {
      prediction.lone_seconds += scheduled;
      continue;
    }
    const double moved = machine.bytes_per_second > 0 ? bytes_moved(phase, machine) / machine.bytes_per_second : 0;
    const double waited = std::max(0.0, moved - scheduled);
    prediction.seconds += scheduled + waited;
    prediction.memory_seconds += waited;
    for (const TileCost& tile : phase.tiles) prediction.tile_seconds += tile.seconds;
    for (const double join : phase.joins) prediction.join_seconds += join;
  }
  prediction.seconds += prediction.lone_seconds;
  return prediction;
}

}  // namespace reel
