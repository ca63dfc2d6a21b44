// Model: its programs, and how it is built, trained, evaluated and predicts by them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/graph/trace.h"
#include "reel/models/model/model_state.h"
#include "reel/models/training/fit_loop.h"
#include "reel/models/training/made_with.h"
#include "reel/models/training/progbar_logger.h"
#include "reel/models/training/run_batches.h"

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

/// Of rows of these data.
DataTypes types_of(const TrainingRows& data, const std::string& call) {
  DataTypes types{batch_types(data.x, call + ": x"), batch_types(data.y, call + ": y")};
  for (const Samples& weight : data.weights) {
    types.weights.push_back(weight ? batch_type(weight, call + ": sample_weight") : Type{});
  }
  return types;
}

/// All rows as one batch.
std::vector<Tensor> one_batch(const TrainingRows& data) {
  std::vector<Tensor> batch;
  for (const Samples& part : data.together()) batch.push_back(part ? part.read(0, part.shape()[0]) : Tensor{});
  return batch;
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

/// Tells a function as on_epoch_end is given.
class EpochFunction final : public Callback {
 public:
  explicit EpochFunction(const EpochCallback& function) : function_(function) {}
  bool watches_batches() const override { return false; }
  void on_epoch_end(int64_t epoch, Logs& logs) override {
    if (!function_(epoch, logs)) stop_training();
  }

 private:
  EpochCallback function_;
};

/// Those that are given, what prints progress, and the function that is called last.
Callbacks callbacks_of(const FitOptions& options) {
  Callbacks all = options.callbacks;
  const bool has_progress = std::ranges::any_of(
      all, [](const CallbackPtr& one) { return one && one->class_name() == ProgbarLogger::class_name; });
  if (!has_progress) all.push_back(ProgbarLogger{});
  if (options.on_epoch_end) all.push_back(EpochFunction(options.on_epoch_end));
  return all;
}

std::shared_ptr<const TrainingState> state_to_resume(const Callbacks& callbacks) {
  std::shared_ptr<const TrainingState> state;
  for (const CallbackPtr& callback : callbacks) {
    if (callback && !state) state = callback->resumes_from();
  }
  return state;
}

}  // namespace

std::vector<Samples> Model::State::inputs_of(const ModelData& x, const std::string& call) {
  const std::string what = fmt::format("{}: x", call);
  // A model that is not built has one input, of which nothing is known but that.
  std::vector<Samples> ordered = x.in_order(is_built ? input_names : std::vector<std::string>{"x"}, what);
  for (size_t i = 0; is_built && i < ordered.size(); ++i) {
    if (!ordered[i] || ordered[i].is_text()) continue;
    const Type own = wiring.inputs()[i].type().at(1);
    if (ordered[i].shape() != own.shape.without_axis(0) || own.shape.rank() == 1) continue;
    throw ShapeError(fmt::format("{}: {} takes {}, got {}; one row alone is {}", what, name, own.shape.str(),
                                 ordered[i].shape().str(), own.shape.with_lead(1).str()));
  }
  std::vector<SymbolicType> types;
  for (const Samples& part : ordered) types.push_back(symbolic_type(batch_type(part, what), part.is_text()));
  build(types, scope());
  return wiring.has_host_calls() ? on_host(std::move(ordered)) : ordered;
}

