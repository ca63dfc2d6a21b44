#include "reel/graph/run/executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <span>

#include "reel/graph/error.h"
#include "reel/graph/finite.h"
#include "reel/graph/located.h"
#include "reel/graph/run/subnormals.h"
#include "reel/graph/run/threads.h"
#include "reel/graph/thresholds.h"

namespace reel {
namespace {

void run_blocks(const Op& op, std::span<const Block> blocks) {
  if (blocks.size() == 1) {
    op.run(blocks[0]);
  } else {
    op.run_many(blocks);
  }
}

/// Rounds what a leaf has added up in doubles into its frame.
void round_sum(const DoubleSum& sum, const std::byte* doubles, std::byte* frame) {
  const double* from = reinterpret_cast<const double*>(doubles + sum.at);
  float* to = reinterpret_cast<float*>(frame + sum.begin);
  for (int64_t i = 0; i < sum.size; ++i) to[i] = static_cast<float>(from[i]);
}

/// Asks for what instruction i of a stage is about to need: the op, of which those of single steps lie anywhere; a few
/// instructions later, operands and the instructions themselves. A tile needs each once, and no near cache holds all.
void ask_ahead(const Instructions& code, const std::vector<Instruction>& stage, size_t i) {
  constexpr size_t kOp = 4, kOperands = 8, kInstruction = 12, kLine = 64;
  if (i + kInstruction >= stage.size()) return;
  const auto ask = [](const void* address) {
    __builtin_prefetch(address);
    __builtin_prefetch(static_cast<const std::byte*>(address) + kLine);
  };
  __builtin_prefetch(stage[i + kOp].op);
  ask(code.operands.data() + stage[i + kOperands].first_operand);
  ask(&stage[i + kInstruction]);
}

/// For a leaf's number: all of the tile.
constexpr int64_t kAllLeaves = -1;

/// Hands out 0, 1, ... count - 1 to whoever asks, each once.
template <class F>
void take_each(std::atomic<int64_t>& next, int64_t count, F&& work) {
  for (int64_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) work(i);
}

}  // namespace

std::byte* Executor::Scratch::of_size(size_t needed, const char* what) {
  if (bytes < needed) {
    memory = allocate(needed, what);
    bytes = needed;
  }
  return memory.get();
}

Executor::Executor(const Plan& plan) : plan_(plan), recorder_(plan) {
  const std::vector<std::vector<Instruction>>& stages = plan.code.stages;
  for (size_t stage = 0; stage < stages.size(); ++stage) {
    const bool sums = std::any_of(stages[stage].begin(), stages[stage].end(),
                                  [](const Instruction& instruction) { return instruction.by_leaf; });
    trees_.push_back(sums ? std::make_unique<ReductionTree>(plan.memory.stages[stage].frame) : nullptr);
  }
  bases_.resize(kFirstBuffer + plan.memory.buffers.size() + stages.size());
}

PrefixTree::Range Executor::Tile::range(RowSpace space, int64_t leaf) const {
  if (leaf == kAllLeaves) return {0, space == kAllRows ? row_count : prefixes->count(space)};
  if (space != kAllRows) return prefixes->leaf(space, leaf);
  return {leaf * leaf_rows, std::min(leaf_rows, row_count - leaf * leaf_rows)};
}

void Executor::run_stage(size_t index, int64_t batch_rows, bool check) {
  batch_rows_ = batch_rows;
  checking_ = check;
  const Stage& stage = plan_.schedule.stages[index];
  const int64_t count = stage.row_count(batch_rows), leaf_rows = stage.leaf_rows_of(batch_rows);
  const bool alone = check || stage.cost_per_row * static_cast<double>(count) < kWorthAThread;
  rehearsal_ = Rehearsal::current();
  const int available = alone ? 1 : rehearsal_ ? rehearsal_->threads() : threads();
  const Cut cut{count, leaf_rows, leaf_rows * stage.leaves_per_tile(batch_rows, available)};
  run_cut(index, cut, available);
  // Of several failures the first by rows is told: within a tile of several leaves, a later row may have failed first.
  if (failure_.is_any() && cut.tile_rows > leaf_rows) run_cut(index, {count, leaf_rows, leaf_rows}, available);
  failure_.rethrow();
  if (trees_[index]) bases_[plan_.memory.finished_frame(static_cast<int32_t>(index))] = trees_[index]->root();
}

void Executor::run_cut(size_t index, const Cut& cut, int available) {
  const int64_t tiles = cut.tiles();
  if (trees_[index]) trees_[index]->start(plan_.schedule.stages[index].leaf_count(batch_rows_));
  const int wanted = static_cast<int>(std::min<int64_t>(available, tiles)), workers = rehearsal_ ? 1 : wanted;
  while (static_cast<int>(workers_.size()) < workers) workers_.emplace_back();
  const Recorder::Stage recording(recorder_, index, workers);
  for (int i = 0; i < workers; ++i) workers_[i].record = recording.record(i);
  if (rehearsal_ && plan_.code.by_prefix[index]) rehearsal_->add_phase(wanted);
  if (plan_.code.by_prefix[index]) find_prefixes(cut, workers);
  if (rehearsal_) rehearse_tiles(index, wanted);
  next_tile_ = 0;
  failure_.start();
  if (workers == 1) {
    run_tiles(index, cut, wanted, workers_[0]);
  } else {
    for_each_worker(workers, [&](int worker) { run_tiles(index, cut, wanted, workers_[worker]); });
  }
  if (trees_[index] && !failure_.is_any()) finish_sums(index, wanted);
}

/// Joins that were put off, part by part.
void Executor::finish_sums(size_t index, int wanted) {
  const ReductionTree& tree = *trees_[index];
  const int64_t parts = tree.parts_put_off();
  if (parts == 0) return;
  if (rehearsal_) rehearsal_->add_phase(wanted);
  next_tile_ = 0;
  const auto join = [&](int worker) {
    const StageTimer timer(workers_[worker].record);
    const FlushSubnormals flush;
    take_each(next_tile_, parts, [&](int64_t part) {
      const CostTimer cost(rehearsal_ ? rehearsal_->add_tile({}) : nullptr);
      tree.join_part(part);
    });
  };
  for_each_worker(rehearsal_ ? 1 : wanted, std::cref(join));
}

/// Finds what the rows of each tile share. Tiles with more to do go first, so that threads are done at the same time.
void Executor::find_prefixes(const Cut& cut, int workers) {
  const Location& home = plan_.memory.home[plan_.prefix_source];
  const int64_t steps = plan_.prefix_steps(), tiles = cut.tiles();
  if (static_cast<int64_t>(prefixes_.size()) < tiles) prefixes_.resize(static_cast<size_t>(tiles));
  next_tile_ = 0;
  const auto build = [&](int) {
    take_each(next_tile_, tiles, [&](int64_t tile) {
      const CostTimer timer(rehearsal_ ? rehearsal_->add_tile({}) : nullptr);
      const std::byte* ids = bases_[home.base] + home.offset + home.row_bytes * tile * cut.tile_rows;
      prefixes_[tile].build(reinterpret_cast<const int32_t*>(ids), cut.rows_of(tile), steps, cut.leaf_rows);
    });
  };
  for_each_worker(workers, std::cref(build));  // a reference, since a function that holds much is allocated
  order_.resize(static_cast<size_t>(tiles));
  std::iota(order_.begin(), order_.end(), 0);
  std::sort(order_.begin(), order_.end(), [&](int64_t a, int64_t b) {
    const int64_t left = prefixes_[a].total(), right = prefixes_[b].total();
    return left != right ? left > right : a < b;
  });
  for (int64_t tile = 0; tile < tiles; ++tile) shared_steps_.distinct += static_cast<double>(prefixes_[tile].total());
  shared_steps_.all += static_cast<double>(cut.rows * steps);
}

/// What the tiles of a stage take is written down from here on.
void Executor::rehearse_tiles(size_t index, int workers) {
  if (traffic_.empty() || traffic_rows_ != batch_rows_) {
    traffic_.clear();
    for (size_t stage = 0; stage < plan_.schedule.stages.size(); ++stage) {
      traffic_.push_back(traffic_of(plan_, stage, batch_rows_));
    }
    traffic_rows_ = batch_rows_;
  }
  PhaseCosts& phase = rehearsal_->add_phase(workers);
  phase.whole_bytes = static_cast<double>(traffic_[index].whole_bytes);
  if (!trees_[index]) return;
  phase.leaves = plan_.schedule.stages[index].leaf_count(batch_rows_);
  phase.joins.resize(static_cast<size_t>(TreeClimb::inner_nodes(phase.leaves) + 1));
}

double* Executor::rehearse_tile(size_t index, const Tile& tile) {
  const Traffic& traffic = traffic_[index];
  double distinct = static_cast<double>(tile.row_count);
  if (tile.prefixes != nullptr) {  // rows of which a step has as many as there are distinct prefixes
    distinct = static_cast<double>(tile.prefixes->total()) / static_cast<double>(plan_.prefix_steps());
  }
  const int64_t leaves = rehearsal_->phases().back().leaves > 0 ? tile.leaf_count() : 0;
  const double bytes = distinct * traffic.arena_bytes_per_row + static_cast<double>(leaves * traffic.leaf_bytes);
  return rehearsal_->add_tile({.first_leaf = tile.first_row / tile.leaf_rows, .leaves = leaves, .bytes = bytes});
}

void Executor::run_tiles(size_t index, const Cut& cut, int wanted, Worker& worker) {
  const StageTimer stage_timer(worker.record);
  const FlushSubnormals flush;
  const StageMemory& memory = plan_.memory.stages[index];
  worker.bases = bases_;
  worker.bases[kArena] = worker.arena.of_size(memory.arena_bytes, "the values of a tile");
  worker.operands.resize(plan_.code.most_operands);
  worker.blocks.resize(plan_.code.most_blocks);
  const bool by_prefix = plan_.code.by_prefix[index];
  take_each(next_tile_, cut.tiles(), [&](int64_t next) {
    const int64_t tile = by_prefix ? order_[next] : next;
    if (failure_.precedes(tile)) return;
    worker.tile = {tile * cut.tile_rows, cut.rows_of(tile), cut.leaf_rows, by_prefix ? &prefixes_[tile] : nullptr};
    const CostTimer timer(rehearsal_ ? rehearse_tile(index, worker.tile) : nullptr);
    start_sums(index, worker);
    try {
      run_tile(index, worker);
    } catch (...) {
      return failure_.keep(tile);
    }
    hand_in_sums(index, wanted > 1 && next + wanted >= cut.tiles(), worker);
  });
}

/// A check reads all of what is summed, also rows that no op has marked.
void Executor::start_sums(size_t index, Worker& worker) const {
  ReductionTree* tree = trees_[index].get();
  if (!tree) return;
  const DoublesLayout& layout = plan_.memory.stages[index].doubles;
  const auto leaves = static_cast<size_t>(worker.tile.leaf_count());
  std::byte* doubles = worker.doubles.of_size(leaves * layout.bytes, "the sums of a tile");
  if (worker.sums.size() < leaves) worker.sums.resize(leaves);  // never shrinks: what is there keeps its memory
  for (Sums& sums : std::span(worker.sums).first(leaves)) {
    sums.frame = tree->lease(checking_);
    sums.doubles = doubles;
    std::fill_n(doubles, layout.zeroed, std::byte(0));  // null where nothing is summed
    sums.often.clear();
    for (const OftenSum& sum : layout.often) {
      sums.often.emplace_back(reinterpret_cast<int32_t*>(doubles + sum.states),
                              reinterpret_cast<double*>(doubles + sum.at));
    }
    doubles += layout.bytes;
  }
}

/// The last tiles put joins off: threads that are done would only wait for the others.
void Executor::hand_in_sums(size_t index, bool is_last, Worker& worker) const {
  ReductionTree* tree = trees_[index].get();
  if (!tree) return;
  const DoublesLayout& layout = plan_.memory.stages[index].doubles;
  int64_t leaf = worker.tile.first_row / worker.tile.leaf_rows;
  for (const Sums& sums : std::span(worker.sums).first(static_cast<size_t>(worker.tile.leaf_count()))) {
    for (const DoubleSum& sum : layout.sums) round_sum(sum, sums.doubles, sums.frame);
    for (size_t i = 0; i < layout.often.size(); ++i) {
      const OftenSum& sum = layout.often[i];
      sums.often[i].finish(reinterpret_cast<float*>(sums.frame + sum.begin), sum.rows, sum.row_size);
    }
    tree->deposit(leaf++, sums.frame, is_last);
  }
}

void Executor::run_tile(size_t index, Worker& worker) {
  const TileTimer timer(worker.record, worker.tile.row_count);
  const Instruction* running = nullptr;
  try {
    const std::vector<Instruction>& stage = plan_.code.stages[index];
    for (size_t i = 0; i < stage.size(); ++i) {
      ask_ahead(plan_.code, stage, i);
      running = &stage[i];
      run_instruction(*running, worker);
    }
  } catch (const std::exception&) {
    const Node& node = plan_.node(running->node);
    rethrow_located(in_layer(plan_.layer_of(node)), node.op->name());
  }
}

void Executor::run_instruction(const Instruction& instruction, Worker& worker) {
  if (!instruction.by_leaf) return run_leaf(instruction, kAllLeaves, worker);
  for (int64_t leaf = 0; leaf < worker.tile.leaf_count(); ++leaf) {
    worker.bases[kFrame] = worker.sums[static_cast<size_t>(leaf)].frame;
    worker.bases[kDoubles] = worker.sums[static_cast<size_t>(leaf)].doubles;
    run_leaf(instruction, leaf, worker);
  }
}

void Executor::run_leaf(const Instruction& instruction, int64_t leaf, Worker& worker) {
  const Tile& tile = worker.tile;
  const InstructionOperand& to = instruction.output;
  Block block;
  block.prefixes = tile.prefixes;
  block.batch_rows = batch_rows_;
  block.type = to.type;
  block.gap = to.gap;
  if (instruction.marks >= 0) block.marks = reinterpret_cast<uint64_t*>(worker.bases[kFrame] + instruction.marks);
  if (instruction.often >= 0)
    block.often = &worker.sums[static_cast<size_t>(leaf)].often[static_cast<size_t>(instruction.often)];
  if (instruction.scratch >= 0) block.scratch = worker.bases[kArena] + instruction.scratch;
  const size_t per_block = static_cast<size_t>(instruction.operand_count);
  const InstructionOperand* source = plan_.code.operands.data() + instruction.first_operand;
  Operand* operand = worker.operands.data();
  for (int32_t i = 0; i < instruction.blocks; ++i) {
    const RowSpace space = plan_.code.block_spaces[instruction.first_block + i];
    const PrefixTree::Range range =
        instruction.rows > 0 ? PrefixTree::Range{0, instruction.rows} : tile.range(space, leaf);
    block.rows = range.count;
    block.first_row = tile.first_row + (space == kAllRows ? range.begin : 0);
    block.output = worker.bases[to.base] + to.offset + to.tile_bytes * tile.first_row + to.row_bytes * range.begin;
    block.inputs = {operand, per_block};
    for (const InstructionOperand* end = source + per_block; source != end; ++source, ++operand) {
      *operand = {worker.bases[source->base] + source->offset + source->tile_bytes * tile.first_row +
                      source->row_bytes * range.begin,
                  source->type, source->gap};
    }
    worker.blocks[i] = block;
  }
  if (const int64_t zeroed = instruction.zero_bytes + instruction.zero_row_bytes * block.rows; zeroed > 0) {
    std::memset(block.output, 0, static_cast<size_t>(zeroed));
  }
  const std::span<const Block> blocks(worker.blocks.data(), static_cast<size_t>(instruction.blocks));
  if (checking_ || worker.record != nullptr) [[unlikely]] {
    run_watched(instruction, blocks, worker);
  } else {
    run_blocks(*instruction.op, blocks);
  }
}

void Executor::run_watched(const Instruction& instruction, std::span<const Block> blocks, Worker& worker) const {
  {
    std::optional<OpTimer> timer;
    if (worker.record != nullptr) timer.emplace(*worker.record, instruction.node, blocks);
    run_blocks(*instruction.op, blocks);
  }
  if (checking_) check_output(instruction, blocks.back());
}

void Executor::check_output(const Instruction& instruction, const Block& block) const {
  const Node& node = plan_.node(instruction.node);
  const Type& type = *block.type;
  const bool rounds = type.dtype != node.type.dtype;  // a sum of floats in doubles, infinite where no float holds it
  const bool whole = node.op->traits().reduces_rows;
  const int64_t row_count = whole ? 1 : block.rows, row_size = whole ? type.shape.size() : type.shape.row_size();
  const std::byte* data = block.output;
  for (int64_t row = 0; row < row_count; ++row, data += type.row_bytes() + block.gap) {
    const int64_t found = rounds ? find_beyond<double>(data, row_size, std::numeric_limits<float>::max())
                                 : find_nonfinite(data, type.dtype, row_size);
    if (found < 0) continue;
    const bool in_batch = !whole && type.shape.has_rows() && node.space == kAllRows;
    throw NumericError(fmt::format(
        "{} is the first to leave the finite numbers: {} {}{}{}", node.op->name(), node.type.str(),
        std::isnan(value_at(data, type.dtype, found)) ? "has a NaN" : "has an infinity",
        in_batch ? fmt::format(" in row {} of the batch", block.first_row + row) : "", in_layer(plan_.layer_of(node))));
  }
}

}  // namespace reel
