#include "reel/graph/run/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "reel/graph/error.h"
#include "reel/graph/finite.h"

namespace reel {
namespace {

void add_once(std::vector<BufferUse*>& uses, BufferUse* use) {
  if (std::find(uses.begin(), uses.end(), use) == uses.end()) uses.push_back(use);
}

}  // namespace

Run::Run(std::shared_ptr<const Plan> plan) : plan_(std::move(plan)), executor_(*plan_) {
  buffers_.resize(plan_->memory.buffers.size());
  copies_.resize(plan_->outputs.size());
  bind_leaves();
}

void Run::run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) {
  bind_inputs(inputs);  // first, for the inputs may stand in `outputs`
  outputs.clear();      // so that their buffers are free again
  const Recorder::Run recording(recorder(), plan_->name, batch_rows_);
  bind_buffers();
  ParameterUse use(read_, assigned_);
  if (!run_stages(use, false)) diagnose(use);
  if (beside_) check_assigned();
  collect_outputs(outputs);  // before a parameter among them is assigned to
  use.start_assigning();
  commit_copies();
}

size_t Run::buffer_bytes() const {
  size_t bytes = 0;
  for (const OwnBuffer& own : own_buffers_) bytes += buffers_[own.index].bytes();
  for (const Tensor& made : made_beside_) bytes += made.bytes();
  return bytes;
}

void Run::bind_leaves() {
  for (const Plan::Assignment& assignment : plan_->assignments) {
    add_once(assigned_, plan_->node(assignment.parameter).value.use());
  }
  for (const Node& node : plan_->nodes) {
    if (node.leaf != Leaf::parameter) continue;
    BufferUse* use = node.value.use();
    if (std::find(assigned_.begin(), assigned_.end(), use) == assigned_.end()) add_once(read_, use);
  }
  for (size_t i = 0; i < buffers_.size(); ++i) {
    const Buffer& buffer = plan_->memory.buffers[i];
    if (plan_->makes(buffer)) own_buffers_.push_back({i, plan_->node(buffer.node).type});
    const Node& node = plan_->node(buffer.in_place_of >= 0 ? buffer.in_place_of : buffer.node);
    if (node.leaf == Leaf::parameter || node.leaf == Leaf::constant) buffers_[i] = node.value;
  }
}

void Run::bind_inputs(std::span<const Tensor> inputs) {
  if (inputs.size() != plan_->inputs.size()) {
    throw ShapeError(fmt::format("run: takes {} inputs, got {}", plan_->inputs.size(), inputs.size()));
  }
  batch_rows_ = -1;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Plan::Input& input = plan_->inputs[i];
    check_input(input, inputs[i]);
    if (const int32_t buffer = plan_->buffer_of(input.id); buffer >= 0) buffers_[buffer] = inputs[i];
  }
  if (batch_rows_ < 0) batch_rows_ = 1;
}

void Run::check_input(const Plan::Input& input, const Tensor& tensor) {
  const auto& [id, type, name] = input;
  const bool is_batch = type.shape.has_rows();
  if (!tensor) throw ShapeError(fmt::format("run: input \"{}\" is empty, expected {}", name, type.str()));
  const bool fits = tensor.dtype() == type.dtype && tensor.shape().rank() == type.shape.rank() &&
                    (is_batch ? tensor.shape().with_lead(rows) : tensor.shape()) == type.shape;
  if (!fits)
    throw ShapeError(fmt::format("run: input \"{}\" must be {}, got {}", name, type.str(), tensor.type().str()));
  if (!is_batch) return;
  if (batch_rows_ >= 0 && batch_rows_ != tensor.shape()[0]) {
    throw ShapeError(
        fmt::format("run: inputs differ in rows, {} before \"{}\" which has {}", batch_rows_, name, tensor.shape()[0]));
  }
  batch_rows_ = tensor.shape()[0];
  if (batch_rows_ == 0) throw ShapeError(fmt::format("run: input \"{}\" has no rows", name));
}

void Run::bind_buffers() {
  for (OwnBuffer& own : own_buffers_) renew(buffers_[own.index], own.spare, own.type);
  for (size_t i = 0; i < buffers_.size(); ++i) executor_.set_buffer(i, buffers_[i].raw());
}

namespace {

/// Whether nobody else holds the tensor. Its count says so, but not that what others did with it was done before: for
/// that the handle is copied, which takes its place behind those that were given back.
bool is_free(const Tensor& tensor) {
  if (!tensor || tensor.is_shared()) return false;
  const Tensor behind_others = tensor;
  return true;
}

}  // namespace

/// Memory that a caller still holds from an earlier run is left to the caller. It is kept as the spare, for it may be
/// free again by the next run: where outputs are the next run's inputs, two take turns.
void Run::renew(Tensor& tensor, Tensor& spare, const Type& type) const {
  if (tensor && !is_free(tensor)) std::swap(tensor, spare);
  const bool fits = is_free(tensor) && (type.shape.has_rows() ? tensor.shape()[0] >= batch_rows_ : true);
  if (!fits) tensor = Tensor(type.dtype, type.shape.has_rows() ? type.shape.with_lead(batch_rows_) : type.shape);
}

