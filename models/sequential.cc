#include "reel/models/sequential.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "reel/graph/error.h"
#include "reel/graph/machine_memory.h"
#include "reel/graph/trace.h"
#include "reel/models/batches.h"
#include "reel/models/layer_names.h"
#include "reel/models/progress.h"
#include "reel/models/sequential_state.h"
#include "reel/models/summary.h"
#include "reel/models/users_code.h"

namespace reel {
namespace {

std::atomic<uint64_t> default_seed = 0;

/// Up to as many rows, predictions go through a program of their own.
constexpr int64_t kFewRows = 4;

/// Streams of randomness of one seed: a weight's values come from its ordinal, an epoch's order from its number.
constexpr uint64_t kShufflePurpose = uint64_t{1} << 32;

/// Of Tensors or Samples [n, ...]: the same for any number of rows.
template <class Data>
Type batch_type(const Data& data, std::string_view what) {
  const bool has_rows = data && data.shape().rank() > 0 && data.shape()[0] > 0;
  if (!has_rows) {
    throw ShapeError(fmt::format("{}: needs [n, ...] with at least one row, got {}", what,
                                 data ? data.shape().str() : std::string("nothing")));
  }
  return {data.dtype(), data.shape().with_lead(rows)};
}

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
        Random random(seed, ++ordinal);
        if (!weight.value) weight.value = initial_value(weight, *layer, random);
      }
    }
    flow = call_layer(layer, flow, vars);
    output_shapes.push_back(flow.value.shape());
  }
  return output_shapes;
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

namespace {

void note_moved(const std::shared_ptr<Sequential::State>& state) {
  if (state) ++state->times_moved;
}

void note_destroyed(const std::shared_ptr<Sequential::State>& state) {
  if (state) state->is_destroyed = true;
  note_moved(state);
}

}  // namespace

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

Type Sequential::State::predicted_type(const Samples& x) const {
  const Type type = batch_type(x, "predict: x");
  if (input && x.shape() == input->shape.without_axis(0)) {
    throw ShapeError(fmt::format("predict: x: {} takes {}, got {}; one row alone is {}", name, input->shape.str(),
                                 x.shape().str(), input->shape.with_lead(1).str()));
  }
  return type;
}

template <class Make>
std::shared_ptr<const StepProgram> Sequential::State::program(const ProgramKey& key, const DataTypes& types,
                                                              Make&& make) {
  const auto fits = [&](const auto& known) { return known && known->types == types; };
  if (auto known = known_program(key); fits(known)) return known;
  const std::lock_guard making_lock(making_mutex);
  if (auto known = known_program(key); fits(known)) return known;
  const Use::Making making(*this);
  auto made = std::make_shared<const StepProgram>(make());
  const std::lock_guard lock(programs_mutex);
  return programs[key] = std::move(made);
}

