// functional/NAME.{json,npz}: models as graphs of layers, made from their configs: predictions, losses, gradients, and
// a few training steps.
#include <fmt/format.h>

#include "golden/cases.h"
#include "golden/described.h"
#include "golden/layer_case.h"
#include "reel/graph/error.h"
#include "reel/models/model/model.h"
#include "reel/models/training/compile_config.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;

constexpr Tolerance kOnce{1e-5, 1e-6}, kTrained{2e-5, 1e-5};

ModelData rows_of(const OrderedJson& list, const char* key, const Arrays& arrays) {
  std::vector<std::pair<std::string, Samples>> all;
  for (const OrderedJson& one : list) all.emplace_back(one.at("name"), arrays[one.at(key)]);
  return all;
}

void replay_case(const OrderedJson& spec, const Arrays& arrays, Case& result) {
  const std::string keras_class = spec.at("keras_class");
  require_classes(spec.at("config"));
  Model model = Model::from_config(config_of(serialized_json(keras_class, spec.at("config"))));
  std::vector<Tensor> weights;
  const OrderedJson& stored = spec.at("weights");
  for (const OrderedJson& weight : stored) weights.push_back(arrays[weight.at("array")]);
  const auto own = model.weights();
  for (size_t i = 0; i < own.size() && i < stored.size(); ++i) {
    result.check(fmt::format("path of {}", stored[i].at("array").get<std::string>()),
                 own[i].first == stored[i].at("path"), own[i].first + " and not " + stored[i].at("path").dump());
  }
  model.set_weights(weights);
  model.compile(compile_options(config_of(spec.at("compile")), model.output_names()));
  const OrderedJson &inputs = spec.at("inputs"), &outputs = spec.at("outputs");
  const ModelData x = rows_of(inputs, "array", arrays), y = rows_of(outputs, "target", arrays);
  const std::vector<Tensor> predicted = model.predict_all(x);
  for (size_t i = 0; i < predicted.size(); ++i) {
    for (const OrderedJson& output : outputs) {
      if (output.at("name") == model.output_names()[i]) {
        result.compare(output.at("array"), predicted[i], arrays[output.at("array")], kOnce);
      }
    }
  }
  const std::vector<Tensor> gradients = model.gradients(x, y);
  size_t next = 0;
  for (const OrderedJson& weight : stored) {
    if (!weight.value("gradient", OrderedJson()).is_string()) continue;
    result.compare(weight["gradient"], gradients.at(next++), arrays[weight["gradient"]], kOnce);
  }
  const Logs test = model.evaluate(x, y, {.batch_size = predicted[0].shape()[0]});
  for (const auto& [log, array] : spec.at("test").items()) {
    result.compare("test." + log, test[log], arrays[array].at(0), kOnce);
  }
  const int64_t steps = spec.at("steps");
  for (int64_t step = 0; step < steps; ++step) {
    const Logs logs = model.train_on_batch(x, y);
    if (step == 0) result.compare("total", logs["loss"], arrays[spec.at("total")].at(0), kOnce);
    // As Keras on TensorFlow, where metrics see the mask in training, too.
    OrderedJson train = spec.at("train");
    train.update(spec.value("train_masked", OrderedJson::object()));
    for (const auto& [log, array] : train.items()) {
      result.compare(fmt::format("train.{}[{}]", log, step), logs[log], arrays[array].at(step), kTrained);
    }
  }
  const auto trained = model.weights();
  for (size_t i = 0; i < stored.size(); ++i) {
    result.compare(stored[i].at("after"), trained.at(i).second, arrays[stored[i].at("after")], kTrained);
  }
}

}  // namespace

void replay_functional(const fs::path& folder, Report& report) {
  const fs::path models = folder / "functional";
  if (!fs::is_directory(models)) return;
  for (const std::string& name : stems(models)) {
    if (name == "index") continue;
    report.run("functional/" + name, [&](Case& result) {
      replay_case(read_ordered_json(models / (name + ".json")), Arrays(models / (name + ".npz")), result);
    });
  }
}

}  // namespace reel::golden
