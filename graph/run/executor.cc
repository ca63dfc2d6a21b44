#include "reel/graph/run/executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>

#include "reel/graph/error.h"
#include "reel/graph/run/subnormals.h"
#include "reel/graph/run/threads.h"

namespace reel {
namespace {

/// Below this estimated work (vector operations) waking another thread costs more than it saves.
constexpr double kWorthAThread = 20'000;

/// Index of the first element whose magnitude is not at most `most`, or -1. Looks at a run of them at once, in vectors.
template <class T>
int64_t find_nonfinite(const std::byte* data, int64_t count, T most = std::numeric_limits<T>::max()) {
  constexpr int64_t kRun = 1024;
  const T* values = reinterpret_cast<const T*>(data);
  for (int64_t begin = 0; begin < count; begin += kRun) {
    const T *first = values + begin, *last = values + std::min(begin + kRun, count);
    int bad = 0;
    for (const T* value = first; value < last; ++value) bad |= std::abs(*value) <= most ? 0 : 1;
    if (bad == 0) continue;
    return std::find_if(first, last, [most](T value) { return !(std::abs(value) <= most); }) - values;
  }
  return -1;
}

void run_blocks(const Op& op, std::span<const Block> blocks) {
  if (blocks.size() == 1) {
    op.run(blocks[0]);
  } else {
    op.run_many(blocks);
  }
}

/// Rounds what a tile has added up into its frame: all rows, or those that it has marked.
void round_sum(const DoubleSum& sum, const std::byte* doubles, std::byte* frame) {
  const double* from = reinterpret_cast<const double*>(doubles + sum.at);
  float* to = reinterpret_cast<float*>(frame + sum.begin);
  const auto* marks = sum.marks < 0 ? nullptr : reinterpret_cast<const uint64_t*>(frame + sum.marks);
  for (int64_t row = 0; row < sum.rows; ++row, from += sum.row_size, to += sum.row_size) {
    if (marks != nullptr && !is_marked(marks, row)) continue;
    for (int64_t i = 0; i < sum.row_size; ++i) to[i] = static_cast<float>(from[i]);
  }
}

/// Rows that a value of the tile has in a row space.
int64_t rows_of(RowSpace space, int64_t row_count, const PrefixTree* prefixes) {
  return space == kAllRows ? row_count : prefixes->count(space);
}

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

double value_at(const std::byte* data, DType dtype, int64_t index) {
  return dtype == DType::f32 ? reinterpret_cast<const float*>(data)[index]
                             : reinterpret_cast<const double*>(data)[index];
}

int64_t find_nonfinite(const std::byte* data, DType dtype, int64_t count) {
  if (dtype == DType::f32) return find_nonfinite<float>(data, count);
  return dtype == DType::f64 ? find_nonfinite<double>(data, count) : -1;
}

Executor::Executor(const Graph& graph, const Schedule& schedule, const MemoryPlan& memory, const Instructions& code)
    : graph_(graph), schedule_(schedule), memory_(memory), code_(code), recorder_(graph, schedule, code) {
  for (const StageMemory& stage : memory.stages) {
    trees_.push_back(stage.frame.bytes > 0 ? std::make_unique<ReductionTree>(stage.frame) : nullptr);
  }
  bases_.resize(kFirstBuffer + memory.buffers.size() + schedule.stages.size());
}

void Executor::run_stage(size_t index, int64_t batch_rows, bool check) {
  batch_rows_ = batch_rows;
  checking_ = check;
  const Stage& stage = schedule_.stages[index];
  const int64_t count = stage.row_count(batch_rows), tiles = stage.tile_count(batch_rows);
  ReductionTree* tree = trees_[index].get();
  if (tree) tree->start(tiles);
  const bool alone = tiles == 1 || check || stage.cost_per_row * static_cast<double>(count) < kWorthAThread;
  const int workers = alone ? 1 : static_cast<int>(std::min<int64_t>(threads(), tiles));
  while (static_cast<int>(workers_.size()) < workers) workers_.emplace_back();
  const Recorder::Stage recording(recorder_, index, workers);
  for (int i = 0; i < workers; ++i) workers_[i].record = recording.record(i);
  if (code_.by_prefix[index]) find_prefixes(stage.tile_rows_of(batch_rows), tiles, count, workers);
  next_tile_ = 0;
  failure_.start();
  if (workers == 1) {
    run_tiles(index, tiles, count, workers_[0]);
  } else {
    for_each_worker(workers, [&](int worker) { run_tiles(index, tiles, count, workers_[worker]); });
  }
  failure_.rethrow();
  if (tree) bases_[memory_.finished_frame(static_cast<int32_t>(index))] = tree->root();
}

/// Finds what the rows of each tile share. Tiles with more to do go first, so that threads are done at the same time.
void Executor::find_prefixes(int64_t tile_rows, int64_t tiles, int64_t count, int workers) {
  const int32_t source = graph_.prefix_source();
  const Location& home = memory_.home[source];
  const int64_t steps = graph_.node(source).type.shape[1];
  if (static_cast<int64_t>(prefixes_.size()) < tiles) prefixes_.resize(static_cast<size_t>(tiles));
  next_tile_ = 0;
  const auto build = [&](int) {
    take_each(next_tile_, tiles, [&](int64_t tile) {
      const int64_t first = tile * tile_rows;
      const std::byte* ids = bases_[home.base] + home.offset + home.row_bytes * first;
      prefixes_[tile].build(reinterpret_cast<const int32_t*>(ids), std::min(tile_rows, count - first), steps);
    });
  };
  for_each_worker(workers, std::cref(build));  // a reference, since a function that holds much is allocated
  order_.resize(static_cast<size_t>(tiles));
  std::iota(order_.begin(), order_.end(), 0);
  std::sort(order_.begin(), order_.end(), [&](int64_t a, int64_t b) {
    const int64_t left = prefixes_[a].total(), right = prefixes_[b].total();
    return left != right ? left > right : a < b;
  });
  for (int64_t tile = 0; tile < tiles; ++tile) shared_steps_ += static_cast<double>(prefixes_[tile].total());
  shared_rows_ += static_cast<double>(count * steps);
}

void Executor::run_tiles(size_t index, int64_t tiles, int64_t count, Worker& worker) {
  const StageTimer timer(worker.record);
  const FlushSubnormals flush;
  const Stage& stage = schedule_.stages[index];
  const int64_t tile_rows = stage.tile_rows_of(batch_rows_);
  const StageMemory& memory = memory_.stages[index];
  worker.bases = bases_;
  worker.bases[kArena] = worker.arena.of_size(memory.arena_bytes, "the values of a tile");
  worker.bases[kDoubles] = worker.doubles.of_size(memory.doubles.bytes, "the sums of a tile");
  worker.operands.resize(code_.most_operands);
  worker.blocks.resize(code_.most_blocks);
  ReductionTree* tree = trees_[index].get();
  const bool by_prefix = code_.by_prefix[index];
  take_each(next_tile_, tiles, [&](int64_t next) {
    const int64_t tile = by_prefix ? order_[next] : next;
    if (failure_.precedes(tile)) return;
    worker.prefixes = by_prefix ? &prefixes_[tile] : nullptr;
    if (tree) start_sums(index, worker);
    const int64_t first = tile * tile_rows;
    try {
      run_tile(index, first, std::min(tile_rows, count - first), worker);
    } catch (...) {
      return failure_.keep(tile);
    }
    if (!tree) return;
    for (const DoubleSum& sum : memory.doubles.sums) round_sum(sum, worker.bases[kDoubles], worker.bases[kFrame]);
    tree->deposit(tile, worker.bases[kFrame]);
  });
}

/// A check reads all of what is summed, also rows that no op has marked.
void Executor::start_sums(size_t index, Worker& worker) const {
  worker.bases[kFrame] = trees_[index]->lease(checking_);
  const DoublesLayout& doubles = memory_.stages[index].doubles;
  if (doubles.bytes > 0) std::memset(worker.bases[kDoubles], 0, checking_ ? doubles.bytes : doubles.zeroed);
}

void Executor::run_tile(size_t index, int64_t first_row, int64_t row_count, Worker& worker) {
  const TileTimer timer(worker.record, row_count);
  const Instruction* running = nullptr;
  try {
    for (const Instruction& instruction : code_.stages[index]) {
      running = &instruction;
      run_instruction(instruction, first_row, row_count, worker);
    }
  } catch (const RowError& error) {
    throw error.with_place(place(graph_, graph_.node(running->node)));
  } catch (const ValueError& error) {
    throw ValueError(error.what() + place(graph_, graph_.node(running->node)));
  }
}

void Executor::run_instruction(const Instruction& instruction, int64_t first_row, int64_t row_count, Worker& worker) {
  const int32_t operand_count = instruction.operand_count * instruction.blocks;
  const InstructionOperand* sources = code_.operands.data() + instruction.first_operand;
  for (int32_t i = 0; i < operand_count; ++i) {
    worker.operands[i] = {worker.bases[sources[i].base] + sources[i].offset + sources[i].row_bytes * first_row,
                          sources[i].type, sources[i].gap};
  }
  const InstructionOperand& to = instruction.output;
  Block block;
  block.prefixes = worker.prefixes;
  block.first_row = first_row;
  block.batch_rows = batch_rows_;
  block.output = worker.bases[to.base] + to.offset + to.row_bytes * first_row;
  block.type = to.type;
  block.gap = to.gap;
  if (instruction.marks >= 0) block.marks = reinterpret_cast<uint64_t*>(worker.bases[kFrame] + instruction.marks);
  const size_t per_block = static_cast<size_t>(instruction.operand_count);
  for (int32_t i = 0; i < instruction.blocks; ++i) {
    block.rows = instruction.rows > 0
                     ? instruction.rows
                     : rows_of(code_.block_spaces[instruction.first_block + i], row_count, worker.prefixes);
    block.inputs = {worker.operands.data() + static_cast<size_t>(i) * per_block, per_block};
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
  const Node& node = graph_.node(instruction.node);
  const Type& type = *block.type;
  const bool rounds = type.dtype != node.type.dtype;  // a sum of floats in doubles, infinite where no float holds it
  const bool whole = node.op->traits().reduces_rows;
  const int64_t row_count = whole ? 1 : block.rows, row_size = whole ? type.shape.size() : type.shape.row_size();
  const std::byte* data = block.output;
  for (int64_t row = 0; row < row_count; ++row, data += type.row_bytes() + block.gap) {
    const int64_t found = rounds ? find_nonfinite<double>(data, row_size, std::numeric_limits<float>::max())
                                 : find_nonfinite(data, type.dtype, row_size);
    if (found < 0) continue;
    const bool in_batch = !whole && type.shape.has_rows() && node.space == kAllRows;
    throw NumericError(fmt::format(
        "{} is the first to leave the finite numbers: {} {}{}{}", node.op->name(), node.type.str(),
        std::isnan(value_at(data, type.dtype, found)) ? "has a NaN" : "has an infinity",
        in_batch ? fmt::format(" in row {} of the batch", block.first_row + row) : "", place(graph_, node)));
  }
}

double Executor::distinct_share() const { return shared_rows_ > 0 ? shared_steps_ / shared_rows_ : 1; }

}  // namespace reel
