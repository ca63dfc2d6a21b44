// metrics.{json,npz}: what "accuracy" resolves to in a compiled model, and metric classes fed in two parts.
#include <fmt/format.h>

#include "golden/cases.h"
#include "golden/keras_config.h"
#include "reel/models/layers/core.h"
#include "reel/models/model/sequential.h"
#include "reel/models/training/batches.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;

// Keras's result is a float, ours a double: they may differ by half a unit in the float's last place.
constexpr Tolerance kMetric{6e-8, 1e-6}, kLoss{1e-5, 1e-7};

void replay_compiled_accuracy(const Json& spec, const Arrays& arrays, Case& result) {
  const Json& keys = spec.at("arrays");
  const Tensor y_true = arrays[keys.at("y_true")], y_pred = arrays[keys.at("y_pred")];
  Sequential model{ActivationLayer(linear)};
  model.compile({.loss = make_loss(spec.at("loss").get<std::string>()), .metrics = {make_metric("accuracy")}});
  const Logs logs = model.evaluate(y_pred, y_true, {.batch_size = spec.at("batch_size").get<int64_t>()});
  result.compare("accuracy", logs["accuracy"], spec.at("accuracy").get<double>(), kMetric);
  result.compare("loss_value", logs["loss"], spec.at("loss_value").get<double>(), kLoss);
}

void replay_class(const Json& spec, const Arrays& arrays, Case& result) {
  const Metric metric = make_metric(spec.at("keras_class"), spec.at("config"));
  const Json& keys = spec.at("arrays");
  const Tensor y_true = arrays[keys.at("y_true")], y_pred = arrays[keys.at("y_pred")];
  Tape tape;
  const Type t_type = batch_type(y_true), y_type = batch_type(y_pred);
  const Var t = tape.input(t_type.shape, t_type.dtype, "y_true"), y = tape.input(y_type.shape, y_type.dtype, "y_pred");
  Program program = tape.compile({.outputs = {mean(metric(t, y))}, .inputs = {t, y}});

  MeanOfLogs running;
  const auto update = [&](int64_t begin, int64_t end) {
    Logs logs;
    logs.set("result", program.run({y_true.slice_rows(begin, end), y_pred.slice_rows(begin, end)})[0].item());
    running.add(logs, end - begin);
    return running.logs()["result"];
  };
  const int64_t count = y_true.shape()[0], split = spec.at("split").get<int64_t>();
  result.compare("result_first_part", update(0, split), spec.at("result_first_part").get<double>(), kMetric);
  result.compare("result", update(split, count), spec.at("result").get<double>(), kMetric);
  // The library has no weighted metrics.
  if (spec.contains("result_weighted")) result.leave_out("result_weighted");
}

void replay_file(const fs::path& folder, const std::string& part, Report& report) {
  const Json index = read_json(folder / (part + ".json"));
  const Arrays arrays(folder / (part + ".npz"));
  for (const Json& spec : index.value("compiled_accuracy", Json::array())) {
    report.run(part + "/accuracy/" + spec.at("name").get<std::string>(),
               [&](Case& result) { replay_compiled_accuracy(spec, arrays, result); });
  }
  for (const Json& spec : index.value("cases", Json::array())) {
    report.run(part + "/" + spec.at("name").get<std::string>(),
               [&](Case& result) { replay_class(spec, arrays, result); });
  }
}

}  // namespace

void replay_metrics(const fs::path& folder, Report& report) {
  for (const std::string& part : stems_of_part(folder, "metrics")) {
    report.run_part(part, [&] { replay_file(folder, part, report); });
  }
}

}  // namespace reel::golden
