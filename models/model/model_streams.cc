// Model: trained on, evaluated on and predicting for rows that come one after the other.
#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/graph/trace.h"
#include "reel/models/model/model_state.h"

namespace reel {
namespace {

void refuse_options_by_number(const FitOptions& options) {
  const auto refuse = [](const char* option, const char* instead) {
    throw ValueError(fmt::format("fit: {} takes rows by number, which a stream does not have; {}", option, instead));
  };
  if (options.validation_split != 0) refuse("validation_split", "give validation_data");
  if (options.sample_weight) refuse("sample_weight", "the stream may have weights itself");
  if (!options.class_weight.empty()) refuse("class_weight", "the stream may have weights itself");
}

void check_number(size_t of_stream, size_t of_model, const std::string& call, const char* what) {
  if (of_stream == of_model) return;
  throw ShapeError(
      fmt::format("{}: the model has {} {}, and rows of the stream have {}", call, of_model, what, of_stream));
}

void check_limits(int64_t batch_size, std::optional<int64_t> steps, const char* call) {
  (void)BatchLimits{batch_size, steps}.steps_of(1, call);
}

}  // namespace

DataTypes Model::State::stream_types(const RowStream& stream, const std::string& call) {
  DataTypes types = stream.types();
  if (is_built) check_number(types.x.size(), input_names.size(), call, "inputs");
  std::vector<SymbolicType> inputs;
  for (const Type& type : types.x) inputs.push_back(symbolic_type(type, false));
  build(inputs, scope());
  if (wiring.has_host_calls()) {
    throw Error(fmt::format("{}: a stream gives numbers, and {} begins with layers that run on the host", call, name));
  }
  return types;
}

History Model::State::fit(Model& self, RowStream& stream, const FitOptions& options) {
  need_compiled();
  options.check();
  refuse_options_by_number(options);
  StreamBatches batches(stream, options.batch_size);
  const DataTypes types = stream_types(stream, "fit");
  check_number(types.y.size(), output_names.size(), "fit", "outputs");
  TrainingRows held_out;
  if (const ValidationData& given = options.validation_data; given.x) {
    held_out = rows_of(given.x, given.y, given.sample_weight, "fit: validation_data");
  }
  return fit(self, batches, {{}, held_out}, options);
}

Logs Model::State::evaluate(Model& self, RowStream& stream, const EvaluateOptions& options) {
  need_compiled();
  if (options.sample_weight) throw ValueError("evaluate: the weights of a stream's rows come with them");
  check_limits(options.batch_size, options.steps, "evaluate");
  const TraceScope scope_of_call("evaluate", "fit");
  (void)stream.rewind();  // or from where it is
  StreamBatches batches(stream, options.batch_size);
  const DataTypes types = stream_types(stream, "evaluate");
  check_number(types.y.size(), output_names.size(), "evaluate", "outputs");
  const auto step = evaluation_step(types);
  const CallbackList callbacks(options.callbacks, {self, {.steps = options.steps.value_or(0)}, stops});
  callbacks.tell(&Callback::on_test_begin);
  const Logs logs = evaluate_batches(*step, batches, options.steps, callbacks);
  callbacks.tell(&Callback::on_test_end, logs);
  return logs;
}

std::vector<Tensor> Model::State::predict(Model& self, RowStream& stream, const PredictOptions& options) {
  check_limits(options.batch_size, options.steps, "predict");
  (void)stream.rewind();  // or from where it is
  StreamBatches batches(stream, options.batch_size);
  const DataTypes types{.x = stream_types(stream, "predict").x, .y = {}};
  const auto step = prediction_step(types, options.batch_size);
  const CallbackList callbacks(options.callbacks, {self, {.steps = options.steps.value_or(0)}, stops});
  callbacks.tell(&Callback::on_predict_begin);
  std::vector<Tensor> all = predict_batches(*step, batches, options.steps, std::nullopt, callbacks);
  callbacks.tell(&Callback::on_predict_end);
  return all;
}

}  // namespace reel
