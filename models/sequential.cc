#include "reel/models/sequential.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>

#include "reel/graph/error.h"
#include "reel/graph/machine_memory.h"
#include "reel/graph/trace.h"
#include "reel/models/batches.h"
#include "reel/models/formats/sha256.h"
#include "reel/models/layer_names.h"
#include "reel/models/model_graph.h"
#include "reel/models/progress.h"
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

struct Sequential::State {
  std::string name;
  uint64_t seed;
  int64_t most_parameters;
  std::vector<LayerPtr> layers;
  std::vector<Shape> output_shapes;  // by layer, once built
  std::optional<Type> input;
  CompileOptions compiled;
  OptimizerState optimizer;
  std::optional<StepProgram> train, evaluate, gradients;
  std::map<int64_t, std::optional<StepProgram>> predict;  // by the rows that its passes assume
  int64_t epochs_trained = 0;                             // which number the order of the next epoch has
  bool profiling = false;

  void need_compiled() const {
    if (!compiled.loss) throw Error(fmt::format("{}: call compile() with a loss first", name));
  }

  void need_built(std::string_view what) const {
    if (!input) throw Error(fmt::format("{}: {} is not built yet; call build()", what, name));
  }

  /// Of x as `predict` takes it. A row alone is told apart from rows of another shape.
  Type predicted_type(const Samples& x) const {
    const Type type = batch_type(x, "predict: x");
    if (input && x.shape() == input->shape.without_axis(0)) {
      throw ShapeError(fmt::format("predict: x: {} takes {}, got {}; one row alone is {}", name, input->shape.str(),
                                   x.shape().str(), input->shape.with_lead(1).str()));
    }
    return type;
  }

  /// The program in `slot`, made anew when the data are of other types than the last.
  template <class Make>
  StepProgram& program(std::optional<StepProgram>& slot, const DataTypes& types, Make&& make) {
    if (!slot || !(slot->types == types)) slot.emplace(make());
    return *slot;
  }
};

Sequential::Sequential(std::vector<LayerPtr> layers, SequentialOptions options) : state_(std::make_unique<State>()) {
  if (layers.empty()) throw ValueError("Sequential: needs at least one layer");
  state_->name = options.name;
  state_->seed = options.seed.value_or(default_seed);
  state_->most_parameters = options.most_parameters;
  state_->layers = std::move(layers);
  const std::vector<LayerPtr> named = name_layers(state_->layers);
  try {
    if (const Type input = state_->layers[0]->input_type(); input.shape.rank() > 0) build(input);
  } catch (...) {
    // Names of a model that never was must not bind the layers in another.
    for (const LayerPtr& layer : named) layer->set_name("");
    throw;
  }
}

Sequential::~Sequential() = default;
Sequential::Sequential(Sequential&&) noexcept = default;
Sequential& Sequential::operator=(Sequential&&) noexcept = default;

Sequential::State& Sequential::state() const {
  if (!state_) throw Error("Sequential: this model was moved from, and is none");
  return *state_;
}

void Sequential::build(const Type& input) {
  if (!input.shape.has_rows()) {
    throw ShapeError(fmt::format("{}: builds for inputs [rows, ...], got {}", state().name, input.str()));
  }
  if (state().input) {
    const Shape& known = state().input->shape;
    if (!(input.shape == known)) {
      throw ShapeError(fmt::format("{}: takes {}, got {}", state().name, known.str(), input.shape.str()));
    }
    return;
  }
  std::vector<LayerPtr> unmade;
  for (LayerPtr& layer : state().layers) {
    if (layer->weights().empty()) unmade.push_back(layer);
  }
  try {
    state().output_shapes = make_weights(state().layers, state().seed, input, state().most_parameters);
  } catch (...) {
    // Weights for an input that does not fit must not wait for the next one.
    for (LayerPtr& layer : unmade) layer->weights().clear();
    throw;
  }
  state().input = input;
}

void Sequential::compile(CompileOptions options) {
  if (!options.optimizer) throw ValueError(fmt::format("compile: {} needs an optimizer, got none", state().name));
  for (const Metric& metric : options.metrics) {
    if (metric.name() == "loss") throw ValueError("compile: a metric needs another name than the loss, got \"loss\"");
  }
  state().compiled = std::move(options);
  state().optimizer = {};
  state().train.reset();
  state().evaluate.reset();
  state().gradients.reset();
  state().predict.clear();  // which goes through the same passes
}

