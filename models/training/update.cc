#include "reel/models/training/update.h"

#include <algorithm>
#include <cmath>

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

/// What the optimizer keeps for a weight, as parameters: zeros before the weight's first step.
std::vector<Var> slots_of(Tape& tape, const Optimizer& optimizer, OptimizerState& state, Var weight) {
  const auto [slots, is_new] = state.slots.try_emplace(tape.graph().node(weight).value.raw());
  if (is_new) {
    for (size_t i = 0; i < optimizer.slots().size(); ++i) slots->second.push_back(Tensor::zeros(weight.shape()));
  }
  std::vector<Var> vars;
  const std::string name = tape.graph().leaf_name(weight.id()) + "/";
  for (size_t i = 0; i < slots->second.size(); ++i) {
    vars.push_back(tape.parameter(slots->second[i], name + optimizer.slots()[i]));
  }
  return vars;
}

}  // namespace

void OptimizerState::prepare_step(const Optimizer& optimizer) {
  const double rate = optimizer.learning_rate();
  largest_rate = std::max(largest_rate, rate);
  safe_gradient.data<double>()[0] = optimizer.safe_gradient(largest_rate, iterations + 1);
  const StepScalars now = optimizer.scalars(rate, iterations + 1);
  for (size_t i = 0; i < now.size(); ++i) scalars[i].data<float>()[0] = static_cast<float>(now[i]);
}

std::vector<Assignment> record_update(Tape& tape, const Optimizer& optimizer, OptimizerState& state,
                                      std::span<const Var> weights, std::span<const Var> gradients) {
  const Graph::Scope scope(tape.graph(), std::string(optimizer.name()));
  std::vector<std::vector<Var>> slots;
  for (const Var& weight : weights) slots.push_back(slots_of(tape, optimizer, state, weight));
  while (state.scalars.size() < std::tuple_size_v<StepScalars>) state.scalars.push_back(Tensor::scalar(0));
  std::vector<Var> scalars;
  for (const Tensor& tensor : state.scalars) scalars.push_back(tape.parameter(tensor, "scalar"));
  const std::vector<Optimizer::Updated> updated = optimizer.update(weights, gradients, slots, scalars);
  std::vector<Assignment> assignments;
  for (size_t i = 0; i < weights.size(); ++i) {
    assignments.push_back({weights[i], updated[i].weight});
    for (size_t j = 0; j < slots[i].size(); ++j) assignments.push_back({slots[i][j], updated[i].slots[j]});
  }
  return assignments;
}

void guard_update(Tape& tape, const Optimizer& optimizer, const OptimizerState& state, std::span<const Var> gradients,
                  Targets& targets) {
  const Var loss = targets.outputs[0];
  if (gradients.empty()) {
    targets.guard = loss;
    return;
  }
  const Var largest = tape.parameter(state.largest_gradient, "largest gradient");
  targets.guard = finite_guard(loss, gradients, largest, optimizer.clip_bound());
  targets.guard_limit = tape.parameter(state.safe_gradient, "safe gradient");
  targets.assignments.push_back({largest, *targets.guard});
}

}  // namespace reel
