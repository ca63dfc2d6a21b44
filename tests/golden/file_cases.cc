// files/: models that Keras 3 and Keras 2 have saved: each is loaded, predicts, is written and read again, and trains
// on where what it holds says how.
#include <fmt/format.h>

#include <algorithm>

#include "golden/cases.h"
#include "golden/described.h"
#include "models/temporary_folder.h"
#include "reel/models/files/keras_file.h"
#include "reel/models/formats/read_file.h"
#include "reel/models/model/model.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;

constexpr Tolerance kOnce{1e-5, 1e-6}, kLong{5e-5, 1e-6}, kResumed{1e-5, 1e-6};
constexpr int64_t kLongSteps = 500;

/// What models with a policy of half precision may differ by, as the oracle's README says of them.
Tolerance tolerance_of(const std::string& name, const Tensor& x) {
  if (name.find("bfloat16") != name.npos) return {1e-2, 0};
  if (name.find("float16") != name.npos) return {2e-3, 0};
  return x.shape().rank() > 1 && x.shape()[1] >= kLongSteps ? kLong : kOnce;
}

/// One model's files, and the arrays that go with them.
struct Saved {
  fs::path folder;
  std::string name;
  const OrderedJson& spec;
  Arrays arrays;

  /// "x", or "x.NAME" of several inputs.
  ModelData inputs(const Model& model) const {
    if (arrays.contains("x")) return arrays["x"];
    std::vector<std::pair<std::string, Samples>> all;
    for (const std::string& input : model.input_names()) all.emplace_back(input, arrays["x." + input]);
    return all;
  }
  const Tensor& first_input(const Model& model) const {
    return arrays[arrays.contains("x") ? "x" : "x." + model.input_names()[0]];
  }
  const Tensor& expected(const std::string& output) const { return arrays[arrays.contains("y") ? "y" : "y." + output]; }
};

void compare_predictions(const Saved& saved, const Model& model, const std::string& what, Case& result) {
  Model used = model;
  const std::vector<Tensor> predicted = used.predict_all(saved.inputs(used));
  const Tolerance allowed = tolerance_of(saved.name, saved.first_input(used));
  for (size_t i = 0; i < predicted.size(); ++i) {
    const std::string output = model.output_names()[i];
    result.compare(what + output, predicted[i], saved.expected(output), allowed);
  }
}

void compare_weights(const Saved& saved, const Model& model, Case& result) {
  const auto own = model.weights();
  for (size_t i = 0; i < own.size() && saved.arrays.contains(fmt::format("w{}", i)); ++i) {
    const std::string array = fmt::format("w{}", i);
    result.compare(array, own[i].second, saved.arrays[array].cast(own[i].second.dtype()), kExact);
  }
}

/// Of Keras 3 a file's config is what the model gives; that of Keras 2 is another.
void compare_config(const Model& model, const std::string& path, Case& result) {
  const KerasFile file = read_keras_file(read_file(path), path);
  const std::function<void(OrderedJson&)> clean = [&](OrderedJson& json) {
    if (json.is_object()) json.erase("shared_object_id");
    if (json.is_object() && json.contains("compile_config") && json["compile_config"].empty())
      json.erase("compile_config");  // which Keras writes of models within
    if (json.is_structured()) {
      for (OrderedJson& part : json) clean(part);
    }
  };
  OrderedJson expected = without_builds(json_of(file.model)["config"]);
  clean(expected);
  const OrderedJson ours = without_builds(json_of(LayerPtr(model).config())["config"]);
  const bool is_same = Json::parse(ours.dump()) == Json::parse(expected.dump());  // whatever the order of outputs
  result.check("config", is_same, fmt::format("differs: {}", differences(ours, expected)));
}

/// What is written here and read again predicts the same bits, and is compiled alike.
void compare_written(const Saved& saved, const Model& model, const std::string& kind, Case& result) {
  const testing::TemporaryFolder folder;
  const std::string path = folder / ("again" + kind);
  model.save(path);
  Model again = Model::load(path), first = model;
  first.reset_states();
  const std::vector<Tensor> ours = again.predict_all(saved.inputs(again)),
                            before = first.predict_all(saved.inputs(first));
  for (size_t i = 0; i < ours.size(); ++i) result.compare("written again, " + kind, ours[i], before[i], kExact);
  result.check("config written again", LayerPtr(again).config() == LayerPtr(model).config(), "differs");
}

void compare_resumed(const Saved& saved, Model model, Case& result) {
  const OrderedJson& resume = saved.spec["resume"];
  const Tensor x = saved.arrays["train_x"], y = saved.arrays["train_y"], losses = saved.arrays[resume["loss"]];
  const int64_t rows = resume["batch_size"];
  int64_t step = 0;
  for (const OrderedJson& batch : resume["batches"]) {
    const int64_t first = batch.get<int64_t>() * rows;
    const Logs logs = model.train_on_batch(x.slice_rows(first, first + rows), y.slice_rows(first, first + rows));
    result.compare(fmt::format("resumed_loss[{}]", step), logs["loss"], losses.at(step), kResumed);
    ++step;
  }
}

/// Weights alone are read into the model of the .keras beside them, whose own are taken away.
Model with_weights(const fs::path& path, const std::string& name) {
  Model model = Model::load(path.parent_path() / (name + ".keras"));
  std::vector<Tensor> zeros;
  for (const Tensor& weight : model.get_weights()) zeros.push_back(Tensor::zeros(weight.shape(), weight.dtype()));
  model.set_weights(zeros);
  model.load_weights(path);
  return model;
}

void replay_file(const Saved& saved, const std::string& file, Case& result) {
  const fs::path path = saved.folder / file;
  const bool is_archive = file.ends_with(".keras"), is_weights = file.ends_with(".weights.h5");
  const Model model = is_weights ? with_weights(path, saved.name) : Model::load(path);
  // A .keras has the product of low rank added to the matrix, not both.
  if (!(is_archive && saved.name.find("lora") != saved.name.npos)) compare_weights(saved, model, result);
  compare_predictions(saved, model, "y ", result);
  if (is_weights) return;
  const bool is_half = tolerance_of(saved.name, saved.first_input(model)).relative > kLong.relative;
  if (is_archive && !saved.name.starts_with("keras2") && !is_half) compare_config(model, path, result);
  compare_written(saved, model, ".keras", result);
  compare_written(saved, model, ".h5", result);
  if (saved.spec.contains("resume")) compare_resumed(saved, model, result);
}

}  // namespace

void replay_files(const fs::path& folder, Report& report) {
  const fs::path files = folder / "files";
  if (!fs::is_directory(files)) return;
  for (const std::string& index : stems_of_part(files, "index")) {
    const OrderedJson models = read_ordered_json(files / (index + ".json"));
    for (const auto& [name, spec] : models.items()) {
      const Saved saved{files, name, spec, Arrays(files / (name + ".npz"))};
      for (const OrderedJson& file : spec.at("files")) {
        const std::string path = file;
        report.run("files/" + path, [&](Case& result) { replay_file(saved, path, result); });
      }
    }
  }
}

}  // namespace reel::golden
