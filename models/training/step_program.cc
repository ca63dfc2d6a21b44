#include "reel/models/training/step_program.h"

#include <fmt/format.h>

#include "reel/graph/trace.h"
#include "reel/models/describe/users_code.h"
#include "reel/models/layer/layer_names.h"

namespace reel {
namespace {

/// Forward part of training and evaluation, recorded in a tape.
struct Recorded {
  std::vector<Var> inputs;
  std::vector<Var> outputs;  // loss, then metrics, then how many predictions are valid if there is a mask
  std::vector<std::string> names;
  std::vector<Var> trainable;
  Var summed, divisor;  // whose quotient is the loss; no divisor: 1
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
  const auto [predicted, mask] = call_layers(layers, x, &vars);
  for (const LayerPtr& layer : distinct_layers(layers)) {
    const WeightVars& own = vars.at(&*layer);
    for (size_t i = 0; i < own.size(); ++i) {
      if (layer->weights()[i].trainable) out.trainable.push_back(own[i]);
    }
  }
  const Var values = compiled.loss(y, predicted, mask);
  if (const Var valid = compiled.loss.valid(y, predicted, mask)) {
    out.summed = sum_of_valid(weighted(values, weight), valid, "loss");
    out.divisor = count_of_valid(values, valid);
    out.outputs.push_back(out.summed / out.divisor);
  } else {
    out.summed = mean_loss(values, weight);
    out.outputs.push_back(out.summed);
  }
  out.names.push_back("loss");
  for (const Metric& metric : compiled.metrics) {
    out.outputs.push_back(metric.of_batch(y, predicted, mask));
    out.names.push_back(free_name(metric.name(), out.names));
  }
  if (mask) out.outputs.push_back(sum(mask));
  return out;
}

/// Gradients of the loss in the trainable weights. They are divided when they are whole: to divide on their way, each
/// row would have to wait for what all others count.
std::vector<Var> gradients_of(Tape& tape, const Recorded& recorded) {
  std::vector<Var> gradients = tape.gradient(recorded.summed, recorded.trainable);
  if (!recorded.divisor) return gradients;
  for (Var& gradient : gradients) gradient = gradient / recorded.divisor;
  return gradients;
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

}  // namespace

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
  Targets targets{.outputs = recorded.outputs, .inputs = recorded.inputs, .name = "train"};
  guard_update(tape, compiled.optimizer, state, gradients, targets);
  for (const Assignment& assignment : record_update(tape, compiled.optimizer, state, recorded.trainable, gradients)) {
    targets.assignments.push_back(assignment);
  }
  return {types, tape.compile(std::move(targets)), std::move(recorded.names)};
}

StepProgram make_evaluate_program(const std::vector<LayerPtr>& layers, const CompileOptions& compiled,
                                  const DataTypes& types) {
  const TraceScope scope("make evaluate", "compile");
  Tape tape;
  Recorded recorded = record(tape, layers, compiled, types);
  return {types, tape.compile({.outputs = recorded.outputs, .inputs = recorded.inputs, .name = "evaluate"}),
          std::move(recorded.names)};
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
  std::vector<Var> outputs{recorded.outputs[0]};
  for (const Var& gradient : gradients_of(tape, recorded)) outputs.push_back(gradient);
  return outputs;
}

}  // namespace reel
