#include "reel/graph/run/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <set>

#include "reel/graph/error.h"
#include "reel/graph/rewrite/rewrite.h"
#include "reel/graph/run/executor.h"
#include "reel/graph/trace.h"

namespace reel {
namespace {

/// What `make` returns; a trace shows how long it took.
template <class Make>
auto traced(std::string_view name, Make&& make) {
  const TraceScope scope(name, "compile");
  return make();
}

[[noreturn]] void refuse_in_use(std::string_view call, std::string_view program) {
  throw Error(fmt::format("{}: \"{}\" is running; one thread at a time may use a program", call, program));
}

/// Marks a program as in use, as long as it lives. Throws Error if it is already.
class InUse {
 public:
  InUse(std::atomic<bool>& mark, std::string_view call, std::string_view program) : mark_(mark) {
    if (mark.exchange(true, std::memory_order_acquire)) refuse_in_use(call, program);
  }
  ~InUse() { mark_.store(false, std::memory_order_release); }
  InUse(const InUse&) = delete;
  InUse& operator=(const InUse&) = delete;

 private:
  std::atomic<bool>& mark_;
};

}  // namespace

class Program::Impl {
 public:
  Impl(Graph& graph, Targets targets)
      : owner_(graph.weak_from_this().lock()), graph_(graph), targets_(std::move(targets)) {
    const TraceScope scope("compile " + targets_.name, "compile");
    check_targets();
    rewrite_for_running(graph_, targets_);
    schedule_ = traced("schedule", [&] { return make_schedule(graph_, targets_); });
    memory_ = traced("plan", [&] { return plan_memory(graph_, targets_, schedule_); });
    code_ = traced("instructions", [&] { return make_instructions(graph_, schedule_, memory_); });
    find_inputs();
    executor_ = std::make_unique<Executor>(graph_, schedule_, memory_, code_);
    buffers_.resize(memory_.buffers.size());
    copies_.resize(targets_.outputs.size());
    bind_leaves();
  }

  void run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) {
    const InUse use(in_use_, "run", targets_.name);
    bind_inputs(inputs);  // first, for the inputs may stand in `outputs`
    outputs.clear();      // so that their buffers are free again
    const Recorder::Run recording(executor_->recorder(), targets_.name, batch_rows_);
    bind_buffers();
    if (!run_stages()) {
      diagnose();
    }
    if (beside_) check_assigned();
    collect_outputs(outputs);  // before a parameter among them is assigned to
    commit_copies();
  }

  ProgramStats stats() const {
    require_idle("stats");
    ProgramStats stats;
    stats.stages = static_cast<int64_t>(schedule_.stages.size());
    for (const Stage& stage : schedule_.stages) stats.nodes += static_cast<int64_t>(stage.nodes.size());
    for (const StageMemory& stage : memory_.stages) {
      stats.arena_bytes = std::max(stats.arena_bytes, stage.arena_bytes);
    }
    for (size_t i = 0; i < buffers_.size(); ++i) {
      if (is_own(i) && buffers_[i]) stats.buffer_bytes += buffers_[i].bytes();
    }
    for (const Tensor& made : made_beside_) stats.buffer_bytes += made ? made.bytes() : 0;
    stats.distinct_share = executor_->distinct_share();
    return stats;
  }

  void enable_profile() {
    const InUse use(in_use_, "enable_profile", targets_.name);
    executor_->recorder().enable_profile();
  }

  Profile profile() const {
    require_idle("profile");
    return executor_->recorder().profile();
  }

 private:
  void require_idle(std::string_view call) const {
    if (in_use_.load(std::memory_order_acquire)) refuse_in_use(call, targets_.name);
  }

