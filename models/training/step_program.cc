#include "reel/models/training/step_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reel/graph/trace.h"
#include "reel/models/describe/users_code.h"
#include "reel/models/layer/layer_names.h"

namespace reel {
namespace {

/// Forward part of training and evaluation, recorded in a tape.
struct Recorded {
  std::vector<Var> inputs;
  Scores scores;
  std::vector<Var> trainable;
};

Recorded record(Tape& tape, const std::vector<LayerPtr>& layers, const CompileOptions& compiled,
                const DataTypes& types) {
  const TraceScope scope("record", "compile");
  tape.graph().passes() = compiled.passes;
  Recorded out;
  const Var x = tape.input(types.x.shape, types.x.dtype, "x"), y = tape.input(types.y.shape, types.y.dtype, "y");
  out.inputs = {x, y};
  Var weight;
  if (types.weighted) {
    weight = tape.input({rows}, DType::f32, "sample_weight");
    out.inputs.push_back(weight);
  }
  LayerVars vars;
  const Flow predicted = call_layers(layers, x, &vars);
  for (const LayerPtr& layer : distinct_layers(layers)) {
    const WeightVars& own = vars.at(&*layer);
    for (size_t i = 0; i < own.size(); ++i) {
      if (layer->weights()[i].trainable) out.trainable.push_back(own[i]);
    }
  }
  out.scores = record_scores(compiled, y, predicted, weight);
  return out;
}

/// Gradients of the loss in the trainable weights.
std::vector<Var> gradients_of(Tape& tape, const Recorded& recorded) {
  const Reduced& loss = recorded.scores.loss;
  std::vector<Var> gradients = tape.gradient(loss.sum, recorded.trainable);
  if (!loss.divisor) return gradients;
  for (Var& gradient : gradients) gradient = gradient / loss.divisor;
  return gradients;
}

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

/// Throws unless the layer gave a value with the rows of its input: whatever reads it goes by them.
void check_flow(const Flow& given, const Flow& input, const Giver& layer) {
  const Shape& shape = require_var(given.value, input.value.graph(), layer).shape();
  if (given.mask) require_var(given.mask, input.value.graph(), layer);
  const int64_t lead = input.value.shape().lead();
  if (shape.rank() > 0 && shape[0] == lead) return;
  throw ShapeError(fmt::format("{}: expected {}, got {}", layer.str(),
                               lead == rows ? "[rows, ...]" : fmt::format("[{}, ...]", lead),
                               given.value.type().str()));
}

/// Nothing is assigned that is not finite. Gradients that are small enough for all new values to be finite are the
/// rule.
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

}  // namespace

void OptimizerState::prepare_step(const Optimizer& optimizer) {
  const double rate = optimizer.learning_rate();
  largest_rate = std::max(largest_rate, rate);
  safe_gradient.data<double>()[0] = optimizer.safe_gradient(largest_rate, iterations + 1);
  const StepScalars now = optimizer.scalars(rate, iterations + 1);
  for (size_t i = 0; i < now.size(); ++i) scalars[i].data<float>()[0] = static_cast<float>(now[i]);
}

Flow call_layer(const LayerPtr& layer, const Flow& input, LayerVars& vars) {
  Graph& graph = input.value.graph();
  const Graph::Scope scope(graph, layer->name());
  const auto [own, is_new] = vars.try_emplace(&*layer);
  if (is_new) {
    for (const Weight& weight : layer->weights()) {
      own->second.push_back(graph.parameter(weight.value, layer->name() + "/" + weight.name));
    }
  }
  const Giver giver{"layer", layer->name()};
  const Flow given = located(", in " + giver.str(), [&] { return layer->call(input, own->second); });
  check_flow(given, input, giver);
  return given;
}

Flow call_layers(const std::vector<LayerPtr>& layers, Var x, LayerVars* made) {
  LayerVars vars;
  Flow flow{x};
  for (const LayerPtr& layer : layers) flow = call_layer(layer, flow, vars);
  if (made) *made = std::move(vars);
  return flow;
}

StepProgram make_train_program(const std::vector<LayerPtr>& layers, const CompileOptions& compiled,
                               OptimizerState& state, const DataTypes& types) {
  const TraceScope scope("make train", "compile");
  Tape tape;
  Recorded recorded = record(tape, layers, compiled, types);
  const std::vector<Var> gradients = gradients_of(tape, recorded);
  Targets targets{.outputs = recorded.scores.outputs, .inputs = recorded.inputs, .name = "train"};
  guard_update(tape, compiled.optimizer, state, gradients, targets);
  for (const Assignment& assignment : record_update(tape, compiled.optimizer, state, recorded.trainable, gradients)) {
    targets.assignments.push_back(assignment);
  }
  return {types, tape.compile(std::move(targets)), std::move(recorded.scores.keys)};
}

StepProgram make_evaluate_program(const std::vector<LayerPtr>& layers, const CompileOptions& compiled,
                                  const DataTypes& types) {
  const TraceScope scope("make evaluate", "compile");
  Tape tape;
  Recorded recorded = record(tape, layers, compiled, types);
  return {types, tape.compile({.outputs = recorded.scores.outputs, .inputs = recorded.inputs, .name = "evaluate"}),
          std::move(recorded.scores.keys)};
}

StepProgram make_gradient_program(const std::vector<LayerPtr>& layers, const CompileOptions& compiled,
                                  const DataTypes& types) {
  const TraceScope scope("make gradients", "compile");
  Tape tape;
  const Recorded recorded = record(tape, layers, compiled, types);
  const std::vector<Var> gradients = gradients_of(tape, recorded);
  return {types, tape.compile({.outputs = gradients, .inputs = recorded.inputs, .name = "gradients"})};
}

StepProgram make_predict_program(const std::vector<LayerPtr>& layers, const Type& x, const Passes& passes) {
  const TraceScope scope("make predict", "compile");
  Tape tape;
  tape.graph().passes() = passes;
  const Var input = tape.input(x.shape, x.dtype, "x");
  const Var predicted = call_layers(layers, input).value;
  return {{x, {}}, tape.compile({.outputs = {predicted}, .inputs = {input}, .name = "predict"})};
}

std::vector<Var> record_training(Tape& tape, const std::vector<LayerPtr>& layers, const CompileOptions& compiled,
                                 const DataTypes& types) {
  Recorded recorded = record(tape, layers, compiled, types);
  std::vector<Var> outputs{recorded.scores.outputs[0]};
  for (const Var& gradient : gradients_of(tape, recorded)) outputs.push_back(gradient);
  return outputs;
}

}  // namespace reel
