#include "reel/models/training/step_program.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
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

/// What regularizers of the trained variables add to the loss.
void add_penalties(const Trainee& trainee, Recording& recording, std::vector<Var>& losses) {
  for (const Variable& variable : trainee.variables) {
    if (!variable.regularizer() || !variable.trainable()) continue;
    losses.push_back(variable.regularizer()(recording.value_of(variable)));
  }
}

void record_states(Recorded& out, Recording& recording) {
  out.states = recording.states();
  for (const Recording::State& state : out.states) out.inputs.push_back(state.before);
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
  Var weight;
  if (types.weighted) {
    weight = tape.input({rows}, DType::f32, "sample_weight");
    out.inputs.push_back(weight);
  }
  Recording recording(tape.graph(), training, trainee.scope);
  const Flows predicted = trainee.replay(recording, flows_of(x));
  for (const Variable& variable : trainee.variables) {
    if (!variable.trainable()) continue;
    out.trainable.push_back(recording.value_of(variable));
    out.constraints.push_back(variable.constraint());
  }
  std::vector<Var> added = recording.losses();
  add_penalties(trainee, recording, added);
  out.scores = record_scores(compiled, {trainee.output_names, y, predicted, weight, added});
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

/// Gradients of the loss in the trainable weights. They are divided when they are whole: to divide on their way, each
/// row would have to wait for what all others count.
std::vector<Var> gradients_of(Tape& tape, const Recorded& recorded) {
  std::vector<Var> total(recorded.trainable.size());
  const auto add = [&](Var summed, Var divisor) {
    const std::vector<Var> gradients = tape.gradient(summed, recorded.trainable);
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

bool StepProgram::takes(std::span<const Tensor> batch) const {
  if (batch.size() != types.x.size() + types.y.size() + 1 || static_cast<bool>(batch.back()) != types.weighted) {
    return false;
  }
  for (size_t i = 0; i + 1 < batch.size(); ++i) {
    const Type& own = i < types.x.size() ? types.x[i] : types.y[i - types.x.size()];
    if (batch[i].dtype() != own.dtype || !(batch[i].shape().with_lead(rows) == own.shape)) return false;
  }
  return true;
}

void StepProgram::run(std::span<const Tensor> batch, std::vector<Tensor>& outputs) const {
  const size_t count = types.x.size() + types.y.size() + (types.weighted ? 1 : 0);
  if (states.empty()) return program.run(batch.first(count), outputs);
  std::vector<Tensor> inputs(batch.begin(), batch.begin() + static_cast<ptrdiff_t>(count));
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
  const std::vector<Var> gradients = gradients_of(tape, recorded);
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