std::vector<Samples> Model::State::targets_of(const ModelData& y, const std::string& call) const {
  if (!y && (compiled.train_step || compiled.test_step)) return {};  // a step of one's own need not read any
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

std::shared_ptr<const StepProgram> Model::State::train_program(std::span<const Tensor> batch) {
  auto step = last_program({Does::train, 0});
  if (step && step->takes(batch)) return step;
  const DataTypes types = types_of_batch(batch, wiring.fed().size());
  return program({Does::train, 0}, types, [&] {
    StepProgram made = make_train_program(trainee(), compiled, optimizer, types);
    if (profiling) made.program.enable_profile();
    return made;
  });
}

std::shared_ptr<const StepProgram> Model::State::train_step(std::span<const Tensor> batch,
                                                            std::vector<Tensor>& outputs) {
  const auto step = train_program(batch);
  optimizer.prepare_step(compiled.optimizer);
  step->run(batch, outputs);
  const std::lock_guard lock(rate_mutex);
  optimizer.count_step();
  return step;
}

std::shared_ptr<const StepProgram> Model::State::test_step(std::span<const Tensor> batch,
                                                           std::vector<Tensor>& outputs) {
  const auto step = evaluation_step(types_of_batch(batch, wiring.fed().size()));
  step->run(batch, outputs);
  return step;
}

TrainingRows Model::State::rows_of(const ModelData& x, const ModelData& y, const ModelData& sample_weight,
                                   const std::string& call) {
  TrainingRows all{inputs_of(x, call), targets_of(y, call), weights_by_output(sample_weight, output_names, call)};
  all.check();
  return all;
}

void Model::State::weigh_classes(TrainingRows& data, const ClassWeights& class_weight, const std::string& call) const {
  if (class_weight.empty()) return;
  if (output_names.size() != 1) {
    throw ValueError(fmt::format("{}: class_weight is for a model of one output, {} has {}: {}", call, name,
                                 output_names.size(), fmt::join(output_names, ", ")));
  }
  if (!data.weights.empty()) throw ValueError(fmt::format("{}: got both class_weight and sample_weight", call));
  data.weights = {weights_of_classes(data.y.empty() ? Samples() : data.y[0], class_weight, call)};
}

Logs Model::State::train_on_batch(const ModelData& x, const ModelData& y, const ModelData& sample_weight,
                                  const ClassWeights& class_weight) {
  need_compiled();
  TrainingRows all = rows_of(x, y, sample_weight, "train_on_batch");
  weigh_classes(all, class_weight, "train_on_batch");
  return logs_of(
      all, [&](std::span<const Tensor> batch, std::vector<Tensor>& outputs) { return train_step(batch, outputs); });
}

Logs Model::State::test_on_batch(const ModelData& x, const ModelData& y, const ModelData& sample_weight) {
  need_compiled();
  const TrainingRows all = rows_of(x, y, sample_weight, "test_on_batch");
  return logs_of(
      all, [&](std::span<const Tensor> batch, std::vector<Tensor>& outputs) { return test_step(batch, outputs); });
}

template <class Step>
Logs Model::State::logs_of(const TrainingRows& data, Step&& step) {
  const std::vector<Tensor> batch = one_batch(data);
  std::vector<Tensor> outputs;
  const auto done = step(batch, outputs);
  RunningScores scores;
  scores.add(done->keys, outputs, data.count());
  return scores.logs();
}

Split Model::State::rows_to_fit(const ModelData& x, const ModelData& y, const FitOptions& options) {
  check_validation(options.validation_data);
  const ValidationData& validation = options.validation_data;
  Split split =
      split_validation(rows_of(x, y, options.sample_weight, "fit"), validation.x ? 0 : options.validation_split);
  weigh_classes(split.training, options.class_weight, "fit");
  if (validation.x) {
    split.validation = rows_of(validation.x, validation.y, validation.sample_weight, "fit: validation_data");
  }
  return split;
}

History Model::State::fit(Model& self, const ModelData& x, const ModelData& y, const FitOptions& options) {
  need_compiled();
  options.check();
  const Split split = rows_to_fit(x, y, options);
  BatchReader batches(split.training.together(), options.batch_size);
  return fit(self, batches, split, options);
}

History Model::State::fit(Model& self, BatchSource& batches, const Split& split, const FitOptions& options) {
  const TrainingRows& held_out = split.validation;
  const int64_t steps = steps_per_epoch(batches, options);
  const int64_t size = options.validation_batch_size > 0 ? options.validation_batch_size : options.batch_size;
  const BatchLimits validated{size, options.validation_steps};
  Learner learner{.train = [&](auto batch, auto& outputs) { return train_step(batch, outputs); },
                  .test = [&](auto batch, auto& outputs) { return test_step(batch, outputs); },
                  .validate = {},
                  .finalize = [&] { optimizer.finalize(compiled.optimizer, trained_weights()); },
                  .train_program = [&](auto batch) { return train_program(batch); },
                  .variables = [&] { return training_variables(); },
                  .set_variables = [&](const auto& values) { set_training_variables(values); },
                  .seed = seed,
                  .orders = orders};
  if (held_out) {
    // Before anything is trained: data that do not fit are not to be found out after an epoch.
    evaluation_step(types_of(held_out, "evaluate"));
    learner.validate = [&](const CallbackList& callbacks) { return evaluate(held_out, validated, callbacks); };
  }
  const Callbacks all = callbacks_of(options);
  if (std::ranges::any_of(all, [](const CallbackPtr& one) { return one && one->keeps_state(); }))
    learner.made_with = reel::made_with(made_with(), options, all, split);
  const std::shared_ptr<const TrainingState> state = state_to_resume(all);
  if (state) check_made_with(*state, learner.made_with);
  stops = false;
  const CallbackParams params{options.epochs, steps, options.verbose, options.log, static_cast<bool>(held_out)};
  const CallbackList callbacks(all, {self, params, stops, state != nullptr});
  return run_fit(learner, batches, options, callbacks, state.get());
}

std::vector<NamedWeight> Model::State::trained_weights() const {
  std::vector<NamedWeight> trained;
  for (const Variable& variable : variables()) {
    if (variable.trainable()) trained.push_back({variable.path(), variable.value()});
  }
  return trained;
}

std::shared_ptr<const StepProgram> Model::State::evaluation_step(const DataTypes& types) {
  if (!has_loss() && !compiled.test_step) {
    throw Error(fmt::format("{}: was compiled with a train_step alone; to evaluate takes a loss or a test_step", name));
  }
  return program({Does::evaluate, 0}, types, [&] { return make_evaluate_program(trainee(), compiled, types); });
}

Logs Model::State::evaluate(const TrainingRows& data, const BatchLimits& limits, const CallbackList& callbacks) {
  const TraceScope scope_of_call("evaluate", "fit");
  const auto step = evaluation_step(types_of(data, "evaluate"));
  const auto weights = keep_weights(data.together(), *step, callbacks);
  const int64_t steps = limits.steps_of(data.count(), "evaluate");
  BatchReader batches(data.together(), limits.batch_size);
  return evaluate_batches(*step, batches, steps, callbacks);
}

Logs Model::State::evaluate(Model& self, const ModelData& x, const ModelData& y, const EvaluateOptions& options) {
  need_compiled();
  const TrainingRows data = rows_of(x, y, options.sample_weight, "evaluate");
  const BatchLimits limits{options.batch_size, options.steps};
  const CallbackList callbacks(options.callbacks, {self, {.steps = limits.steps_of(data.count(), "evaluate")}, stops});
  callbacks.tell(&Callback::on_test_begin);
  const Logs logs = evaluate(data, limits, callbacks);
  callbacks.tell(&Callback::on_test_end, logs);
  return logs;
}

std::vector<Tensor> Model::State::predict(Model& self, const ModelData& given, const PredictOptions& options) {
  const std::vector<Samples> x = inputs_of(given, "predict");
  const DataTypes types{.x = batch_types(x, "predict: x"), .y = {}};
  const int64_t row_count = x[0].shape()[0];
  const BatchLimits limits{options.batch_size, options.steps};
  const auto step = prediction_step(types, std::min(options.batch_size, row_count));
  const int64_t steps = limits.steps_of(row_count, "predict");
  const CallbackList callbacks(options.callbacks, {self, {.steps = steps}, stops});
  callbacks.tell(&Callback::on_predict_begin);
  std::vector<Tensor> all = [&] {
    const auto weights = keep_weights(x, *step, callbacks);
    BatchReader batches(x, options.batch_size);
    const int64_t predicted = std::min(row_count, steps * std::min(options.batch_size, row_count));
    return predict_batches(*step, batches, steps, predicted, callbacks);
  }();
  callbacks.tell(&Callback::on_predict_end);
  return all;
}

/// One row, and a few, have programs of their own, to the same bits: they pick less from a table than it holds.
std::shared_ptr<const StepProgram> Model::State::prediction_step(const DataTypes& types, int64_t most_rows) {
  Passes passes = compiled.passes;
  if (most_rows <= kFewRows) passes.assumed_rows = most_rows == 1 ? 1 : kFewRows;
  return program({Does::predict, passes.assumed_rows}, types,
                 [&] { return make_predict_program(trainee(), types, passes); });
}

std::unique_ptr<const WeightsInUse> Model::State::keep_weights(std::span<const Samples> data, const StepProgram& step,
                                                               const CallbackList& callbacks) const {
  if (callbacks.watches_batches()) return nullptr;
  const bool in_memory = std::ranges::all_of(data, [](const Samples& part) { return part.is_in_memory(); });
  return in_memory && !step.assigns ? std::make_unique<const WeightsInUse>(distinct) : nullptr;
}

std::vector<Tensor> Model::State::gradients(const ModelData& x, const ModelData& y) {
  need_compiled();
  const TrainingRows all = rows_of(x, y, {}, "gradients");
  const DataTypes types = types_of(all, "gradients");
  const auto step =
      program({Does::gradients, 0}, types, [&] { return make_gradient_program(trainee(), compiled, types); });
  std::vector<Tensor> outputs;
  step->run(one_batch(all), outputs);
  return outputs;
}

}  // namespace reel