  void check_targets() const {
    for (const Var& output : targets_.outputs) graph_.require_own(output, "compile: outputs");
    if (targets_.guard) graph_.require_own(*targets_.guard, "compile: guard");
    for (const Var& input : targets_.inputs) {
      graph_.require_own(input, "compile: inputs");
      if (graph_.node(input).leaf == Leaf::input) continue;
      throw Error(fmt::format("compile: one of the inputs, {}, is not an input of the graph", input.type().str()));
    }
    std::set<int32_t> assigned;
    for (const auto& [parameter, value] : targets_.assignments) {
      graph_.require_own(parameter, "compile: assignments");
      graph_.require_own(value, "compile: assignments");
      if (graph_.node(parameter).leaf != Leaf::parameter) throw Error("compile: only a parameter can be assigned to");
      if (!assigned.insert(parameter.id()).second) {
        throw Error(fmt::format("compile: parameter \"{}\" is assigned to twice", graph_.leaf_name(parameter.id())));
      }
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
    if (!targets_.guard_limit) return;
    graph_.require_own(*targets_.guard_limit, "compile: guard_limit");
    const bool fits = targets_.guard && targets_.guard->type() == targets_.guard_limit->type() &&
                      targets_.guard->dtype() != DType::i32;
    if (fits && graph_.node(*targets_.guard_limit).leaf == Leaf::parameter) return;
    throw Error(
        fmt::format("compile: the guard's limit must be a parameter of the guard's type, a float, got {} for {}",
                    targets_.guard_limit->type().str(), targets_.guard ? targets_.guard->type().str() : "no guard"));
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

  /// Whether the program makes what is in the buffer, and keeps it: neither a leaf nor written over one.
  bool is_own(size_t buffer) const {
    return graph_.node(memory_.buffers[buffer].node).leaf == Leaf::none && memory_.buffers[buffer].in_place_of < 0;
  }

  void bind_leaves() {
    for (size_t i = 0; i < memory_.buffers.size(); ++i) {
      if (is_own(i)) own_buffers_.push_back({i, graph_.node(memory_.buffers[i].node).type, {}});
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
      if (Tensor* buffer = input_buffer(var)) *buffer = inputs[i];
    }
    if (batch_rows_ < 0) batch_rows_ = 1;
  }

  /// Null if nothing needs the input.
  Tensor* input_buffer(Var input) {
    const int32_t base = memory_.home[input.id()].base;
    return base >= kFirstBuffer ? &buffers_[base - kFirstBuffer] : nullptr;
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

  void bind_buffers() {
    for (OwnBuffer& own : own_buffers_) renew(buffers_[own.index], own.spare, own.type);
    for (size_t i = 0; i < buffers_.size(); ++i) executor_->set_buffer(i, buffers_[i].raw());
  }

  /// Memory that a caller still holds from an earlier run is left to the caller. It is kept as the spare, for it may be
  /// free again by the next run: where outputs are the next run's inputs, two take turns.
  void renew(Tensor& tensor, Tensor& spare, const Type& type) const {
    if (tensor.is_shared()) std::swap(tensor, spare);
    const bool fits =
        tensor && !tensor.is_shared() && (type.shape.has_rows() ? tensor.shape()[0] >= batch_rows_ : true);
    if (!fits) tensor = Tensor(type.dtype, type.shape.has_rows() ? type.shape.with_lead(batch_rows_) : type.shape);
  }

  /// False if the guard stopped it. With `check`, throws at the first value that is not finite.
  bool run_stages(bool check = false) {
    beside_ = false;
    bool checked = !targets_.guard;
    for (size_t stage = 0; stage < schedule_.stages.size(); ++stage) {
      if (!checked && memory_.stages[stage].commits) {
        if (!guard_holds()) return false;
        checked = true;
      }
      executor_->run_stage(stage, batch_rows_, check);
    }
    return checked || guard_holds();
  }

  /// Whether the guard is finite. If so, but assigned values may not be, they are made beside the parameters from here
  /// on.
  bool guard_holds() {
    const std::byte* guard = read_location(targets_.guard->id());
    if (find_nonfinite(guard, targets_.guard->dtype(), 1) >= 0) return false;
    beside_ = !targets_.guard_limit ||
              !(value_at(guard, targets_.guard->dtype(), 0) < graph_.node(*targets_.guard_limit).value.at(0));
    if (beside_) make_beside();
    return true;
  }

  /// Points values that are made in a parameter's memory to memory of their own.
  void make_beside() {
    made_beside_.resize(memory_.buffers.size());
    for (size_t i = 0; i < memory_.buffers.size(); ++i) {
      if (memory_.buffers[i].in_place_of < 0) continue;
      const Type& type = graph_.node(memory_.buffers[i].node).type;
      if (!made_beside_[i]) made_beside_[i] = Tensor(type.dtype, type.shape);
      executor_->set_buffer(i, made_beside_[i].raw());
    }
  }

  /// Throws NumericError, naming the parameter, for the first assigned value that is not finite.
  void check_assigned() const {
    for (const auto& [parameter, value] : targets_.assignments) {
      const Type& type = value.type();
      const std::byte* data = read_location(value.id());
      const int64_t found = find_nonfinite(data, type.dtype, type.shape.size());
      if (found < 0) continue;
      throw NumericError(fmt::format("parameter \"{}\" {} would become {} at element {}, so nothing is assigned",
                                     graph_.leaf_name(parameter.id()), type.str(), value_at(data, type.dtype, found),
                                     found));
    }
  }

  /// Runs again, one tile after the other, and throws NumericError at the first value that is not finite.
  [[noreturn]] void diagnose() {
    for (const Var& input : targets_.inputs) {
      const Tensor* bound = input_buffer(input);
      if (bound == nullptr || find_nonfinite(bound->raw(), bound->dtype(), bound->size()) < 0) continue;
      throw NumericError(fmt::format("input \"{}\" {} holds a value that is not finite", graph_.leaf_name(input.id()),
                                     bound->type().str()));
    }
    for (const int32_t id : schedule_.live) {
      const Node& node = graph_.node(id);
      if (node.leaf == Leaf::parameter &&
          find_nonfinite(node.value.raw(), node.value.dtype(), node.value.size()) >= 0) {
        throw NumericError(
            fmt::format("parameter \"{}\" {} holds a value that is not finite", graph_.leaf_name(id), node.type.str()));
      }
    }
    run_stages(true);
    throw NumericError("the result is not finite");
  }

  std::byte* read_location(int32_t id) const { return executor_->address(memory_.home[id]); }

  /// Values that are parameters themselves are set aside first: all assignments happen at once.
  void commit_copies() {
    set_aside_.resize(targets_.assignments.size());
    for (size_t i = 0; i < set_aside_.size(); ++i) {
      const Node& node = graph_.node(targets_.assignments[i].value);
      if (node.leaf == Leaf::parameter) set_aside_[i] = node.value.clone();
    }
    for (size_t i = 0; i < targets_.assignments.size(); ++i) {
      const auto& [parameter, value] = targets_.assignments[i];
      const int32_t base = memory_.home[value.id()].base;
      const bool in_place = base >= kFirstBuffer && base < memory_.finished_frame(0) &&
                            memory_.buffers[base - kFirstBuffer].in_place_of == parameter.id();
      if (in_place && !beside_) continue;
      Tensor target = graph_.node(parameter).value;
      std::memmove(target.raw(), set_aside_[i] ? set_aside_[i].raw() : read_location(value.id()), target.bytes());
    }
  }

  void collect_outputs(std::vector<Tensor>& outputs) {
    outputs.reserve(targets_.outputs.size());
    for (size_t i = 0; i < targets_.outputs.size(); ++i) {
      const Var var = targets_.outputs[i];
      const int32_t base = memory_.home[var.id()].base;
      const bool own_buffer = base < memory_.finished_frame(0) && graph_.node(var).leaf == Leaf::none;
      Tensor whole;
      if (own_buffer) {
        whole = buffers_[base - kFirstBuffer];
      } else {
        renew(copies_[i].tensor, copies_[i].spare, var.type());
        whole = copies_[i].tensor;
        const int64_t count = var.shape().has_rows() ? batch_rows_ * var.shape().row_size() : var.shape().size();
        std::memcpy(whole.raw(), read_location(var.id()), static_cast<size_t>(count) * size_of(var.dtype()));
      }
      outputs.push_back(var.shape().has_rows() ? whole.slice_rows(0, batch_rows_) : whole);
    }
  }

  struct OwnBuffer {
    size_t index;
    Type type;
    Tensor spare;
  };
  struct Copy {
    Tensor tensor, spare;
  };

  std::shared_ptr<Graph> owner_;  // null if the graph is held by no shared_ptr; destroyed after all that refers to it
  Graph& graph_;
  Targets targets_;
  Schedule schedule_;
  MemoryPlan memory_;
  Instructions code_;
  std::unique_ptr<Executor> executor_;
  std::vector<Tensor> buffers_;
  std::vector<OwnBuffer> own_buffers_;
  std::vector<Tensor> set_aside_;    // values of assignments that are parameters themselves
  std::vector<Copy> copies_;         // outputs whose value stands in a frame or a leaf
  bool beside_ = false;              // whether assigned values of this run have to be looked at before they are
  std::vector<Tensor> made_beside_;  // by buffer: what then stands in for a parameter's memory
  int64_t batch_rows_ = 1;
  std::atomic<bool> in_use_ = false;
};

Program::Program(Graph& graph, Targets targets) : impl_(std::make_unique<Impl>(graph, std::move(targets))) {}
Program::Program() = default;
Program::~Program() = default;
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;

void Program::run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) {
  if (!impl_) throw Error("run: the program is empty");
  impl_->run(inputs, outputs);
}

std::vector<Tensor> Program::run(std::span<const Tensor> inputs) {
  std::vector<Tensor> outputs;
  run(inputs, outputs);
  return outputs;
}

void Program::enable_profile() {
  if (impl_) impl_->enable_profile();
}

Profile Program::profile() const { return impl_ ? impl_->profile() : Profile{}; }

ProgramStats Program::stats() const { return impl_ ? impl_->stats() : ProgramStats{}; }

Tensor Var::value() const { return Program(graph(), {.outputs = {*this}}).run()[0]; }

}  // namespace reel
