// Sequential: the programs of a model, and how it is trained, evaluated and predicts by them.
#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/graph/stopwatch.h"
#include "reel/graph/trace.h"
#include "reel/models/model/sequential_state.h"
#include "reel/models/training/batches.h"
#include "reel/models/training/progress.h"

namespace reel {
namespace {

/// Up to as many rows, predictions go through a program of their own.
constexpr int64_t kFewRows = 4;

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

}  // namespace

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

std::shared_ptr<const StepProgram> Sequential::State::train_step(std::span<const Tensor> batch,
                                                                 std::vector<Tensor>& outputs) {
  need_compiled();
  const DataTypes types{batch_type(batch[0], "fit: x"), batch_type(batch[1], "fit: y"), static_cast<bool>(batch[2])};
  build(types.x);
  const auto step = program({Does::train, 0}, types, [&] {
    StepProgram made = make_train_program(layers, compiled, optimizer, types);
    if (profiling) made.program.enable_profile();
    return made;
  });
  optimizer.prepare_step(compiled.optimizer);
  step->run(batch, outputs);
  const std::lock_guard lock(rate_mutex);
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
    Random random(seed, Purpose::row_order, static_cast<uint64_t>(order));
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
      for (const auto& [log, value] : validated.entries()) logs.set("val_" + log, value);
    }
    progress.end_epoch(logs);
    history.epochs.push_back({logs, watch.seconds()});
    const bool stops = options.on_epoch_end && !options.on_epoch_end(epoch, logs);
    need_model("fit");
    if (stops) break;
  }
  optimizer.finalize(compiled.optimizer, trained_weights());
  return history;
}

std::vector<NamedWeight> Sequential::State::trained_weights() const {
  std::vector<NamedWeight> trained;
  for (const LayerPtr& layer : distinct) {
    for (const Weight& weight : layer->weights()) {
      if (weight.trainable) trained.push_back({layer->name() + "/" + weight.name, weight.value});
    }
  }
  return trained;
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
    batches.in_data([&] { step->run(batch, outputs); });
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

}  // namespace reel
