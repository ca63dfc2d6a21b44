// A graph with its schedule and memory plan, and the rules that hold for any: what is read where, and what lies where.
#pragma once

#include <map>

#include "reel/graph/plan/memory.h"

namespace reel::testing {

struct Planned {
  const Graph& graph;
  const Targets& targets;
  Schedule schedule;
  MemoryPlan memory;
  std::map<int32_t, int32_t> position = {};  // in its stage

  Planned(Graph& of, const Targets& planned)
      : graph(of), targets(planned), schedule(make_schedule(of, planned)), memory(plan_memory(of, planned, schedule)) {
    for (const Stage& stage : schedule.stages) {
      for (size_t i = 0; i < stage.nodes.size(); ++i) position[stage.nodes[i]] = static_cast<int32_t>(i);
    }
  }

  bool is_leaf(int32_t id) const { return graph.node(id).leaf != Leaf::none; }
  int32_t stage_of(int32_t id) const { return schedule.stage_of[static_cast<size_t>(id)]; }
  const Stage& stage(int32_t id) const { return schedule.stages[static_cast<size_t>(stage_of(id))]; }
  bool runs_whole(int32_t id) const { return stage(id).whole; }
  int32_t owner(int32_t id) const { return schedule.accumulator[static_cast<size_t>(id)]; }
  bool in_frame(int32_t id) const { return reduces_rows(graph, schedule, id); }
  const Location& home(int32_t id) const { return memory.home[static_cast<size_t>(id)]; }
  bool by_row(const Node& reader, size_t input) const {
    return reader.op->by_row(input, graph.input_types(reader), reader.type);
  }
  bool is_idle(int32_t id) const { return memory.idle[static_cast<size_t>(id)]; }

  /// Rows that a value has in a tile, or all if its stage runs it whole.
  int64_t rows_of(int32_t id) const {
    return runs_whole(id) ? graph.node(id).type.shape.lead() : stage(id).most_tile_rows;
  }
  /// Whether it has memory in its stage's arena that is not that of another.
  bool has_slot(int32_t id) const {
    const bool is_part = is_idle(id) || home(id).row_bytes > graph.node(id).type.row_bytes();
    return home(id).base == kArena && owner(id) == id && !is_part;
  }
};

/// Requires every rule.
void check_all(const Planned& plan);

}  // namespace reel::testing
