#include "reel/graph/run/instructions.h"

#include <algorithm>

namespace reel {
namespace {

/// An arena starts anew with every tile, so its rows are counted from the tile's first.
int64_t row_step(const Location& home, bool by_row) { return by_row && home.base != kArena ? home.row_bytes : 0; }

}  // namespace

Instructions make_instructions(const Graph& graph, const Schedule& schedule, const MemoryPlan& memory) {
  Instructions code;
  code.types.reserve(graph.size());  // pointers into it are handed out
  for (int32_t id = 0; id < graph.size(); ++id) code.types.push_back(graph.node(id).type);
  for (const Stage& stage : schedule.stages) {
    std::vector<Instruction>& out = code.stages.emplace_back();
    out.reserve(stage.nodes.size());
    for (const int32_t id : stage.nodes) {
      const Node& node = graph.node(id);
      const std::vector<Type> types = graph.input_types(node);
      Instruction instruction{
          node.op.get(), id, static_cast<int32_t>(code.operands.size()), static_cast<int32_t>(types.size()), {}, 0};
      for (size_t i = 0; i < types.size(); ++i) {
        const Location& home = memory.home[node.inputs[i]];
        code.operands.push_back({home.base, home.offset, row_step(home, node.op->by_row(i, types, node.type)),
                                 &code.types[node.inputs[i]]});
      }
      const Location& home = memory.home[schedule.accumulator[id]];
      const bool in_frame = reduces_rows(graph, schedule, id);
      instruction.output = {in_frame ? static_cast<int32_t>(kFrame) : home.base, home.offset,
                            in_frame ? 0 : row_step(home, true), &code.types[id]};
      if (memory.zeroes[id]) instruction.zero_row_bytes = home.row_bytes;
      code.most_operands = std::max(code.most_operands, types.size());
      out.push_back(instruction);
    }
  }
  return code;
}

}  // namespace reel
