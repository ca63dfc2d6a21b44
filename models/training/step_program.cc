#include "reel/models/training/step_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "reel/graph/error.h"
#include "reel/graph/trace.h"
#include "reel/models/describe/users_code.h"
#include "reel/models/layer/layer_names.h"
#include "reel/models/losses/arguments.h"
#include "reel/models/training/custom_step.h"

namespace reel {
namespace {

/// Forward part of training and evaluation, recorded in a tape.
struct Recorded {
  std::vector<Var> inputs;
  Scores scores;
  std::optional<std::vector<Var>> gradients;  // in the trainable, where a step of a user's own says them
  std::vector<Var> trainable;
  std::vector<Constraint> constraints;  // of these
  std::vector<Assignment> assignments;
  std::vector<Recording::State> states;
};

std::vector<Var> inputs_of(Tape& tape, const std::vector<Type>& types, const std::vector<std::string>& names,
                           const char* alone) {
  std::vector<Var> inputs;
  for (size_t i = 0; i < types.size(); ++i) {
    inputs.push_back(tape.input(types[i].shape, types[i].dtype, types.size() == 1 ? alone : names[i]));
  }
  return inputs;
}

Flows flows_of(std::span<const Var> values) {
  Flows flows;
  for (const Var& value : values) flows.push_back({value});
  return flows;
}

void record_states(Recorded& out, Recording& recording) {
  out.states = recording.states();
  for (const Recording::State& state : out.states) out.inputs.push_back(state.before);
}

/// The weights that there are become inputs, and f32 without axes behind that have extent 1.
std::vector<Var> record_weights(Tape& tape, const DataTypes& types, const std::vector<std::string>& outputs,
                                std::vector<Var>& inputs) {
  std::vector<Var> weights(types.y.size());
  for (size_t i = 0; i < types.weights.size(); ++i) {
    const Type& type = types.weights[i];
    if (type.shape.rank() == 0) continue;
    const std::string name = outputs.size() > 1 ? outputs[i] + "_sample_weight" : "sample_weight";
    inputs.push_back(tape.input(type.shape, type.dtype, name));
    weights[i] = cast(inputs.back(), DType::f32);
    while (weights[i].shape().rank() > 1 && weights[i].shape().back() == 1) weights[i] = without_last(weights[i]);
  }
  return weights;
}

/// Scores, and gradients of training, by a user's function.
void record_custom(Tape& tape, const Trainee& trainee, const CompileOptions& compiled, Recording& recording,
                   CustomStep::Inputs inputs, Recorded& out) {
  const bool training = recording.training();
  const char* what = training ? "train_step" : "test_step";
  CustomStep step(tape, recording, trainee, compiled, std::move(inputs));
  (training ? compiled.train_step : compiled.test_step)(step);
  out.scores = step.take_scores(what);
  out.gradients = step.gradients();
  if (training && !out.gradients) {
    throw Error("train_step: applies no gradients; expected minimize(loss) or apply_gradients(gradients)");
  }
}

Recorded record(Tape& tape, const Trainee& trainee, const CompileOptions& compiled, const DataTypes& types,
                bool training) {
  const TraceScope scope("record", "compile");
  tape.graph().passes() = compiled.passes;
  Recorded out;
  const std::vector<Var> x = inputs_of(tape, types.x, trainee.input_names, "x");
  const std::vector<Var> y = inputs_of(tape, types.y, trainee.output_names, "y");
  out.inputs = x;
  out.inputs.insert(out.inputs.end(), y.begin(), y.end());
  const std::vector<Var> weights = record_weights(tape, types, trainee.output_names, out.inputs);
  Recording recording(tape.graph(), training, trainee.scope);
  if (training ? compiled.train_step : compiled.test_step) {
    record_custom(tape, trainee, compiled, recording, {x, y, weights}, out);
  } else {
    if (y.empty()) throw ShapeError("y: expected data for the compiled loss, got nothing");
    const Flows predicted = trainee.replay(recording, flows_of(x));
    out.scores =
        record_scores(compiled, {trainee.output_names, y, predicted, weights, added_losses(trainee, recording)});
  }
  for (const Variable& variable : trainee.variables) {
    if (!variable.trainable()) continue;
    out.trainable.push_back(recording.parameter_of(variable));
    out.constraints.push_back(variable.constraint());
  }
  out.assignments = recording.assignments();
  record_states(out, recording);
  return out;
}

/// The program's outputs, and behind them what states become.
std::vector<Var> with_states(std::vector<Var> outputs, const Recorded& recorded) {
  for (const Recording::State& state : recorded.states) outputs.push_back(state.after);
  return outputs;
}

StepProgram step_program(Tape& tape, const DataTypes& types, Targets targets, Recorded& recorded) {
  StepProgram step{types, tape.compile(std::move(targets)), std::move(recorded.scores.keys)};
  for (const Recording::State& state : recorded.states) step.states.push_back(state.variable);
  return step;
}

/// Gradients of the loss, times `scale`, in the trainable weights. They are divided when they are whole: to divide on
/// their way, each row would have to wait for what all others count.
std::vector<Var> gradients_of(Tape& tape, const Recorded& recorded, std::optional<double> scale = {}) {
  if (recorded.gradients) return *recorded.gradients;
  std::vector<Var> total(recorded.trainable.size());
  const auto add = [&](Var summed, Var divisor) {
    const std::vector<Var> gradients = tape.gradient(scale ? summed * *scale : summed, recorded.trainable);
    for (size_t i = 0; i < total.size(); ++i) {
      const Var one = divisor ? gradients[i] / divisor : gradients[i];
      total[i] = total[i] ? total[i] + one : one;
    }
  };
  Var undivided;
  for (const Reduced& term : recorded.scores.terms) {
    if (!term.divisor) undivided = undivided ? undivided + term.sum : term.sum;
  }
  if (undivided) add(undivided, {});
  for (const Reduced& term : recorded.scores.terms) {
    if (term.divisor) add(term.sum, term.divisor);
  }
  return total;
}

}  // namespace

DataTypes types_of_batch(std::span<const Tensor> batch, size_t inputs) {
  const size_t outputs = (batch.size() - inputs) / 2;
  const auto type_of = [](const Tensor& part) {
    return part ? Type{part.dtype(), part.shape().with_lead(rows)} : Type{};
  };
  DataTypes types;
  for (size_t i = 0; i < inputs; ++i) types.x.push_back(type_of(batch[i]));
  for (size_t i = inputs; i < inputs + outputs; ++i) types.y.push_back(type_of(batch[i]));
  const std::span<const Tensor> weights = batch.subspan(inputs + outputs);
  if (std::ranges::none_of(weights, [](const Tensor& weight) { return static_cast<bool>(weight); })) return types;
  for (const Tensor& weight : weights) types.weights.push_back(type_of(weight));
  return types;
}

std::vector<Var> added_losses(const Trainee& trainee, Recording& recording) {
  std::vector<Var> losses = recording.losses();
  for (const Variable& variable : trainee.variables) {
    if (!variable.regularizer() || !variable.trainable()) continue;
    losses.push_back(variable.regularizer()(recording.value_of(variable)));
  }
  return losses;
}

bool StepProgram::takes(std::span<const Tensor> batch) const {
  const size_t inputs = types.x.size(), data = inputs + types.y.size();
  if (batch.size() != data + types.y.size()) return false;
  const Type none;
  for (size_t i = 0; i < batch.size(); ++i) {
    const Type& own = i < inputs              ? types.x[i]
                      : i < data              ? types.y[i - inputs]
                      : types.weights.empty() ? none
                                              : types.weights[i - data];
    if (static_cast<bool>(batch[i]) != (own.shape.rank() > 0)) return false;
    if (batch[i] && !(batch[i].dtype() == own.dtype && batch[i].shape().with_lead(rows) == own.shape)) return false;
  }
  return true;
}

void StepProgram::run(std::span<const Tensor> batch, std::vector<Tensor>& outputs) const {
  const size_t count = types.x.size() + types.y.size() + types.weights.size();
  const bool has_gaps = std::ranges::any_of(batch.first(count), [](const Tensor& part) { return !part; });
  if (states.empty() && !has_gaps) return program.run(batch.first(count), outputs);
  std::vector<Tensor> inputs;
  for (const Tensor& part : batch.first(count)) {
    if (part) inputs.push_back(part);
  }
  if (states.empty()) return program.run(inputs, outputs);
  const int64_t row_count = inputs[0].shape()[0];
  for (Variable state : states) {
    if (!state.value()) state.set_value(Tensor::zeros(state.shape().with_lead(row_count)));
    if (state.value().shape()[0] != row_count) {
      throw ShapeError(fmt::format("state \"{}\" is of a batch of {} rows, got {}; reset_states() begins anew",
                                   state.path(), state.value().shape()[0], row_count));
    }
    inputs.push_back(state.value());
  }
  std::vector<Tensor> all;
  program.run(inputs, all);
  const auto first_state = all.end() - static_cast<ptrdiff_t>(states.size());
  for (size_t i = 0; i < states.size(); ++i) Variable(states[i]).set_value(*(first_state + static_cast<ptrdiff_t>(i)));
  outputs.assign(all.begin(), first_state);
}

StepProgram make_train_program(const Trainee& trainee, const CompileOptions& compiled, OptimizerState& state,
                               const DataTypes& types) {
  const TraceScope scope("make train", "compile");
  Tape tape;
  Recorded recorded = record(tape, trainee, compiled, types, true);
  const std::vector<Var> gradients = gradients_of(tape, recorded, compiled.optimizer.options().loss_scale_factor);
  // A weight that is trained becomes what the optimizer makes of it: what a layer assigned to it was for this step.
  std::erase_if(recorded.assignments, [&](const Assignment& by_layer) {
    return std::ranges::find(recorded.trainable, by_layer.parameter) != recorded.trainable.end();
  });
  Targets targets{.outputs = recorded.scores.outputs, .inputs = recorded.inputs, .name = "train"};
  guard_update(tape, compiled.optimizer, state, gradients, recorded.assignments, targets);
  for (const Assignment& assignment :
       record_update(tape, compiled.optimizer, state, recorded.trainable, gradients, recorded.constraints)) {
    targets.assignments.push_back(assignment);
  }
  targets.outputs = with_states(std::move(targets.outputs), recorded);
  StepProgram step = step_program(tape, types, std::move(targets), recorded);
  step.assigns = true;
  return step;
}

StepProgram make_evaluate_program(const Trainee& trainee, const CompileOptions& compiled, const DataTypes& types) {
  const TraceScope scope("make evaluate", "compile");
  Tape tape;
  Recorded recorded = record(tape, trainee, compiled, types, false);
  Targets targets{.outputs = with_states(recorded.scores.outputs, recorded),
                  .assignments = recorded.assignments,
                  .inputs = recorded.inputs,
                  .name = "evaluate"};
  StepProgram step = step_program(tape, types, std::move(targets), recorded);
  step.assigns = !recorded.assignments.empty() || !step.states.empty();
  return step;
}

StepProgram make_gradient_program(const Trainee& trainee, const CompileOptions& compiled, const DataTypes& types) {
  const TraceScope scope("make gradients", "compile");
  Tape tape;
  Recorded recorded = record(tape, trainee, compiled, types, true);
  const std::vector<Var> gradients = gradients_of(tape, recorded);
  return step_program(tape, types,
                      {.outputs = with_states(gradients, recorded), .inputs = recorded.inputs, .name = "gradients"},
                      recorded);
}

StepProgram make_predict_program(const Trainee& trainee, const DataTypes& types, const Passes& passes) {
  const TraceScope scope("make predict", "compile");
  Tape tape;
  tape.graph().passes() = passes;
  Recorded recorded;
  recorded.inputs = inputs_of(tape, types.x, trainee.input_names, "x");
  Recording recording(tape.graph(), false, trainee.scope);
  for (const Flow& output : trainee.replay(recording, flows_of(recorded.inputs))) {
    recorded.scores.outputs.push_back(output.value);
  }
  recorded.assignments = recording.assignments();
  record_states(recorded, recording);
  Targets targets{.outputs = with_states(recorded.scores.outputs, recorded),
                  .assignments = recorded.assignments,
                  .inputs = recorded.inputs,
                  .name = "predict"};
  StepProgram step = step_program(tape, types, std::move(targets), recorded);
  step.assigns = !recorded.assignments.empty() || !step.states.empty();
  return step;
}

std::vector<Var> record_training(Tape& tape, const Trainee& trainee, const CompileOptions& compiled,
                                 const DataTypes& types) {
  Recorded recorded = record(tape, trainee, compiled, types, true);
  std::vector<Var> outputs{recorded.scores.outputs[0]};
  for (const Var& gradient : gradients_of(tape, recorded)) outputs.push_back(gradient);
  return outputs;
}

}  // namespace reel
