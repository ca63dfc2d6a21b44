// Instructions: a schedule and its memory plan as flat arrays, so that running a node costs a few additions and one
// virtual call.
#pragma once

#include <unordered_set>
#include <vector>

#include "reel/graph/plan/memory.h"

namespace reel {

struct InstructionOperand {
  int32_t base;
  int64_t offset;
  int64_t row_bytes;   ///< from one row to the next; 0 when read whole
  int64_t tile_bytes;  ///< the same, or 0 where every tile starts at the offset
  const Type* type;
  int64_t gap;  ///< see Operand
};

struct Instruction {
  const Op* op;
  int32_t node;
  int32_t first_operand;
  int32_t operand_count;  ///< of one block
  int32_t blocks;         ///< more than 1: contractions into one output, whose operands follow one another
  InstructionOperand output;
  int32_t first_block;     ///< of the rows that its blocks run over
  int64_t zero_row_bytes;  ///< bytes a row to zero before the op adds into its output; 0 for none
  int64_t zero_bytes;      ///< likewise, however many rows there are
  int64_t marks;           ///< of a sparse sum, in the frame; otherwise -1
  int32_t often;           ///< of a sparse sum of floats, which of the stage's; otherwise -1
  int64_t scratch;         ///< of the op, in the arena; otherwise -1
  int64_t rows;            ///< of every block, for values that run whole; otherwise 0
  bool by_leaf;            ///< adds to the sums of each leaf by itself
};

struct HashType {
  size_t operator()(const Type& type) const;
};

struct Instructions {
  std::vector<std::vector<Instruction>> stages;
  std::vector<InstructionOperand> operands;
  std::unordered_set<Type, HashType> types;  ///< each once, so that equal types have equal addresses
  std::vector<RowSpace> block_spaces;
  size_t most_operands = 0;  ///< of all blocks of one instruction
  size_t most_blocks = 1;
  std::vector<bool> by_prefix;  ///< by stage: whether it holds values by prefix
};

Instructions make_instructions(const Graph& graph, const Schedule& schedule, const MemoryPlan& memory);

}  // namespace reel
