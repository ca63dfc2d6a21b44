#include "reel/models/training/trainer.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/describe/users_code.h"
#include "reel/models/training/update.h"

namespace reel {

struct Trainer::State {
  Optimizer optimizer;
  OptimizerState kept;
  std::vector<Var> vars;
  std::vector<NamedWeight> weights;
  Program program;
  std::vector<Tensor> outputs;  // the loss first

  explicit State(const Optimizer& given) : optimizer(given), kept(given) {}
};

namespace {

void check_parameters(const Tape& tape, const std::vector<Var>& parameters) {
  if (parameters.empty()) throw ValueError("Trainer: needs parameters to train, got none");
  for (size_t i = 0; i < parameters.size(); ++i) {
    const Var parameter = parameters[i];
    require_var(parameter, tape.graph(), {"Trainer", "parameters"});
    if (tape.graph().node(parameter).leaf != Leaf::parameter) {
      throw ValueError(fmt::format("Trainer: argument {} of the parameters is {}, which is no parameter of the tape", i,
                                   parameter.type().str()));
    }
    if (std::find(parameters.begin(), parameters.begin() + static_cast<ptrdiff_t>(i), parameter) !=
        parameters.begin() + static_cast<ptrdiff_t>(i)) {
      throw ValueError(fmt::format("Trainer: parameter \"{}\" is given twice", tape.graph().leaf_name(parameter.id())));
    }
  }
}

}  // namespace

Trainer::Trainer(Tape& tape, std::vector<Var> parameters, Var loss, const Optimizer& optimizer,
                 const TrainerOptions& options)
    : state_(std::make_shared<State>(optimizer)) {
  check_parameters(tape, parameters);
  if (!options.constraints.empty() && options.constraints.size() != parameters.size()) {
    throw ValueError(fmt::format("Trainer: needs a constraint for each of {} parameters, got {}", parameters.size(),
                                 options.constraints.size()));
  }
  State& state = *state_;
  for (const Var& parameter : parameters) {
    state.weights.push_back({tape.graph().leaf_name(parameter.id()), tape.graph().node(parameter).value});
  }
  const auto& scale = optimizer.options().loss_scale_factor;
  const std::vector<Var> gradients = tape.gradient(scale ? loss * *scale : loss, parameters);
  Targets targets{.outputs = {loss}, .name = "train"};
  targets.outputs.insert(targets.outputs.end(), options.outputs.begin(), options.outputs.end());
  guard_update(tape, state.optimizer, state.kept, gradients, {}, targets);
  for (const Assignment& assignment :
       record_update(tape, state.optimizer, state.kept, parameters, gradients, options.constraints)) {
    targets.assignments.push_back(assignment);
  }
  state.program = tape.compile(std::move(targets));
  state.vars = std::move(parameters);
}

double Trainer::step(std::span<const Tensor> inputs) {
  state_->kept.prepare_step(state_->optimizer);
  state_->program.run(inputs, state_->outputs);
  state_->kept.count_step();
  return state_->outputs[0].item();
}

std::span<const Tensor> Trainer::outputs() const {
  return std::span(state_->outputs).subspan(state_->outputs.empty() ? 0 : 1);
}

const Tensor& Trainer::value(Var parameter) const {
  const auto found = std::ranges::find(state_->vars, parameter);
  if (found == state_->vars.end()) throw ValueError("Trainer: value() of a Var that is no parameter of it");
  return state_->weights[static_cast<size_t>(found - state_->vars.begin())].value;
}

int64_t Trainer::iterations() const { return state_->kept.iterations(); }
double Trainer::learning_rate() const { return state_->kept.learning_rate(state_->optimizer); }

void Trainer::set_learning_rate(double rate) {
  state_->optimizer.set_learning_rate(rate);
  state_->kept.set_rate(rate);
}

std::vector<Variable> Trainer::optimizer_variables() {
  return state_->kept.variables(state_->optimizer, state_->weights);
}

void Trainer::finalize() { state_->kept.finalize(state_->optimizer, state_->weights); }

}  // namespace reel
