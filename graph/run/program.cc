#include "reel/graph/run/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <map>

#include "reel/graph/error.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/graph/run/instructions.h"
#include "reel/graph/run/reduction_tree.h"
#include "reel/graph/run/threads.h"
#include "reel/graph/verify.h"

namespace reel {
namespace {

/// Below this estimated work (vector operations) waking another thread costs more than it saves.
constexpr double kWorthAThread = 20'000;

/// Index of the first element that is not finite, or -1.
template <class T>
int64_t find_nonfinite(const std::byte* data, int64_t count) {
  const T* values = reinterpret_cast<const T*>(data);
  for (int64_t i = 0; i < count; ++i) {
    if (!std::isfinite(values[i])) return i;
  }
  return -1;
}

int64_t find_nonfinite(const std::byte* data, DType dtype, int64_t count) {
  if (dtype == DType::f32) return find_nonfinite<float>(data, count);
  return dtype == DType::f64 ? find_nonfinite<double>(data, count) : -1;
}

}  // namespace

class Program::Impl {
 public:
  Impl(Graph& graph, Targets targets) : graph_(graph), targets_(std::move(targets)) {
    check_targets();
    rewrite_for_running(graph_, targets_);
    schedule_ = make_schedule(graph_, targets_);
    memory_ = plan_memory(graph_, targets_, schedule_);
    code_ = make_instructions(graph_, schedule_, memory_);
    find_inputs();
    for (const StageMemory& stage : memory_.stages) {
      trees_.push_back(stage.frame_bytes > 0 ? std::make_unique<ReductionTree>(stage.frame_bytes, stage.frame_f64)
                                             : nullptr);
    }
    buffers_.resize(memory_.buffers.size());
    bases_.resize(kFirstBuffer + memory_.buffers.size() + schedule_.stages.size());
    copies_.resize(targets_.outputs.size());
    bind_leaves();
  }

  std::vector<Tensor> run(std::span<const Tensor> inputs) {
    bind_inputs(inputs);
    bind_buffers();
    if (!run_stages()) {
      diagnose(inputs);
    }
    std::vector<Tensor> outputs = collect_outputs();  // before a parameter among them is assigned to
    commit_copies();
    return outputs;
  }

  ProgramStats stats() const {
    ProgramStats stats;
    stats.stages = static_cast<int64_t>(schedule_.stages.size());
    for (const Stage& stage : schedule_.stages) stats.nodes += static_cast<int64_t>(stage.nodes.size());
    for (const StageMemory& stage : memory_.stages) stats.arena_bytes = std::max(stats.arena_bytes, stage.arena_bytes);
    for (size_t i = 0; i < buffers_.size(); ++i) {
      const bool own = graph_.node(memory_.buffers[i].node).leaf == Leaf::none && memory_.buffers[i].in_place_of < 0;
      if (own && buffers_[i]) stats.buffer_bytes += buffers_[i].bytes();
    }
    double steps = 0, row_count = 0;
    for (const Worker& worker : workers_) {
      steps += worker.shared_steps;
      row_count += worker.shared_rows;
    }
    if (row_count > 0) stats.distinct_share = steps / row_count;
    return stats;
  }

  void enable_profile() { profiling_ = true; }

