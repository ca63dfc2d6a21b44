#include "reel/graph/plan/traffic.h"

#include <algorithm>
#include <map>

namespace reel {
namespace {

int64_t bytes_of(const Type& type, int64_t batch_rows) {
  return type.shape.has_rows() ? type.row_bytes() * batch_rows : type.bytes();
}

}  // namespace

Traffic traffic_of(const Graph& graph, const Schedule& schedule, const MemoryPlan& memory, size_t index,
                   int64_t batch_rows) {
  const Stage& stage = schedule.stages[index];
  std::map<int32_t, int64_t> touched;  // by node id, what lies outside of arenas
  const auto touch = [&](int32_t id, int64_t most) {
    const bool outside = memory.home[id].base >= kFirstBuffer;
    if (outside) touched[id] = std::max(touched[id], std::min(bytes_of(graph.node(id).type, batch_rows), most));
  };
  for (const int32_t id : stage.nodes) {
    if (memory.idle[id]) continue;
    const Node& node = graph.node(id);
    const int64_t made = bytes_of(node.type, batch_rows);
    touch(id, made);
    for (const int32_t input : node.inputs) {
      const bool picks = node.op->traits().gather;  // no more of a table than it makes rows of
      if (schedule.accumulator[input] != id) touch(input, picks ? made : bytes_of(graph.node(input).type, batch_rows));
    }
  }
  const StageMemory& of_stage = memory.stages[index];
  Traffic traffic;
  for (const auto& [id, bytes] : touched) traffic.whole_bytes += bytes;
  traffic.arena_bytes_per_row =
      static_cast<double>(of_stage.arena_bytes) / static_cast<double>(std::max<int64_t>(1, stage.most_tile_rows));
  traffic.leaf_bytes = static_cast<int64_t>(of_stage.frame.zeroed + of_stage.doubles.zeroed);
  return traffic;
}

}  // namespace reel