const CompileOptions& Sequential::compile_options() const { return state().compiled; }

double Sequential::learning_rate() const { return state().compiled.optimizer.learning_rate(); }
void Sequential::set_learning_rate(double rate) { state().compiled.optimizer.set_learning_rate(rate); }

Logs Sequential::train_on_batch(const Tensor& x, const Tensor& y, const Tensor& sample_weight) {
  state().need_compiled();
  check_rows(x, y, sample_weight);
  const StepProgram& step = train_step(x, y, sample_weight);
  Logs logs;
  for (size_t i = 0; i < step.names.size(); ++i) logs.set(step.names[i], step.outputs[i].item());
  return logs;
}

const StepProgram& Sequential::train_step(const Tensor& x, const Tensor& y, const Tensor& sample_weight) {
  state().need_compiled();
  const DataTypes types{batch_type(x, "fit: x"), batch_type(y, "fit: y"), static_cast<bool>(sample_weight)};
  build(types.x);
  StepProgram& step = state().program(state().train, types, [&] {
    StepProgram made = make_train_program(state().layers, state().compiled, state().optimizer, types);
    if (state().profiling) made.program.enable_profile();
    return made;
  });
  OptimizerState& optimizer = state().optimizer;
  optimizer.prepare_step(state().compiled.optimizer);
  const std::array inputs{x, y, sample_weight};
  step.run(std::span(inputs).first(types.weighted ? 3 : 2));
  ++optimizer.iterations;
  return step;
}

History Sequential::fit(const Samples& x_all, const Samples& y_all, FitOptions options) {
  state().need_compiled();
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
  for (int64_t epoch = options.initial_epoch; epoch < options.epochs; ++epoch) {
    const TraceScope scope(fmt::format("epoch {}", epoch + 1), "fit");
    const Stopwatch watch;
    const int64_t order = options.initial_epoch > 0 ? epoch : state().epochs_trained;
    Random random(state().seed, kShufflePurpose + static_cast<uint64_t>(order));
    batches.start(options.shuffle ? &random : nullptr);
    progress.begin_epoch(epoch, batches.count());
    MeanOfLogs mean;
    for (int64_t step = 0; step < batches.count(); ++step) {
      const std::vector<Tensor>& batch = batches.next();
      const StepProgram& done = train_step(batch[0], batch[1], batch[2]);
      mean.add(done.names, done.outputs, batch[0].shape()[0]);
      progress.step(step + 1, mean.logs());
    }
    state().epochs_trained = order + 1;
    Logs logs = mean.logs();
    if (split.validation.x) {
      const int64_t size = options.validation_batch_size > 0 ? options.validation_batch_size : options.batch_size;
      const Logs validated = evaluate(split.validation.x, split.validation.y,
                                      {.batch_size = size, .sample_weight = split.validation.sample_weight});
      for (const auto& [name, value] : validated.entries()) logs.set("val_" + name, value);
    }
    progress.end_epoch(logs);
    history.epochs.push_back({logs, watch.seconds()});
    if (options.on_epoch_end && !options.on_epoch_end(epoch, logs)) break;
  }
  return history;
}

StepProgram& Sequential::evaluation_step(const Samples& x, const Samples& y, const Tensor& sample_weight) {
  check_rows(x, y, sample_weight);
  const DataTypes types{batch_type(x, "evaluate: x"), batch_type(y, "evaluate: y"), static_cast<bool>(sample_weight)};
  build(types.x);
  return state().program(state().evaluate, types,
                         [&] { return make_evaluate_program(state().layers, state().compiled, types); });
}

Logs Sequential::evaluate(const Samples& x, const Samples& y, EvaluateOptions options) {
  const TraceScope scope("evaluate", "fit");
  state().need_compiled();
  StepProgram& step = evaluation_step(x, y, options.sample_weight);
  BatchReader batches({x, y, options.sample_weight}, options.batch_size);
  batches.start(nullptr);
  MeanOfLogs mean;
  for (int64_t i = 0; i < batches.count(); ++i) {
    const std::vector<Tensor>& batch = batches.next();
    step.run(std::span(batch).first(step.types.weighted ? 3 : 2));
    mean.add(step.names, step.outputs, batch[0].shape()[0]);
  }
  return mean.logs();
}

