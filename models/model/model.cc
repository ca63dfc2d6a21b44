// Model: how it is made and compiled, and its methods. What they do with programs: model_runs.cc.
#include "reel/models/model/model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>

#include "reel/graph/error.h"
#include "reel/models/layer/layer_names.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/model_state.h"
#include "reel/models/model/sequential.h"
#include "reel/models/model/summary.h"

namespace reel {
namespace {

std::atomic<uint64_t> default_seed = 0;

std::vector<SymbolicTensor> only(const SymbolicTensor& tensor) { return {tensor}; }

}  // namespace

void set_random_seed(uint64_t seed) { default_seed = seed; }

Model::Model(const ModelOptions& options) : state_(std::make_shared<State>()) {
  state_->seed = options.seed.value_or(default_seed);
  state_->most_parameters = options.most_parameters;
  set_default_name(options.name);
}

Model::Model(const std::vector<SymbolicTensor>& inputs, const std::vector<SymbolicTensor>& outputs,
             const ModelOptions& options)
    : Model(options) {
  if (name().empty()) set_name("functional");
  state_->name = name();
  const Use use(state_, "Model", Use::kRuns);
  state_->wire(inputs, outputs);
  for (const LayerPtr& layer : state_->distinct) hold(layer);
}

Model::Model(const SymbolicTensor& input, const SymbolicTensor& output, const ModelOptions& options)
    : Model(only(input), only(output), options) {}

Sequential::Sequential(std::vector<LayerPtr> layers, const SequentialOptions& options) : Model(options) {
  if (name().empty()) set_name("sequential");
  State& own = *state();
  own.name = name();
  own.is_sequential = true;
  own.layers = std::move(layers);
  own.distinct = distinct_layers(own.layers);
  const Use use(state(), "Sequential", Use::kRuns);
  const std::vector<LayerPtr> named = name_layers(own.layers);
  try {
    if (const Type input = input_type(); input.shape.rank() > 0) own.build({&input, 1}, own.scope());
    const Input* first = own.layers.empty() ? nullptr : dynamic_cast<const Input*>(&*own.layers[0]);
    if (first != nullptr && first->type().is_text) own.build({first->type()}, own.scope());
  } catch (...) {
    // Names of a model that never was must not bind the layers in another.
    for (const LayerPtr& layer : named) layer->set_name("");
    throw;
  }
  for (const LayerPtr& layer : own.distinct) hold(layer);
}

void Sequential::add(const LayerPtr& layer) {
  const Use use(state(), "add", Use::kCompiles);
  std::vector<LayerPtr> all = use->layers;
  all.push_back(layer);
  const Sequential longer(all, {.name = name(), .seed = use->seed, .most_parameters = use->most_parameters});
  use->take_wiring(*longer.state());
  hold(layer);
}

void Sequential::pop() {
  const Use use(state(), "pop", Use::kCompiles);
  if (use->layers.empty()) throw ValueError(fmt::format("pop: {} has no layers", use->name));
  const std::vector<LayerPtr> all(use->layers.begin(), use->layers.end() - 1);
  const Sequential shorter(all, {.name = name(), .seed = use->seed, .most_parameters = use->most_parameters});
  use->take_wiring(*shorter.state());
}

std::string Model::class_name() const { return state_->is_sequential ? "Sequential" : "Functional"; }

std::string Model::module() const { return state_->is_sequential ? "keras" : "keras.src.models.functional"; }

void Model::build(const Type& input) { Use(state_, "build", Use::kRuns)->build({&input, 1}, state_->scope()); }

void Model::build_many(std::span<const Type> inputs) {
  Use(state_, "build", Use::kRuns)->build(inputs, state_->is_sequential ? path() : std::string());
}

Type Model::input_type() const {
  if (!state_->wiring.inputs().empty()) {
    const SymbolicType& type = state_->wiring.inputs()[0].type();
    return type.has_unknown() || type.is_text ? Type{} : type.at(1);
  }
  return state_->layers.empty() ? Type{} : state_->layers[0]->input_type();
}

std::vector<Layer::Attribute> Model::attributes() const {
  std::vector<Attribute> all;
  for (const LayerPtr& layer : state_->distinct) all.push_back({"layers", layer, true});
  return all;
}

Flows Model::call_many(Call& call, const Flows& inputs) const {
  if (state_->wiring.has_host_calls()) {
    throw Error(fmt::format("{}: has layers that run on the host, and so is no layer of another model", state_->name));
  }
  if (inputs.size() != state_->wiring.inputs().size()) {
    throw ShapeError(
        fmt::format("{}: takes {} inputs, got {}", state_->name, state_->wiring.inputs().size(), inputs.size()));
  }
  return state_->wiring.replay(inputs, [&](const LayerPtr& layer, const Flows& flows, const CallOptions& options) {
    return call.apply(layer, flows, options);
  });
}

void Model::compile(CompileOptions options) {
  const Use use(state_, "compile", Use::kCompiles);
  if (!options.optimizer) throw ValueError(fmt::format("compile: {} needs an optimizer, got none", use->name));
  const auto check_names = [](const std::vector<Metric>& metrics) {
    for (const Metric& metric : metrics) {
      if (metric.name() == "loss") throw ValueError("compile: a metric needs another name than the loss, got \"loss\"");
    }
  };
  check_names(options.metrics);
  check_names(options.weighted_metrics);
  for (const auto& [output, metrics] : options.output_metrics) check_names(metrics);
  for (const auto& [output, metrics] : options.output_weighted_metrics) check_names(metrics);
  if (use->is_built) use->check_outputs(options);
  use->compiled = std::move(options);
  use->optimizer = OptimizerState(use->compiled.optimizer);
  use->programs.clear();  // predictions go through the same passes
}

const CompileOptions& Model::compile_options() const { return Use(state_, "compile_options", Use::kLooks)->compiled; }

double Model::learning_rate() const { return Use(state_, "learning_rate", Use::kLooks)->learning_rate(); }

double Model::State::learning_rate() const {
  std::unique_lock lock(rate_mutex);
  if (optimizer.rate) return optimizer.learning_rate(compiled.optimizer);
  const Optimizer now = compiled.optimizer;
  const int64_t iterations = optimizer.iterations();
  lock.unlock();  // a schedule may be a user's
  return now.learning_rate(iterations);
}

void Model::set_learning_rate(double rate) {
  const Use use(state_, "set_learning_rate", Use::kTrains);
  const std::lock_guard lock(use->rate_mutex);
  use->compiled.optimizer.set_learning_rate(rate);
  use->optimizer.set_rate(rate);
}

Logs Model::train_on_batch(const ModelData& x, const ModelData& y, const ModelData& sample_weight,
                           const ClassWeights& class_weight) {
  return Use(state_, "train_on_batch", Use::kTrains)->train_on_batch(x, y, sample_weight, class_weight);
}

Logs Model::test_on_batch(const ModelData& x, const ModelData& y, const ModelData& sample_weight) {
  return Use(state_, "test_on_batch", Use::kRuns)->test_on_batch(x, y, sample_weight);
}

// Callbacks get a copy, which is the same model: whatever they do to this object, it lives.

History Model::fit(const ModelData& x, const ModelData& y, FitOptions options) {
  Model self(*this);
  return Use(state_, "fit", Use::kFits)->fit(self, x, y, options);
}

History Model::fit(RowStream& stream, FitOptions options) {
  Model self(*this);
  return Use(state_, "fit", Use::kFits)->fit(self, stream, options);
}

Logs Model::evaluate(const ModelData& x, const ModelData& y, EvaluateOptions options) {
  Model self(*this);
  return Use(state_, "evaluate", Use::kRuns)->evaluate(self, x, y, options);
}

Logs Model::evaluate(RowStream& stream, EvaluateOptions options) {
  Model self(*this);
  return Use(state_, "evaluate", Use::kRuns)->evaluate(self, stream, options);
}

namespace {

/// The output of a model that has one.
Tensor only_output(const std::vector<Tensor>& all, const std::string& name) {
  if (all.size() == 1) return all[0];
  throw Error(fmt::format("predict: {} has {} outputs; predict_all gives them all", name, all.size()));
}

}  // namespace

Tensor Model::predict(const ModelData& x, PredictOptions options) {
  return only_output(predict_all(x, options), state_->name);
}

Tensor Model::predict(RowStream& stream, PredictOptions options) {
  return only_output(predict_all(stream, options), state_->name);
}

std::vector<Tensor> Model::predict_all(RowStream& stream, PredictOptions options) {
  Model self(*this);
  return Use(state_, "predict", Use::kRuns)->predict(self, stream, options);
}

Tensor Model::predict_on_batch(const ModelData& x) {
  return predict(x, {.batch_size = std::numeric_limits<int64_t>::max()});
}

std::vector<Tensor> Model::predict_all(const ModelData& x, PredictOptions options) {
  Model self(*this);
  return Use(state_, "predict", Use::kRuns)->predict(self, x, options);
}

void Model::stop_training() { state_->stops = true; }

std::vector<Tensor> Model::gradients(const ModelData& x, const ModelData& y) {
  return Use(state_, "gradients", Use::kRuns)->gradients(x, y);
}

void Model::reset_states() {
  const Use use(state_, "reset_states", Use::kTrains);
  for (Variable variable : use->variables()) {
    if (variable.kind() == VariableKind::state) variable.set_value({});
  }
}

const std::vector<LayerPtr>& Model::layers() const { return state_->layers; }
const std::vector<SymbolicTensor>& Model::inputs() const { return state_->wiring.inputs(); }
const std::vector<SymbolicTensor>& Model::outputs() const { return state_->wiring.outputs(); }
std::vector<std::string> Model::input_names() const { return state_->input_names; }
std::vector<std::string> Model::output_names() const { return state_->output_names; }

LayerPtr Model::get_layer(const std::string& layer) const {
  std::vector<std::string> names;
  for (const LayerPtr& one : state_->layers) {
    if (one->name() == layer) return one;
    names.push_back(one->name());
  }
  throw ValueError(
      fmt::format("get_layer: {} has no layer \"{}\", only {}", state_->name, layer, fmt::join(names, ", ")));
}

std::string Model::summary() const {
  const Use use(state_, "summary", Use::kLooks);
  return summary_table(use->name, use->layers, use->wiring, use->is_sequential);
}

Var Model::call(Var x) const {
  const Use use(state_, "call", Use::kLooks);
  use->need_built("call");
  if (!x) throw Error(fmt::format("call: {} got an empty Var", use->name));
  Recording recording(x.graph(), false, use->scope());
  return use->replay(recording, {{x}}).at(0).value;
}

std::vector<Var> Model::training_graph(Tape& tape, const std::vector<Type>& y) const {
  const Use use(state_, "training_graph", Use::kLooks);
  use->need_compiled();
  use->need_built("training_graph");
  DataTypes types{.x = {}, .y = y};
  for (const SymbolicTensor& fed : use->wiring.fed()) types.x.push_back(fed.type().at(1));
  return record_training(tape, use->trainee(), use->compiled, types);
}

ProgramStats Model::training_stats() const {
  const Use use(state_, "training_stats", Use::kLooks);
  const auto step = use->last_program({State::Does::train, 0});
  return step ? step->program.stats() : ProgramStats{};
}

void Model::enable_profile() {
  const Use use(state_, "enable_profile", Use::kTrains);
  use->profiling = true;
  if (const auto step = use->last_program({State::Does::train, 0})) step->program.enable_profile();
}

Profile Model::training_profile() const {
  const Use use(state_, "training_profile", Use::kLooks);
  const auto step = use->last_program({State::Does::train, 0});
  return step ? step->program.profile() : Profile{};
}

}  // namespace reel
