#include "reel/graph/plan/instructions.h"

#include <algorithm>

#include "reel/graph/hash.h"

namespace reel {
namespace {

/// Bytes between rows of a value that lies in those of another.
int64_t row_gap(const Location& home, const Type& type, bool by_row) {
  return by_row ? home.row_bytes - type.row_bytes() : 0;
}

/// An arena starts anew with every tile, so its rows are counted from the tile's first.
InstructionOperand operand_at(const Location& home, const Type* type, bool by_row) {
  const int64_t row_bytes = by_row ? home.row_bytes : 0;
  return {home.base, home.offset, row_bytes, home.base == kArena ? 0 : row_bytes, type, row_gap(home, *type, by_row)};
}

/// Whether `next` is one more block of the contraction before it, into the same accumulator. No more than one chunk,
/// even if nothing stands between two.
bool joins(const Graph& graph, const Schedule& schedule, const Instruction& before, const Instruction& next) {
  const Node &a = graph.node(before.node), &b = graph.node(next.node);
  return next.op->traits().contraction && before.blocks < contraction_chunk(graph, a) && are_alike(graph, a, b) &&
         schedule.accumulator[before.node] == schedule.accumulator[next.node];
}

}  // namespace

size_t HashType::operator()(const Type& type) const {
  size_t hash = static_cast<size_t>(type.dtype);
  for (const int64_t extent : type.shape.dims()) mix(hash, static_cast<size_t>(extent));
  return hash;
}

Instructions make_instructions(const Graph& graph, const Schedule& schedule, const MemoryPlan& memory) {
  Instructions code;
  const auto type_of = [&](int32_t id) { return &*code.types.insert(graph.node(id).type).first; };
  for (const Stage& stage : schedule.stages) {
    std::vector<Instruction>& out = code.stages.emplace_back();
    out.reserve(stage.nodes.size());
    bool by_prefix = false;
    for (const int32_t id : stage.nodes) {
      if (memory.idle[id]) continue;
      const Node& node = graph.node(id);
      const std::vector<Type> types = graph.input_types(node);
      Instruction instruction{node.op.get(),
                              id,
                              static_cast<int32_t>(code.operands.size()),
                              static_cast<int32_t>(types.size()),
                              1,
                              {},
                              static_cast<int32_t>(code.block_spaces.size()),
                              0,
                              0,
                              memory.marks[id],
                              memory.often[id],
                              memory.scratch[id],
                              stage.whole ? extent_of(node, types) : 0,
                              reduces_rows(graph, schedule, id)};
      for (size_t i = 0; i < types.size(); ++i) {
        const Location& home = memory.home[node.inputs[i]];
        code.operands.push_back(operand_at(home, type_of(node.inputs[i]), node.op->by_row(i, types, node.type)));
      }
      code.block_spaces.push_back(node.op->traits().reduces_rows ? graph.input_space(node) : node.space);
      by_prefix = by_prefix || code.block_spaces.back() != kAllRows;
      const Location& home = memory.home[schedule.accumulator[id]];
      const bool in_frame = reduces_rows(graph, schedule, id);
      instruction.output = operand_at(home, type_of(id), !in_frame);
      if (in_frame) instruction.output.base = kFrame;
      if (memory.doubles[id] >= 0) {
        const size_t index = static_cast<size_t>(&stage - schedule.stages.data());
        const DoubleSum& sum = memory.stages[index].doubles.sums[static_cast<size_t>(memory.doubles[id])];
        const Type* wide = &*code.types.insert({DType::f64, node.type.shape}).first;
        instruction.output = {kDoubles, static_cast<int64_t>(sum.at), 0, 0, wide, 0};
      }
      if (memory.zeroes[id]) {
        (stage.whole ? instruction.zero_bytes : instruction.zero_row_bytes) =
            home.row_bytes * (stage.whole ? node.type.shape.lead() : 1);
      }
      if (!out.empty() && joins(graph, schedule, out.back(), instruction)) {
        ++out.back().blocks;
      } else {
        out.push_back(instruction);
      }
      const Instruction& last = out.back();
      code.most_operands = std::max(code.most_operands, static_cast<size_t>(last.operand_count * last.blocks));
      code.most_blocks = std::max(code.most_blocks, static_cast<size_t>(last.blocks));
    }
    code.by_prefix.push_back(by_prefix);
  }
  return code;
}

}  // namespace reel