std::shared_ptr<const StepProgram> Sequential::State::known_program(const ProgramKey& key) {
  const std::lock_guard lock(programs_mutex);
  const auto found = programs.find(key);
  return found == programs.end() ? nullptr : found->second;
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
  const std::lock_guard lock(rate_mutex);
  return compiled.optimizer.learning_rate();
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

std::shared_ptr<const StepProgram> Sequential::State::train_step(std::span<const Tensor> batch,
                                                                 std::vector<Tensor>& outputs) {
  need_compiled();
  const bool is_weighted = static_cast<bool>(batch[2]);
  const DataTypes types{batch_type(batch[0], "fit: x"), batch_type(batch[1], "fit: y"), is_weighted};
  build(types.x);
  const auto step = program({Does::train, 0}, types, [&] {
    StepProgram made = make_train_program(layers, compiled, optimizer, types);
    if (profiling) made.program.enable_profile();
    return made;
  });
  optimizer.prepare_step(compiled.optimizer);
  step->program.run(batch.first(is_weighted ? 3 : 2), outputs);
  ++optimizer.iterations;
  return step;
}

History Sequential::State::fit(const Samples& x_all, const Samples& y_all, const FitOptions& options) {
  need_compiled();
  check_rows(x_all, y_all, options.sample_weight);
  check_epochs(options);
  const Split split = split_validation(x_all, y_all, options);
  BatchReader batches({split.x, split.y, split.sample_weight}, options.batch_size);
  if (split.validation.x) {
    // Before anything is trained: data that do not fit are not to be found out after an epoch.
    build(batch_type(split.x, "fit: x"));
    evaluation_step(split.validation.x, split.validation.y, split.validation.sample_weight);
  }
  EpochProgress progress(options.verbose, options.log, options.epochs);
  History history;
  std::vector<Tensor> outputs;
  for (int64_t epoch = options.initial_epoch; epoch < options.epochs; ++epoch) {
    const TraceScope scope(fmt::format("epoch {}", epoch + 1), "fit");
    const Stopwatch watch;
    const int64_t order = options.initial_epoch > 0 ? epoch : epochs_trained;
    Random random(seed, kShufflePurpose + static_cast<uint64_t>(order));
    batches.start(options.shuffle ? &random : nullptr);
    progress.begin_epoch(epoch, batches.count());
    MeanOfLogs mean;
    for (int64_t step = 0; step < batches.count(); ++step) {
      const std::vector<Tensor>& batch = batches.next();
      need_model("fit");
      const auto done = batches.in_data([&] { return train_step(batch, outputs); });
      mean.add(done->names, outputs, batch[0].shape()[0]);
      progress.step(step + 1, mean.logs());
    }
    epochs_trained = order + 1;
    Logs logs = mean.logs();
    if (split.validation.x) {
      const int64_t size = options.validation_batch_size > 0 ? options.validation_batch_size : options.batch_size;
      const Logs validated = evaluate(split.validation.x, split.validation.y,
                                      {.batch_size = size, .sample_weight = split.validation.sample_weight});
      for (const auto& [name, value] : validated.entries()) logs.set("val_" + name, value);
    }
    progress.end_epoch(logs);
    history.epochs.push_back({logs, watch.seconds()});
    const bool stops = options.on_epoch_end && !options.on_epoch_end(epoch, logs);
    need_model("fit");
    if (stops) break;
  }
  return history;
}

std::shared_ptr<const StepProgram> Sequential::State::evaluation_step(const Samples& x, const Samples& y,
                                                                      const Tensor& sample_weight) {
  check_rows(x, y, sample_weight);
  const DataTypes types{batch_type(x, "evaluate: x"), batch_type(y, "evaluate: y"), static_cast<bool>(sample_weight)};
  build(types.x);
  return program({Does::evaluate, 0}, types, [&] { return make_evaluate_program(layers, compiled, types); });
}

Logs Sequential::State::evaluate(const Samples& x, const Samples& y, const EvaluateOptions& options) {
  const TraceScope scope("evaluate", "fit");
  need_compiled();
  const auto step = evaluation_step(x, y, options.sample_weight);
  const auto weights = keep_weights(x, y);
  BatchReader batches({x, y, options.sample_weight}, options.batch_size);
  batches.start(nullptr);
  MeanOfLogs mean;
  std::vector<Tensor> outputs;
  for (int64_t i = 0; i < batches.count(); ++i) {
    const std::vector<Tensor>& batch = batches.next();
    need_model("evaluate");
    batches.in_data([&] { step->program.run(std::span(batch).first(step->types.weighted ? 3 : 2), outputs); });
    mean.add(step->names, outputs, batch[0].shape()[0]);
  }
  return mean.logs();
}

Tensor Sequential::State::predict(const Samples& x, const PredictOptions& options) {
  const DataTypes types{predicted_type(x), {}};
  build(types.x);
  // One row, and a few, have programs of their own, to the same bits: they pick less from a table than it holds.
  Passes passes = compiled.passes;
  const int64_t most_rows = std::min(options.batch_size, x.shape()[0]);
  if (most_rows <= kFewRows) passes.assumed_rows = most_rows == 1 ? 1 : kFewRows;
  const auto step = program({Does::predict, passes.assumed_rows}, types,
                            [&] { return make_predict_program(layers, types.x, passes); });
  const auto weights = keep_weights(x, {});
  BatchReader batches({x}, options.batch_size);
  batches.start(nullptr);
  Tensor all;
  std::vector<Tensor> outputs;
  int64_t done = 0;
  for (int64_t i = 0; i < batches.count(); ++i) {
    const std::vector<Tensor>& batch = batches.next();
    need_model("predict");
    batches.in_data([&] { step->program.run(batch, outputs); });
    const Tensor& out = outputs[0];
    if (!all) all = Tensor(out.dtype(), out.shape().with_lead(x.shape()[0]));
    all.slice_rows(done, done + out.shape()[0]).assign(out);
    done += out.shape()[0];
  }
  return all;
}

std::unique_ptr<const WeightsInUse> Sequential::State::keep_weights(const Samples& x, const Samples& y) const {
  const bool runs_code_of_users = !x.is_in_memory() || !y.is_in_memory();
  return runs_code_of_users ? nullptr : std::make_unique<const WeightsInUse>(distinct);
}

std::vector<Tensor> Sequential::State::gradients(const Tensor& x, const Tensor& y) {
  need_compiled();
  check_rows(x, y, {});
  const DataTypes types{batch_type(x, "gradients: x"), batch_type(y, "gradients: y")};
  build(types.x);
  const auto step =
      program({Does::gradients, 0}, types, [&] { return make_gradient_program(layers, compiled, types); });
  need_model("gradients");
  return step->program.run({x, y});
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
