#include "reel/models/training/step_program.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/graph/trace.h"
#include "reel/models/describe/users_code.h"
#include "reel/models/layer/layer_names.h"

namespace reel {
namespace {

/// What minimising adds up: a mean over what counts, `summed / divisor`, or `summed` itself.
struct Term {
  Var summed, divisor;
};

/// Forward part of training and evaluation, recorded in a tape.
struct Recorded {
  std::vector<Var> inputs;
  std::vector<Var> outputs;  // loss, then metrics, then how many predictions are valid if there is a mask
  std::vector<std::string> names;
  std::vector<Var> trainable;
  std::vector<Term> terms;  // of the loss
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

double weight_of_loss(const CompileOptions& compiled, const std::string& output) {
  const auto found = compiled.loss_weights.find(output);
  return found == compiled.loss_weights.end() ? 1 : found->second;
}

/// The loss of one output: what is shown of it, and the term of the whole.
std::pair<Var, Term> record_loss(const Loss& loss, Var y, const Flow& predicted, Var weight) {
  const Var values = loss(y, predicted.value, predicted.mask);
  if (const Var valid = loss.valid(y, predicted.value, predicted.mask)) {
    const Term term{sum_of_valid(weighted(values, weight), valid, "loss"), count_of_valid(values, valid)};
    return {term.summed / term.divisor, term};
  }
  const Var mean = mean_loss(values, weight);
  return {mean, {mean, {}}};
}

void record_scores(Recorded& out, const CompileOptions& compiled, const Trainee& trainee, std::span<const Var> y,
                   const Flows& predicted, Var weight, const std::vector<Var>& added) {
  const bool has_several = predicted.size() > 1;
  std::vector<Var> shown;
  Var total;
  const auto add = [&](Var loss) { total = total ? total + loss : loss; };
  for (size_t i = 0; i < predicted.size(); ++i) {
    const std::string& name = trainee.output_names[i];
    auto [loss, term] = record_loss(compiled.loss_of(name), y[i], predicted[i], weight);
    shown.push_back(loss);
    if (const double share = weight_of_loss(compiled, name); share != 1) {
      loss = loss * share;
      term.summed = term.summed * share;
    }
    add(loss);
    out.terms.push_back(term);
  }
  for (const Var& loss : added) {
    add(loss);
    out.terms.push_back({loss, {}});
  }
  out.outputs.push_back(total);
  out.names.push_back("loss");
  for (size_t i = 0; has_several && i < shown.size(); ++i) {
    out.outputs.push_back(shown[i]);
    out.names.push_back(free_name(trainee.output_names[i] + "_loss", out.names));
  }
  for (size_t i = 0; i < predicted.size(); ++i) {
    for (const Metric& metric : compiled.metrics_of(trainee.output_names[i])) {
      out.outputs.push_back(metric.of_batch(y[i], predicted[i].value, predicted[i].mask));
      const std::string prefix = has_several ? trainee.output_names[i] + "_" : "";
      out.names.push_back(free_name(prefix + metric.name(), out.names));
    }
  }
  if (!has_several && predicted[0].mask) out.outputs.push_back(sum(predicted[0].mask));
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
    if (variable.trainable()) out.trainable.push_back(recording.value_of(variable));
  }
  std::vector<Var> added = recording.losses();
  for (const Variable& variable : trainee.variables) {
    if (variable.regularizer() && variable.trainable()) {
      added.push_back(variable.regularizer()(recording.value_of(variable)));
    }
  }
  record_scores(out, compiled, trainee, y, predicted, weight, added);
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
  StepProgram step{types, tape.compile(std::move(targets)), std::move(recorded.names)};
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
  for (const Term& term : recorded.terms) {
    if (!term.divisor) undivided = undivided ? undivided + term.summed : term.summed;
  }
  if (undivided) add(undivided, {});
  for (const Term& term : recorded.terms) {
    if (term.divisor) add(term.summed, term.divisor);
  }
  return total;
}

/// What layers assign waits for the guard as weights do, and must be finite, too.
void guard_assignments(Targets& targets, std::span<const Assignment> assignments) {
  for (const auto& [parameter, value] : assignments) {
    if (value.dtype() == DType::i32) continue;
    targets.guard = *targets.guard + cast(0.0 * magnitude_bound(value), targets.guard->dtype());
  }
  for (const auto& [parameter, value] : assignments) targets.assignments.push_back({parameter, stop_gradient(value)});
}

}  // namespace

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
  Targets targets{.outputs = recorded.outputs, .inputs = recorded.inputs, .name = "train"};
  guard_update(tape, compiled.optimizer, state, gradients, targets);
  for (const Assignment& assignment : record_update(tape, compiled.optimizer, state, recorded.trainable, gradients)) {
    targets.assignments.push_back(assignment);
  }
  guard_assignments(targets, recorded.assignments);
  targets.outputs = with_states(std::move(targets.outputs), recorded);
  StepProgram step = step_program(tape, types, std::move(targets), recorded);
  step.assigns = true;
  return step;
}

StepProgram make_evaluate_program(const Trainee& trainee, const CompileOptions& compiled, const DataTypes& types) {
  const TraceScope scope("make evaluate", "compile");
  Tape tape;
  Recorded recorded = record(tape, trainee, compiled, types, false);
  Targets targets{.outputs = with_states(recorded.outputs, recorded),
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
  return step_program(
      tape, types,
      {.outputs = with_states(gradients, recorded), .inputs = recorded.inputs, .name = "gradients"}, recorded);
}

StepProgram make_predict_program(const Trainee& trainee, const DataTypes& types, const Passes& passes) {
  const TraceScope scope("make predict", "compile");
  Tape tape;
  tape.graph().passes() = passes;
  Recorded recorded;
  recorded.inputs = inputs_of(tape, types.x, trainee.input_names, "x");
  Recording recording(tape.graph(), false, trainee.scope);
  for (const Flow& output : trainee.replay(recording, flows_of(recorded.inputs))) {
    recorded.outputs.push_back(output.value);
  }
  recorded.assignments = recording.assignments();
  record_states(recorded, recording);
  Targets targets{.outputs = with_states(recorded.outputs, recorded),
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
  std::vector<Var> outputs{recorded.outputs[0]};
  for (const Var& gradient : gradients_of(tape, recorded)) outputs.push_back(gradient);
  return outputs;
}

}  // namespace reel