  std::vector<ProfileEntry> profile() const {
    std::map<std::string, ProfileEntry> by_op;
    for (const Stage& stage : schedule_.stages) {
      for (const int32_t id : stage.nodes) {
        const Node& node = graph_.node(id);
        const std::string op = fmt::format("{} {}", node.op->name(), node.type.str());
        ProfileEntry& entry = by_op[op];
        entry.op = op;
        ++entry.nodes;
        for (const Worker& worker : workers_) {
          if (worker.seconds.empty()) continue;
          entry.seconds += worker.seconds[id];
          entry.flops +=
              static_cast<double>(worker.rows[id]) * node.op->flops_per_row(graph_.input_types(node), node.type);
        }
      }
    }
    std::vector<ProfileEntry> entries;
    for (auto& [op, entry] : by_op) entries.push_back(std::move(entry));
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.seconds > b.seconds; });
    return entries;
  }

 private:
  void check_targets() const {
    for (const auto& [parameter, value] : targets_.assignments) {
      if (graph_.node(parameter).leaf != Leaf::parameter) throw Error("compile: only a parameter can be assigned to");
      if (!(parameter.type() == value.type())) {
        throw ShapeError(fmt::format("compile: parameter \"{}\" {} cannot take {}", graph_.leaf_name(parameter.id()),
                                     parameter.type().str(), value.type().str()));
      }
      if (targets_.guard && value.id() < targets_.guard->id() && graph_.node(value).leaf == Leaf::none) {
        throw Error("compile: the guard must be recorded before the values that it guards");
      }
    }
    if (targets_.guard && targets_.guard->shape().rank() != 0) {
      throw ShapeError(fmt::format("compile: the guard must be a scalar, got {}", targets_.guard->type().str()));
    }
  }

  /// All that the graph needs, unless the targets name them; then none may be missing.
  void find_inputs() {
    const std::vector<Var> named = targets_.inputs;
    for (const int32_t id : reachable(graph_, targets_.roots())) {
      const Var var = graph_.var(id);
      if (graph_.node(id).leaf != Leaf::input || std::find(named.begin(), named.end(), var) != named.end()) continue;
      if (!named.empty()) {
        throw Error(
            fmt::format("compile: the outputs need input \"{}\", which is not among the inputs", graph_.leaf_name(id)));
      }
      targets_.inputs.push_back(var);
    }
  }

  void bind_leaves() {
    for (size_t i = 0; i < memory_.buffers.size(); ++i) {
      const Buffer& buffer = memory_.buffers[i];
      const Node& node = graph_.node(buffer.in_place_of >= 0 ? buffer.in_place_of : buffer.node);
      if (node.leaf == Leaf::parameter || node.leaf == Leaf::constant) buffers_[i] = node.value;
    }
  }

  void bind_inputs(std::span<const Tensor> inputs) {
    if (inputs.size() != targets_.inputs.size()) {
      throw ShapeError(fmt::format("run: takes {} inputs, got {}", targets_.inputs.size(), inputs.size()));
    }
    batch_rows_ = -1;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const Var var = targets_.inputs[i];
      check_input(var, inputs[i]);
      const int32_t base = memory_.home[var.id()].base;
      if (base >= kFirstBuffer) buffers_[base - kFirstBuffer] = inputs[i];  // else nothing needs it
    }
    if (batch_rows_ < 0) batch_rows_ = 1;
  }

  void check_input(Var var, const Tensor& tensor) {
    const std::string& name = graph_.leaf_name(var.id());
    const bool is_batch = var.shape().has_rows();
    if (!tensor) throw ShapeError(fmt::format("run: input \"{}\" is empty, expected {}", name, var.type().str()));
    const bool fits = tensor.dtype() == var.dtype() && tensor.shape().rank() == var.shape().rank() &&
                      (is_batch ? tensor.shape().with_lead(rows) : tensor.shape()) == var.shape();
    if (!fits)
      throw ShapeError(
          fmt::format("run: input \"{}\" must be {}, got {}", name, var.type().str(), tensor.type().str()));
    if (!is_batch) return;
    if (batch_rows_ >= 0 && batch_rows_ != tensor.shape()[0]) {
      throw ShapeError(fmt::format("run: inputs differ in rows, {} before \"{}\" which has {}", batch_rows_, name,
                                   tensor.shape()[0]));
    }
    batch_rows_ = tensor.shape()[0];
    if (batch_rows_ == 0) throw ShapeError(fmt::format("run: input \"{}\" has no rows", name));
  }

  /// A buffer that a caller still holds from an earlier run is left to the caller.
  void bind_buffers() {
    for (size_t i = 0; i < buffers_.size(); ++i) {
      const Type& type = graph_.node(memory_.buffers[i].node).type;
      const bool own = graph_.node(memory_.buffers[i].node).leaf == Leaf::none && memory_.buffers[i].in_place_of < 0;
      if (own) renew(buffers_[i], type);
      bases_[kFirstBuffer + i] = buffers_[i].raw();
    }
  }

  void renew(Tensor& tensor, const Type& type) const {
    const Shape shape = type.shape.has_rows() ? type.shape.with_lead(batch_rows_) : type.shape;
    const bool fits =
        tensor && !tensor.is_shared() && (type.shape.has_rows() ? tensor.shape()[0] >= batch_rows_ : true);
    if (!fits) tensor = Tensor(type.dtype, shape);
  }

  /// False if the guard stopped it.
  bool run_stages() {
    bool checked = !targets_.guard;
    for (size_t stage = 0; stage < schedule_.stages.size(); ++stage) {
      if (!checked && memory_.stages[stage].commits) {
        if (!guard_holds()) return false;
        checked = true;
      }
      run_stage(stage);
    }
    return checked || guard_holds();
  }

  bool guard_holds() const {
    const Var guard = *targets_.guard;
    const Location& home = memory_.home[guard.id()];
    return find_nonfinite(bases_[home.base] + home.offset, guard.dtype(), 1) < 0;
  }

  int64_t extent(const Stage& stage) const { return stage.extent == rows ? batch_rows_ : stage.extent; }

  void run_stage(size_t index) {
    const Stage& stage = schedule_.stages[index];
    const int64_t count = extent(stage), tiles = (count + stage.tile_rows - 1) / stage.tile_rows;
    ReductionTree* tree = trees_[index].get();
    if (tree) tree->start(tiles);
    const bool trifle = stage.cost_per_row * static_cast<double>(count) < kWorthAThread;
    const int workers = trifle || checking_ ? 1 : static_cast<int>(std::min<int64_t>(threads(), tiles));
    while (static_cast<int>(workers_.size()) < workers) workers_.emplace_back();
    next_tile_ = 0;
    for_each_worker(workers, [&](int worker) { run_tiles(index, tiles, workers_[worker]); });
    if (tree) bases_[memory_.finished_frame(static_cast<int32_t>(index))] = tree->root();
  }

  struct Worker {
    std::shared_ptr<std::byte[]> arena;
    size_t arena_bytes = 0;
    std::vector<std::byte*> bases;
    std::vector<Operand> operands;
    std::vector<Block> blocks;
    PrefixTree prefixes;  // of the running tile
    double shared_steps = 0, shared_rows = 0;
    std::vector<double> seconds;  // by node id; empty unless profiling
    std::vector<int64_t> rows;
  };

  void run_tiles(size_t index, int64_t tiles, Worker& worker) {
    const Stage& stage = schedule_.stages[index];
    const size_t arena_bytes = memory_.stages[index].arena_bytes;
    if (worker.arena_bytes < arena_bytes) {
      worker.arena = allocate(arena_bytes);
      worker.arena_bytes = arena_bytes;
    }
    worker.bases = bases_;
    worker.bases[kArena] = worker.arena.get();
    worker.operands.resize(code_.most_operands);
    worker.blocks.resize(code_.most_blocks);
    ReductionTree* tree = trees_[index].get();
    const int64_t count = extent(stage);
    for (int64_t tile; (tile = next_tile_.fetch_add(1, std::memory_order_relaxed)) < tiles;) {
      if (tree) worker.bases[kFrame] = tree->lease();
      const int64_t first = tile * stage.tile_rows;
      run_tile(index, first, std::min(stage.tile_rows, count - first), worker);
      if (tree) tree->deposit(tile, worker.bases[kFrame]);
    }
  }

  void run_tile(size_t index, int64_t first_row, int64_t row_count, Worker& worker) {
    const Instruction* running = nullptr;
    try {
      if (code_.by_prefix[index]) build_prefixes(first_row, row_count, worker);
      for (const Instruction& instruction : code_.stages[index]) {
        running = &instruction;
        run_instruction(instruction, first_row, row_count, worker);
      }
    } catch (const ValueError& error) {
      throw ValueError(error.what() + place(graph_, graph_.node(running->node)));
    }
  }

  void run_instruction(const Instruction& instruction, int64_t first_row, int64_t row_count, Worker& worker) {
    const int32_t operand_count = instruction.operand_count * instruction.blocks;
    const InstructionOperand* sources = code_.operands.data() + instruction.first_operand;
    for (int32_t i = 0; i < operand_count; ++i) {
      worker.operands[i] = {worker.bases[sources[i].base] + sources[i].offset + sources[i].row_bytes * first_row,
                            sources[i].type};
    }
    const InstructionOperand& to = instruction.output;
    Block block;
    block.prefixes = &worker.prefixes;
    block.first_row = first_row;
    block.batch_rows = batch_rows_;
    block.output = worker.bases[to.base] + to.offset + to.row_bytes * first_row;
    block.type = to.type;
    const size_t per_block = static_cast<size_t>(instruction.operand_count);
    for (int32_t i = 0; i < instruction.blocks; ++i) {
      block.rows = rows_of(code_.block_spaces[instruction.first_block + i], row_count, worker);
      block.inputs = {worker.operands.data() + static_cast<size_t>(i) * per_block, per_block};
      worker.blocks[i] = block;
    }
    if (instruction.zero_row_bytes > 0) {
      std::memset(block.output, 0, static_cast<size_t>(instruction.zero_row_bytes * block.rows));
    }
    const std::span<const Block> blocks(worker.blocks.data(), static_cast<size_t>(instruction.blocks));
    if (profiling_) {
      run_timed(instruction, blocks, worker);
    } else {
      run_blocks(*instruction.op, blocks);
    }
    if (checking_) check_output(instruction, block);
  }

  static int64_t rows_of(RowSpace space, int64_t row_count, const Worker& worker) {
    return space == kAllRows ? row_count : worker.prefixes.count(space);
  }

  void build_prefixes(int64_t first_row, int64_t row_count, Worker& worker) const {
    const int32_t source = graph_.prefix_source();
    const Location& home = memory_.home[source];
    const std::byte* ids = bases_[home.base] + home.offset + home.row_bytes * first_row;
    worker.prefixes.build(reinterpret_cast<const int32_t*>(ids), row_count, graph_.node(source).type.shape[1]);
    worker.shared_steps += worker.prefixes.distinct_share() * static_cast<double>(row_count);
    worker.shared_rows += static_cast<double>(row_count);
  }

  static void run_blocks(const Op& op, std::span<const Block> blocks) {
    if (blocks.size() == 1) {
      op.run(blocks[0]);
    } else {
      op.run_many(blocks);
    }
  }

  void run_timed(const Instruction& instruction, std::span<const Block> blocks, Worker& worker) {
    worker.seconds.resize(code_.types.size());
    worker.rows.resize(code_.types.size());
    const auto start = std::chrono::steady_clock::now();
    run_blocks(*instruction.op, blocks);
    worker.seconds[instruction.node] += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (const Block& block : blocks) worker.rows[instruction.node] += block.rows;
  }

  void check_output(const Instruction& instruction, const Block& block) const {
    const Node& node = graph_.node(instruction.node);
    const int64_t row_size = node.type.shape.row_size();
    const bool whole = node.op->traits().reduces_rows;
    const int64_t count = whole ? node.type.shape.size() : row_size * block.rows;
    const int64_t found = find_nonfinite(block.output, node.type.dtype, count);
    if (found < 0) return;
    const bool in_batch = !whole && node.type.shape.has_rows() && node.space == kAllRows;
    throw NumericError(
        fmt::format("{} is the first to leave the finite numbers: {} {}{}{}", node.op->name(), node.type.str(),
                    std::isnan(value_at(block.output, node.type.dtype, found)) ? "has a NaN" : "has an infinity",
                    in_batch ? fmt::format(" in row {} of the batch", block.first_row + found / row_size) : "",
                    place(graph_, node)));
  }

  static double value_at(const std::byte* data, DType dtype, int64_t index) {
    return dtype == DType::f32 ? reinterpret_cast<const float*>(data)[index]
                               : reinterpret_cast<const double*>(data)[index];
  }

  /// Runs again, one tile after the other, and throws NumericError at the first value that is not finite.
  [[noreturn]] void diagnose(std::span<const Tensor> inputs) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (find_nonfinite(inputs[i].raw(), inputs[i].dtype(), inputs[i].size()) >= 0) {
        throw NumericError(fmt::format("input \"{}\" {} holds a value that is not finite",
                                       graph_.leaf_name(targets_.inputs[i].id()), inputs[i].type().str()));
      }
    }
    for (const int32_t id : schedule_.live) {
      const Node& node = graph_.node(id);
      if (node.leaf == Leaf::parameter &&
          find_nonfinite(node.value.raw(), node.value.dtype(), node.value.size()) >= 0) {
        throw NumericError(
            fmt::format("parameter \"{}\" {} holds a value that is not finite", graph_.leaf_name(id), node.type.str()));
      }
    }
    checking_ = true;
    try {
      run_stages();
    } catch (...) {
      checking_ = false;
      throw;
    }
    checking_ = false;
    throw NumericError("the result is not finite");
  }

  std::byte* read_location(int32_t id) {
    const Location& home = memory_.home[id];
    return bases_[home.base] + home.offset;
  }

  /// Values that are parameters themselves are set aside first: all assignments happen at once.
  void commit_copies() {
    std::vector<Tensor> set_aside;
    for (const auto& [parameter, value] : targets_.assignments) {
      const Node& node = graph_.node(value);
      set_aside.push_back(node.leaf == Leaf::parameter ? node.value.clone() : Tensor());
    }
    for (size_t i = 0; i < targets_.assignments.size(); ++i) {
      const auto& [parameter, value] = targets_.assignments[i];
      const int32_t base = memory_.home[value.id()].base;
      const bool in_place = base >= kFirstBuffer && base < memory_.finished_frame(0) &&
                            memory_.buffers[base - kFirstBuffer].in_place_of == parameter.id();
      if (in_place) continue;
      Tensor target = graph_.node(parameter).value;
      std::memmove(target.raw(), set_aside[i] ? set_aside[i].raw() : read_location(value.id()), target.bytes());
    }
  }

  std::vector<Tensor> collect_outputs() {
    std::vector<Tensor> outputs;
    outputs.reserve(targets_.outputs.size());
    for (size_t i = 0; i < targets_.outputs.size(); ++i) {
      const Var var = targets_.outputs[i];
      const int32_t base = memory_.home[var.id()].base;
      const bool own_buffer = base < memory_.finished_frame(0) && graph_.node(var).leaf == Leaf::none;
      Tensor whole;
      if (own_buffer) {
        whole = buffers_[base - kFirstBuffer];
      } else {
        renew(copies_[i], var.type());
        whole = copies_[i];
        const int64_t count = var.shape().has_rows() ? batch_rows_ * var.shape().row_size() : var.shape().size();
        std::memcpy(whole.raw(), read_location(var.id()), static_cast<size_t>(count) * size_of(var.dtype()));
      }
      outputs.push_back(var.shape().has_rows() ? whole.slice_rows(0, batch_rows_) : whole);
    }
    return outputs;
  }

  Graph& graph_;
  Targets targets_;
  Schedule schedule_;
  MemoryPlan memory_;
  Instructions code_;
  std::vector<std::unique_ptr<ReductionTree>> trees_;  // by stage; null where nothing is summed over rows
  std::vector<Tensor> buffers_;
  std::vector<Tensor> copies_;  // outputs whose value stands in a frame or a leaf
  std::vector<std::byte*> bases_;
  std::vector<Worker> workers_;
  std::atomic<int64_t> next_tile_ = 0;
  int64_t batch_rows_ = 1;
  bool checking_ = false;
  bool profiling_ = false;
};

Program::Program(Graph& graph, Targets targets) : impl_(std::make_unique<Impl>(graph, std::move(targets))) {}
Program::Program() = default;
Program::~Program() = default;
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;

std::vector<Tensor> Program::run(std::span<const Tensor> inputs) {
  if (!impl_) throw Error("run: the program is empty");
  return impl_->run(inputs);
}

void Program::enable_profile() {
  if (impl_) impl_->enable_profile();
}

std::vector<ProfileEntry> Program::profile() const { return impl_ ? impl_->profile() : std::vector<ProfileEntry>{}; }

ProgramStats Program::stats() const { return impl_ ? impl_->stats() : ProgramStats{}; }

Tensor Var::value() const { return Program(*graph_, {.outputs = {*this}}).run()[0]; }

}  // namespace reel
