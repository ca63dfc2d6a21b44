#include "reel/models/training/update.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "reel/graph/error.h"

namespace reel {
namespace {

/// What no element of a gradient has exceeded in any step so far, clipped ones as they became, or a NaN if the loss or
/// an element is not finite, which must be known before weights may change. No sum of floats may tell: it may overflow
/// where none of them is infinite.
Var finite_guard(Var loss, std::span<const Var> gradients, Var largest_so_far, double clip_bound) {
  std::vector<Var> bounds;
  for (const Var& g : gradients) bounds.push_back(magnitude_bound(g));
  const Var all = add_n(bounds), limit = loss.graph().constant(clip_bound, DType::f64);
  const Var clipped = std::isinf(clip_bound) ? all : minimum(all, limit);
  return maximum(largest_so_far, clipped + 0.0 * (all + cast(loss, DType::f64)));
}

/// Keras's path of a weight's slot.
std::string slot_path(const Optimizer& optimizer, const std::string& weight, const Slot& slot) {
  if (slot.name.empty()) return fmt::format("{}/{}", optimizer.name(), weight.substr(weight.rfind('/') + 1));
  std::string flat = weight;
  std::ranges::replace(flat, '/', '_');
  return fmt::format("{}/{}_{}", optimizer.name(), flat, slot.name);
}

Variable variable(const std::string& name, const std::string& path, const Type& type, double start, VariableKind kind) {
  Variable made(name, type.shape, Constant{start}, {.kind = kind, .dtype = type.dtype});
  made.set_path(path);
  made.set_value(Tensor::full(type.shape, start, type.dtype));
  return made;
}

}  // namespace

OptimizerState::OptimizerState(const Optimizer& optimizer)
    : iteration(variable("iteration", optimizer.name() + "/iteration", {DType::i32, {}}, 0, VariableKind::iteration)) {
  if (optimizer.has_schedule()) return;
  rate = variable("learning_rate", optimizer.name() + "/learning_rate", {DType::f64, {}}, optimizer.learning_rate(),
                  VariableKind::rate);
}

double OptimizerState::learning_rate(const Optimizer& optimizer) const {
  return optimizer.learning_rate(iterations(), rate ? std::optional(rate.value().item()) : std::nullopt);
}

const std::vector<Variable>& OptimizerState::slots_of(const Optimizer& optimizer, const NamedWeight& weight) {
  const auto [kept, is_new] = slots.try_emplace(weight.value.raw());
  if (is_new) {
    for (const Slot& slot : optimizer.slots(weight.value.shape(), weight.path)) {
      kept->second.push_back(variable(slot.name, slot_path(optimizer, weight.path, slot),
                                      {weight.value.dtype(), slot.shape}, slot.start, VariableKind::slot));
      if (slot.starts_as_weight) kept->second.back().set_value(weight.value.clone());
    }
  }
  return kept->second;
}

void OptimizerState::prepare_step(const Optimizer& optimizer) {
  if (iterations() == std::numeric_limits<int32_t>::max()) {
    throw ValueError(fmt::format("{}: makes at most {} steps", optimizer.name(), iterations()));
  }
  const double now = learning_rate(optimizer);
  largest_rate = std::max(largest_rate, now);
  safe_gradient.data<double>()[0] = is_constrained ? 0 : optimizer.safe_gradient(largest_rate, iterations());
  const Optimizer::Scalars next = optimizer.scalars(iterations(), now);
  for (size_t i = 0; i < scalars.size(); ++i) scalars[i].data<float>()[0] = static_cast<float>(next[i]);
}

void OptimizerState::finalize(const Optimizer& optimizer, std::span<const NamedWeight> weights) const {
  if (!optimizer.options().use_ema) return;
  for (const NamedWeight& weight : weights) {
    const auto kept = slots.find(weight.value.raw());
    if (kept != slots.end()) Tensor(weight.value).assign(kept->second.front().value());
  }
}

std::vector<Variable> OptimizerState::variables(const Optimizer& optimizer, std::span<const NamedWeight> weights) {
  std::vector<Variable> all{iteration};
  if (rate) all.push_back(rate);
  std::map<int, std::vector<Variable>> lists;
  for (const NamedWeight& weight : weights) {
    const std::vector<Slot> described = optimizer.slots(weight.value.shape(), weight.path);
    const std::vector<Variable>& kept = slots_of(optimizer, weight);
    for (size_t i = 0; i < kept.size(); ++i) lists[described[i].list].push_back(kept[i]);
  }
  for (const auto& [number, list] : lists) all.insert(all.end(), list.begin(), list.end());
  for (const StepNumber& number : optimizer.step_numbers(iterations())) {
    all.push_back(variable(number.name, fmt::format("{}/{}", optimizer.name(), number.name), {DType::f32, {}},
                           number.value, VariableKind::slot));
  }
  return all;
}

std::vector<Assignment> record_update(Tape& tape, const Optimizer& optimizer, OptimizerState& state,
                                      std::span<const Var> weights, std::span<const Var> gradients,
                                      std::span<const Constraint> constraints) {
  const Graph::Scope scope(tape.graph(), optimizer.name());
  std::vector<std::vector<Var>> slots;
  for (const Var& weight : weights) {
    const Tensor& value = tape.graph().node(weight).value;
    const std::string name = tape.graph().leaf_name(weight.id());
    std::vector<Var>& vars = slots.emplace_back();
    for (const Variable& slot : state.slots_of(optimizer, {name, value})) {
      vars.push_back(tape.parameter(slot.value(), name + "/" + slot.name()));
    }
  }
  while (state.scalars.size() < optimizer.scalar_count()) state.scalars.push_back(Tensor::scalar(0));
  std::vector<Var> scalars;
  for (const Tensor& tensor : state.scalars) scalars.push_back(tape.parameter(tensor, "scalar"));
  state.is_constrained =
      std::ranges::any_of(constraints, [](const Constraint& constraint) { return bool(constraint); });
  const std::vector<Optimizer::Updated> updated = optimizer.update(weights, gradients, slots, scalars, constraints);
  std::vector<Assignment> assignments;
  for (size_t i = 0; i < weights.size(); ++i) {
    assignments.push_back({weights[i], updated[i].weight});
    for (size_t j = 0; j < slots[i].size(); ++j) {
      if (!(updated[i].slots[j] == slots[i][j])) assignments.push_back({slots[i][j], updated[i].slots[j]});
    }
  }
  return assignments;
}

void guard_update(Tape& tape, const Optimizer& optimizer, const OptimizerState& state, std::span<const Var> gradients,
                  std::span<const Assignment> by_layers, Targets& targets) {
  Var loss = targets.outputs[0];  // or a NaN where a layer's value is not finite
  for (const Assignment& assignment : by_layers) {
    if (assignment.value.dtype() == DType::i32) continue;
    loss = loss + cast(0.0 * magnitude_bound(assignment.value), loss.dtype());
  }
  targets.guard = loss;
  if (!gradients.empty()) {
    const Var largest = tape.parameter(state.largest_gradient, "largest gradient");
    targets.guard = finite_guard(loss, gradients, largest, optimizer.clip_bound());
    targets.guard_limit = tape.parameter(state.safe_gradient, "safe gradient");
    targets.assignments.push_back({largest, *targets.guard});
  }
  // Recorded again, behind the guard.
  for (const auto& [parameter, value] : by_layers) targets.assignments.push_back({parameter, stop_gradient(value)});
}

}  // namespace reel