Tensor Sequential::predict(const Samples& x, PredictOptions options) {
  const DataTypes types{state().predicted_type(x), {}};
  build(types.x);
  // One row, and a few, have programs of their own, to the same bits: they pick less from a table than it holds.
  Passes passes = state().compiled.passes;
  const int64_t most_rows = std::min(options.batch_size, x.shape()[0]);
  if (most_rows <= kFewRows) passes.assumed_rows = most_rows == 1 ? 1 : kFewRows;
  StepProgram& step = state().program(state().predict[passes.assumed_rows], types,
                                      [&] { return make_predict_program(state().layers, types.x, passes); });
  BatchReader batches({x}, options.batch_size);
  batches.start(nullptr);
  Tensor all;
  int64_t done = 0;
  for (int64_t i = 0; i < batches.count(); ++i) {
    step.run(batches.next());
    const Tensor& out = step.outputs[0];
    if (!all) all = Tensor(out.dtype(), out.shape().with_lead(x.shape()[0]));
    all.slice_rows(done, done + out.shape()[0]).assign(out);
    done += out.shape()[0];
  }
  return all;
}

std::vector<Tensor> Sequential::gradients(const Tensor& x, const Tensor& y) {
  state().need_compiled();
  check_rows(x, y, {});
  const DataTypes types{batch_type(x, "gradients: x"), batch_type(y, "gradients: y")};
  build(types.x);
  StepProgram& step = state().program(state().gradients, types,
                                      [&] { return make_gradient_program(state().layers, state().compiled, types); });
  return step.program.run({x, y});
}

const std::string& Sequential::name() const { return state().name; }
const std::vector<LayerPtr>& Sequential::layers() const { return state().layers; }

std::vector<std::pair<std::string, Tensor>> Sequential::weights() const {
  std::vector<std::pair<std::string, Tensor>> all;
  for (const LayerPtr& layer : distinct_layers(state().layers)) {
    for (const Weight& weight : layer->weights()) all.emplace_back(layer->name() + "/" + weight.name, weight.value);
  }
  return all;
}

int64_t Sequential::parameter_count() const {
  int64_t count = 0;
  for (const LayerPtr& layer : distinct_layers(state().layers)) {
    for (const Weight& weight : layer->weights()) count += weight.shape.size();
  }
  return count;
}

void Sequential::set_weights(const std::vector<Tensor>& values) {
  state().need_built("set_weights");
  const auto own = weights();
  if (values.size() != own.size()) {
    throw ShapeError(fmt::format("set_weights: {} has {} weights, got {}", state().name, own.size(), values.size()));
  }
  for (size_t i = 0; i < own.size(); ++i) {
    if (values[i] && own[i].second.type() == values[i].type()) continue;
    throw ShapeError(fmt::format("set_weights: \"{}\" is {}, got {}", own[i].first, own[i].second.type().str(),
                                 values[i] ? values[i].type().str() : std::string("nothing")));
  }
  for (size_t i = 0; i < own.size(); ++i) Tensor(own[i].second).assign(values[i]);
}

std::string Sequential::weights_sha256() const {
  Sha256 hash;
  for (const auto& [name, value] : weights()) hash.update({value.raw(), value.bytes()});
  return hash.hex();
}

std::string Sequential::summary() const { return summary_table(state().name, state().layers, state().output_shapes); }

Var Sequential::call(Var x) const {
  state().need_built("call");
  if (!x) throw Error(fmt::format("call: {} got an empty Var", name()));
  return call_layers(state().layers, x).value;
}

std::vector<Var> Sequential::training_graph(Tape& tape, const Type& y) const {
  state().need_compiled();
  state().need_built("training_graph");
  return record_training(tape, state().layers, state().compiled, {*state().input, y});
}

ProgramStats Sequential::training_stats() const {
  return state().train ? state().train->program.stats() : ProgramStats{};
}

void Sequential::enable_profile() {
  state().profiling = true;
  if (state().train) state().train->program.enable_profile();
}

Profile Sequential::training_profile() const { return state().train ? state().train->program.profile() : Profile{}; }

}  // namespace reel
