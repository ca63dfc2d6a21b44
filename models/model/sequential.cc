// Sequential: how it is made, moved and compiled, and its methods. What they do with programs: sequential_runs.cc.
#include "reel/models/model/sequential.h"

#include <fmt/format.h>

#include <array>
#include <atomic>

#include "reel/graph/error.h"
#include "reel/graph/machine_memory.h"
#include "reel/models/describe/users_code.h"
#include "reel/models/layer/layer_names.h"
#include "reel/models/model/sequential_state.h"
#include "reel/models/model/summary.h"
#include "reel/models/training/batches.h"

namespace reel {
namespace {

std::atomic<uint64_t> default_seed = 0;

void build_layer(Layer& layer, const Type& input) {
  if (!layer.weights().empty()) return;
  located(fmt::format(", in layer \"{}\"", excerpt(layer.name())), [&] { layer.build(input); });
}

Tensor initial_value(const Weight& weight, const Layer& layer, Random& random) {
  return located(fmt::format(", in weight \"{}\" of layer \"{}\"", excerpt(weight.name), excerpt(layer.name())),
                 [&] { return weight.initializer(weight.shape, random); });
}

/// Adds the layer's parameters to `count`, which must not come to more than `most` or than there is memory for.
void count_parameters(const Layer& layer, int64_t most, int64_t& count) {
  for (const Weight& weight : layer.weights()) count += weight.shape.size();
  if (count > most) {
    throw ValueError(fmt::format("layer \"{}\": the model has {} parameters with it, expected at most {}", layer.name(),
                                 count, most));
  }
  const size_t bytes = static_cast<size_t>(count) * sizeof(float);
  if (bytes > machine_memory()) refuse_memory(bytes, fmt::format("the weights up to layer \"{}\"", layer.name()));
}

/// Makes the weights that are not there yet, for inputs of this type. Output shapes by layer, which are found by
/// recording each layer once it has its weights. Throws ShapeError, naming the layer.
std::vector<Shape> make_weights(std::vector<LayerPtr>& layers, uint64_t seed, const Type& input,
                                int64_t most_parameters) {
  Tape tape;
  Flow flow{tape.input(input.shape, input.dtype, "x")};
  std::vector<Shape> output_shapes;
  LayerVars vars;
  uint64_t ordinal = 0;
  int64_t parameters = 0;
  for (LayerPtr& layer : layers) {
    if (!vars.contains(&*layer)) {
      build_layer(*layer, flow.value.type());
      count_parameters(*layer, most_parameters, parameters);
      for (Weight& weight : layer->weights()) {
        Random random(seed, Purpose::weights, ordinal++);
        if (!weight.value) weight.value = initial_value(weight, *layer, random);
      }
    }
    flow = call_layer(layer, flow, vars);
    output_shapes.push_back(flow.value.shape());
  }
  return output_shapes;
}

void note_moved(const std::shared_ptr<Sequential::State>& state) {
  if (state) ++state->times_moved;
}

void note_destroyed(const std::shared_ptr<Sequential::State>& state) {
  if (state) state->is_destroyed = true;
  note_moved(state);
}

}  // namespace

void set_random_seed(uint64_t seed) { default_seed = seed; }

Sequential::Sequential(std::vector<LayerPtr> layers, SequentialOptions options) : state_(std::make_shared<State>()) {
  if (layers.empty()) throw ValueError("Sequential: needs at least one layer");
  state_->name = options.name;
  state_->seed = options.seed.value_or(default_seed);
  state_->most_parameters = options.most_parameters;
  state_->layers = std::move(layers);
  state_->distinct = distinct_layers(state_->layers);
  const Use use(state(), "Sequential", Use::kRuns);
  const std::vector<LayerPtr> named = name_layers(state_->layers);
  try {
    if (const Type input = state_->layers[0]->input_type(); input.shape.rank() > 0) state_->build(input);
  } catch (...) {
    // Names of a model that never was must not bind the layers in another.
    for (const LayerPtr& layer : named) layer->set_name("");
    throw;
  }
}

Sequential::~Sequential() { note_destroyed(state_); }

Sequential::Sequential(Sequential&& other) noexcept : state_(std::move(other.state_)) { note_moved(state_); }

Sequential& Sequential::operator=(Sequential&& other) noexcept {
  if (this == &other) return *this;
  note_destroyed(state_);
  state_ = std::move(other.state_);
  note_moved(state_);
  return *this;
}

const std::shared_ptr<Sequential::State>& Sequential::state() const {
  if (!state_) throw Error("Sequential: this model was moved from, and is none");
  return state_;
}

void Sequential::State::build(const Type& input_type) {
  if (!input_type.shape.has_rows()) {
    throw ShapeError(fmt::format("{}: builds for inputs [rows, ...], got {}", name, input_type.str()));
  }
  if (input) {
    const Shape& known = input->shape;
    if (!(input_type.shape == known)) {
      throw ShapeError(fmt::format("{}: takes {}, got {}", name, known.str(), input_type.shape.str()));
    }
    return;
  }
  std::vector<LayerPtr> unmade;
  for (LayerPtr& layer : layers) {
    if (layer->weights().empty()) unmade.push_back(layer);
  }
  try {
    const Use::Making making(*this);
    output_shapes = make_weights(layers, seed, input_type, most_parameters);
  } catch (...) {
    // Weights for an input that does not fit must not wait for the next one.
    for (LayerPtr& layer : unmade) layer->weights().clear();
    throw;
  }
  input = input_type;
  is_built = true;
}

void Sequential::compile(CompileOptions options) {
  const Use use(state(), "compile", Use::kCompiles);
  if (!options.optimizer) throw ValueError(fmt::format("compile: {} needs an optimizer, got none", use->name));
  for (const Metric& metric : options.metrics) {
    if (metric.name() == "loss") throw ValueError("compile: a metric needs another name than the loss, got \"loss\"");
  }
  use->compiled = std::move(options);
  use->optimizer = {};
  use->programs.clear();  // predictions go through the same passes
}

const CompileOptions& Sequential::compile_options() const {
  return Use(state(), "compile_options", Use::kLooks)->compiled;
}

double Sequential::learning_rate() const { return Use(state(), "learning_rate", Use::kLooks)->learning_rate(); }

double Sequential::State::learning_rate() const {
  std::unique_lock lock(rate_mutex);
  const Optimizer now = compiled.optimizer;
  const int64_t iterations = optimizer.iterations;
  lock.unlock();  // a schedule may be a user's
  return now.learning_rate(iterations);
}

void Sequential::set_learning_rate(double rate) {
  const Use use(state(), "set_learning_rate", Use::kTrains);
  const std::lock_guard lock(use->rate_mutex);
  use->compiled.optimizer.set_learning_rate(rate);
}

Logs Sequential::train_on_batch(const Tensor& x, const Tensor& y, const Tensor& sample_weight) {
  const Use use(state(), "train_on_batch", Use::kTrains);
  use->need_compiled();
  check_rows(x, y, sample_weight);
  std::vector<Tensor> outputs;
  const auto step = use->train_step(std::array{x, y, sample_weight}, outputs);
  use->need_model("train_on_batch");
  Logs logs;
  for (size_t i = 0; i < step->names.size(); ++i) logs.set(step->names[i], outputs[i].item());
  return logs;
}

void Sequential::build(const Type& input) { Use(state(), "build", Use::kRuns)->build(input); }

History Sequential::fit(const Samples& x, const Samples& y, FitOptions options) {
  return Use(state(), "fit", Use::kFits)->fit(x, y, options);
}

Logs Sequential::evaluate(const Samples& x, const Samples& y, EvaluateOptions options) {
  return Use(state(), "evaluate", Use::kRuns)->evaluate(x, y, options);
}

Tensor Sequential::predict(const Samples& x, PredictOptions options) {
  return Use(state(), "predict", Use::kRuns)->predict(x, options);
}

std::vector<Tensor> Sequential::gradients(const Tensor& x, const Tensor& y) {
  return Use(state(), "gradients", Use::kRuns)->gradients(x, y);
}

const std::string& Sequential::name() const { return state()->name; }
const std::vector<LayerPtr>& Sequential::layers() const { return state()->layers; }

std::string Sequential::summary() const {
  const Use use(state(), "summary", Use::kLooks);
  return summary_table(use->name, use->layers, use->output_shapes);
}

Var Sequential::call(Var x) const {
  const Use use(state(), "call", Use::kLooks);
  use->need_built("call");
  if (!x) throw Error(fmt::format("call: {} got an empty Var", use->name));
  return call_layers(use->layers, x).value;
}

std::vector<Var> Sequential::training_graph(Tape& tape, const Type& y) const {
  const Use use(state(), "training_graph", Use::kLooks);
  use->need_compiled();
  use->need_built("training_graph");
  return record_training(tape, use->layers, use->compiled, {*use->input, y});
}

ProgramStats Sequential::training_stats() const {
  const Use use(state(), "training_stats", Use::kLooks);
  const auto step = use->known_program({State::Does::train, 0});
  return step ? step->program.stats() : ProgramStats{};
}

void Sequential::enable_profile() {
  const Use use(state(), "enable_profile", Use::kTrains);
  use->profiling = true;
  if (const auto step = use->known_program({State::Does::train, 0})) step->program.enable_profile();
}

Profile Sequential::training_profile() const {
  const Use use(state(), "training_profile", Use::kLooks);
  const auto step = use->known_program({State::Does::train, 0});
  return step ? step->program.profile() : Profile{};
}

}  // namespace reel
