// Model: its programs, and how it is built, trained, evaluated and predicts by them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/graph/stopwatch.h"
#include "reel/graph/trace.h"
#include "reel/models/model/model_state.h"
#include "reel/models/training/batches.h"
#include "reel/models/training/progress.h"

namespace reel {
namespace {

/// Up to as many rows, predictions go through a program of their own.
constexpr int64_t kFewRows = 4;
/// Programs that a model keeps for data of other shapes.
constexpr size_t kMostPrograms = 16;

/// Of Samples [n, ...]: the same for any number of rows.
Type batch_type(const Samples& data, std::string_view what) {
  const bool has_rows = data && data.shape().rank() > 0 && data.shape()[0] > 0;
  if (!has_rows) {
    throw ShapeError(fmt::format("{}: needs [n, ...] with at least one row, got {}", what,
                                 data ? data.shape().str() : std::string("nothing")));
  }
  return {data.dtype(), data.shape().with_lead(rows)};
}

std::vector<Type> batch_types(const std::vector<Samples>& data, const std::string& what) {
  std::vector<Type> types;
  for (const Samples& part : data) types.push_back(batch_type(part, what));
  return types;
}

std::vector<Samples> together(const TrainingRows& rows_of) {
  std::vector<Samples> all = rows_of.x;
  all.insert(all.end(), rows_of.y.begin(), rows_of.y.end());
  all.push_back(rows_of.sample_weight ? Samples(rows_of.sample_weight) : Samples());
  return all;
}

/// Throws ValueError for a part without what it is a part of.
void check_validation(const ValidationData& given) {
  if (given.x && given.y) return;
  const std::pair<bool, std::string_view> parts[] = {{static_cast<bool>(given.x), "x"},
                                                     {static_cast<bool>(given.y), "y"},
                                                     {static_cast<bool>(given.sample_weight), "sample_weight"}};
  for (const auto& [is_given, name] : parts) {
    if (is_given) throw ValueError(fmt::format("fit: validation_data needs x and y, got {} alone", name));
  }
}

}  // namespace

std::vector<Samples> Model::State::inputs_of(const ModelData& x, const char* call) {
  const std::string what = fmt::format("{}: x", call);
  // A model that is not built has one input, of which nothing is known but that.
  std::vector<Samples> ordered = x.in_order(is_built ? input_names : std::vector<std::string>{"x"}, what);
  for (size_t i = 0; is_built && i < ordered.size(); ++i) {
    if (!ordered[i]) continue;
    const Type own = wiring.inputs()[i].type().at(1);
    if (ordered[i].shape() != own.shape.without_axis(0) || own.shape.rank() == 1) continue;
    throw ShapeError(fmt::format("{}: {} takes {}, got {}; one row alone is {}", what, name, own.shape.str(),
                                 ordered[i].shape().str(), own.shape.with_lead(1).str()));
  }
  build(batch_types(ordered, what), scope());
  return ordered;
}

std::vector<Samples> Model::State::targets_of(const ModelData& y, const char* call) const {
  std::vector<Samples> ordered = y.in_order(output_names, fmt::format("{}: y", call));
  batch_types(ordered, fmt::format("{}: y", call));
  return ordered;
}

template <class Make>
std::shared_ptr<const StepProgram> Model::State::program(const ProgramKey& key, const DataTypes& types, Make&& make) {
  if (auto known = known_program(key, types)) return known;
  const std::lock_guard making_lock(making_mutex);
  if (auto known = known_program(key, types)) return known;
  const Use::Making making(*this);
  auto made = std::make_shared<const StepProgram>(make());
  const std::lock_guard lock(programs_mutex);
  programs.push_front({key, made});
  if (programs.size() > kMostPrograms) programs.pop_back();
  return made;
}

std::shared_ptr<const StepProgram> Model::State::known_program(const ProgramKey& key, const DataTypes& types) {
  const std::lock_guard lock(programs_mutex);
  const auto found =
      std::ranges::find_if(programs, [&](const Kept& kept) { return kept.key == key && kept.step->types == types; });
  if (found == programs.end()) return nullptr;
  programs.splice(programs.begin(), programs, found);
  return programs.front().step;
}

std::shared_ptr<const StepProgram> Model::State::last_program(const ProgramKey& key) {
  const std::lock_guard lock(programs_mutex);
  const auto found = std::ranges::find_if(programs, [&](const Kept& kept) { return kept.key == key; });
  return found == programs.end() ? nullptr : found->step;
}

std::shared_ptr<const StepProgram> Model::State::train_step(std::span<const Tensor> batch,
                                                            std::vector<Tensor>& outputs) {
  auto step = last_program({Does::train, 0});
  if (!step || !step->takes(batch)) {
    DataTypes types{{}, {}, static_cast<bool>(batch.back())};
    for (size_t i = 0; i + 1 < batch.size(); ++i) {
      std::vector<Type>& of = i < input_names.size() ? types.x : types.y;
      of.push_back({batch[i].dtype(), batch[i].shape().with_lead(rows)});
    }
    step = program({Does::train, 0}, types, [&] {
      StepProgram made = make_train_program(trainee(), compiled, optimizer, types);
      if (profiling) made.program.enable_profile();
      return made;
    });
  }
  optimizer.prepare_step(compiled.optimizer);
  step->run(batch, outputs);
  const std::lock_guard lock(rate_mutex);
  ++optimizer.iterations;
  return step;
}

Logs Model::State::train_on_batch(const ModelData& x, const ModelData& y, const Tensor& sample_weight) {
  need_compiled();
  TrainingRows all{inputs_of(x, "train_on_batch"), targets_of(y, "train_on_batch"), sample_weight};
  check_rows(all.x, all.y, sample_weight);
  std::vector<Tensor> batch, outputs;
  for (const Samples& part : together(all)) batch.push_back(part ? part.read(0, part.shape()[0]) : Tensor{});
  const auto step = train_step(batch, outputs);
  RunningScores scores;
  scores.add(step->keys, outputs, batch[0].shape()[0]);
  return scores.logs();
}

History Model::State::fit(const ModelData& x_all, const ModelData& y_all, const FitOptions& options) {
  need_compiled();
  check_epochs(options);
  check_validation(options.validation_data);
  TrainingRows all{inputs_of(x_all, "fit"), targets_of(y_all, "fit"), options.sample_weight};
  check_rows(all.x, all.y, options.sample_weight);
  const ValidationData& validation = options.validation_data;
  Split split = split_validation(std::move(all), validation.x ? 0 : options.validation_split);
  if (validation.x) {
    split.validation = {inputs_of(validation.x, "fit: validation_data"),
                        targets_of(validation.y, "fit: validation_data"), validation.sample_weight};
  }
  const TrainingRows& held_out = split.validation;
  // Before anything is trained: data that do not fit are not to be found out after an epoch.
  if (held_out) evaluation_step(held_out.x, held_out.y, held_out.sample_weight);
  BatchReader batches(together(split.training), options.batch_size);
  EpochProgress progress(options.verbose, options.log, options.epochs);
  History history;
  std::vector<Tensor> outputs;
  for (int64_t epoch = options.initial_epoch; epoch < options.epochs; ++epoch) {
    const TraceScope scope_of_epoch(fmt::format("epoch {}", epoch + 1), "fit");
    const Stopwatch watch;
    const int64_t order = options.initial_epoch > 0 ? epoch : epochs_trained;
    Random random(seed, Purpose::row_order, static_cast<uint64_t>(order));
    batches.start(options.shuffle ? &random : nullptr);
    progress.begin_epoch(epoch, batches.count());
    RunningScores scores;
    for (int64_t step = 0; step < batches.count(); ++step) {
      const std::vector<Tensor>& batch = batches.next();
      const auto done = batches.in_data([&] { return train_step(batch, outputs); });
      scores.add(done->keys, outputs, batch[0].shape()[0]);
      progress.step(step + 1, progress.shows_steps() ? scores.logs() : Logs());
    }
    epochs_trained = order + 1;
    Logs logs = scores.logs();
    if (held_out) {
      const int64_t size = options.validation_batch_size > 0 ? options.validation_batch_size : options.batch_size;
      const Logs validated = evaluate(held_out.x, held_out.y, held_out.sample_weight, size);
      for (const auto& [log, value] : validated.entries()) logs.set("val_" + log, value);
    }
    progress.end_epoch(logs);
    history.epochs.push_back({logs, watch.seconds()});
    if (options.on_epoch_end && !options.on_epoch_end(epoch, logs)) break;
  }
  optimizer.finalize(compiled.optimizer, trained_weights());
  return history;
}

std::vector<NamedWeight> Model::State::trained_weights() const {
  std::vector<NamedWeight> trained;
  for (const Variable& variable : variables()) {
    if (variable.trainable()) trained.push_back({variable.path(), variable.value()});
  }
  return trained;
}

std::shared_ptr<const StepProgram> Model::State::evaluation_step(const std::vector<Samples>& x,
                                                                 const std::vector<Samples>& y,
                                                                 const Tensor& sample_weight) {
  check_rows(x, y, sample_weight);
  const DataTypes types{batch_types(x, "evaluate: x"), batch_types(y, "evaluate: y"), static_cast<bool>(sample_weight)};
  return program({Does::evaluate, 0}, types, [&] { return make_evaluate_program(trainee(), compiled, types); });
}

Logs Model::State::evaluate(const std::vector<Samples>& x, const std::vector<Samples>& y, const Tensor& sample_weight,
                            int64_t batch_size) {
  const TraceScope scope_of_call("evaluate", "fit");
  const auto step = evaluation_step(x, y, sample_weight);
  const std::vector<Samples> data = together({x, y, sample_weight});
  const auto weights = keep_weights(data, *step);
  BatchReader batches(data, batch_size);
  batches.start(nullptr);
  RunningScores scores;
  std::vector<Tensor> outputs;
  for (int64_t i = 0; i < batches.count(); ++i) {
    const std::vector<Tensor>& batch = batches.next();
    batches.in_data([&] { step->run(batch, outputs); });
    scores.add(step->keys, outputs, batch[0].shape()[0]);
  }
  return scores.logs();
}

std::vector<Tensor> Model::State::predict(const ModelData& given, const PredictOptions& options) {
  const std::vector<Samples> x = inputs_of(given, "predict");
  const DataTypes types{.x = batch_types(x, "predict: x"), .y = {}};
  const int64_t row_count = x[0].shape()[0];
  // One row, and a few, have programs of their own, to the same bits: they pick less from a table than it holds.
  Passes passes = compiled.passes;
  const int64_t most_rows = std::min(options.batch_size, row_count);
  if (most_rows <= kFewRows) passes.assumed_rows = most_rows == 1 ? 1 : kFewRows;
  const auto step = program({Does::predict, passes.assumed_rows}, types,
                            [&] { return make_predict_program(trainee(), types, passes); });
  const auto weights = keep_weights(x, *step);
  BatchReader batches(x, options.batch_size);
  batches.start(nullptr);
  std::vector<Tensor> all, outputs;
  int64_t done = 0;
  for (int64_t i = 0; i < batches.count(); ++i) {
    const std::vector<Tensor>& batch = batches.next();
    batches.in_data([&] { step->run(batch, outputs); });
    for (size_t which = 0; which < outputs.size(); ++which) {
      const Tensor& out = outputs[which];
      if (all.size() == which) all.emplace_back(out.dtype(), out.shape().with_lead(row_count));
      all[which].slice_rows(done, done + out.shape()[0]).assign(out);
    }
    done += batch[0].shape()[0];
  }
  return all;
}

std::unique_ptr<const WeightsInUse> Model::State::keep_weights(std::span<const Samples> data,
                                                               const StepProgram& step) const {
  const bool in_memory = std::ranges::all_of(data, [](const Samples& part) { return part.is_in_memory(); });
  return in_memory && !step.assigns ? std::make_unique<const WeightsInUse>(distinct) : nullptr;
}

std::vector<Tensor> Model::State::gradients(const ModelData& x_all, const ModelData& y_all) {
  need_compiled();
  const TrainingRows all{inputs_of(x_all, "gradients"), targets_of(y_all, "gradients"), {}};
  check_rows(all.x, all.y, {});
  const DataTypes types{batch_types(all.x, "gradients: x"), batch_types(all.y, "gradients: y")};
  const auto step =
      program({Does::gradients, 0}, types, [&] { return make_gradient_program(trainee(), compiled, types); });
  std::vector<Tensor> batch, outputs;
  for (const Samples& part : together(all)) batch.push_back(part ? part.read(0, part.shape()[0]) : Tensor{});
  step->run(batch, outputs);
  return outputs;
}

}  // namespace reel