/// False if the guard stopped it. With `check`, throws at the first value that is not finite.
bool Run::run_stages(ParameterUse& use, bool check) {
  beside_ = false;
  bool is_checked = plan_->guard < 0, commits = false;
  for (size_t stage = 0; stage < plan_->schedule.stages.size(); ++stage) {
    if (plan_->memory.stages[stage].commits) {
      if (!is_checked && !guard_holds()) return false;
      is_checked = true;
      if (!commits) use.start_assigning();
      commits = true;
    }
    executor_.run_stage(stage, batch_rows_, check);
  }
  return is_checked || guard_holds();
}

/// Whether the guard is finite. If so, but assigned values may not be, they are made beside the parameters from here
/// on.
bool Run::guard_holds() {
  const std::byte* guard = read_location(plan_->guard);
  const DType dtype = plan_->node(plan_->guard).type.dtype;
  if (find_nonfinite(guard, dtype, 1) >= 0) return false;
  beside_ = plan_->guard_limit < 0 || !(value_at(guard, dtype, 0) < plan_->node(plan_->guard_limit).value.at(0));
  if (beside_) make_beside();
  return true;
}

/// Points values that are made in a parameter's memory to memory of their own.
void Run::make_beside() {
  made_beside_.resize(buffers_.size());
  for (size_t i = 0; i < buffers_.size(); ++i) {
    const Buffer& buffer = plan_->memory.buffers[i];
    if (buffer.in_place_of < 0) continue;
    const Type& type = plan_->node(buffer.node).type;
    if (!made_beside_[i]) made_beside_[i] = Tensor(type.dtype, type.shape);
    executor_.set_buffer(i, made_beside_[i].raw());
  }
}

/// Throws NumericError, naming the parameter, for the first assigned value that is not finite.
void Run::check_assigned() const {
  for (const auto& [parameter, value] : plan_->assignments) {
    const Type& type = plan_->node(value).type;
    const std::byte* data = read_location(value);
    const int64_t found = find_nonfinite(data, type.dtype, type.shape.size());
    if (found < 0) continue;
    throw NumericError(fmt::format("parameter \"{}\" {} would become {} at element {}, so nothing is assigned",
                                   plan_->leaf_name(parameter), type.str(), value_at(data, type.dtype, found), found));
  }
}

/// Runs again, one tile after the other, and throws NumericError at the first value that is not finite.
void Run::diagnose(ParameterUse& use) {
  for (const Plan::Input& input : plan_->inputs) {
    const int32_t buffer = plan_->buffer_of(input.id);
    if (buffer < 0) continue;
    const Tensor& bound = buffers_[buffer];
    if (find_nonfinite(bound.raw(), bound.dtype(), bound.size()) < 0) continue;
    throw NumericError(fmt::format("input \"{}\" {} holds a value that is not finite", input.name, bound.type().str()));
  }
  for (const int32_t id : plan_->schedule.live) {
    const Node& node = plan_->node(id);
    if (node.leaf == Leaf::parameter && find_nonfinite(node.value.raw(), node.value.dtype(), node.value.size()) >= 0) {
      throw NumericError(
          fmt::format("parameter \"{}\" {} holds a value that is not finite", plan_->leaf_name(id), node.type.str()));
    }
  }
  run_stages(use, true);
  throw NumericError("the result is not finite");
}

/// Values that are parameters themselves are set aside first: all assignments happen at once.
void Run::commit_copies() {
  set_aside_.resize(plan_->assignments.size());
  for (size_t i = 0; i < set_aside_.size(); ++i) {
    const Node& node = plan_->node(plan_->assignments[i].value);
    if (node.leaf == Leaf::parameter) set_aside_[i] = node.value.clone();
  }
  for (size_t i = 0; i < plan_->assignments.size(); ++i) {
    const auto& [parameter, value] = plan_->assignments[i];
    const int32_t buffer = plan_->buffer_of(value);
    const bool in_place = buffer >= 0 && plan_->memory.buffers[buffer].in_place_of == parameter;
    if (in_place && !beside_) continue;
    Tensor target = plan_->node(parameter).value;
    std::memmove(target.raw(), set_aside_[i] ? set_aside_[i].raw() : read_location(value), target.bytes());
  }
}

void Run::collect_outputs(std::vector<Tensor>& outputs) {
  outputs.reserve(plan_->outputs.size());
  for (size_t i = 0; i < plan_->outputs.size(); ++i) {
    const auto& [id, type] = plan_->outputs[i];
    const int32_t buffer = plan_->buffer_of(id);
    Tensor whole;
    if (buffer >= 0 && plan_->node(id).leaf == Leaf::none) {
      whole = buffers_[buffer];
    } else {
      renew(copies_[i].tensor, copies_[i].spare, type);
      whole = copies_[i].tensor;
      const int64_t count = type.shape.has_rows() ? batch_rows_ * type.shape.row_size() : type.shape.size();
      std::memcpy(whole.raw(), read_location(id), static_cast<size_t>(count) * size_of(type.dtype));
    }
    outputs.push_back(type.shape.has_rows() ? whole.slice_rows(0, batch_rows_) : whole);
  }
}

}  // namespace reel
