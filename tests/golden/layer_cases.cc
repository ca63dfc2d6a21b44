// layers.{json,npz} and layers/NAME.{json,npz}: forward values, and the gradients of sum(y * g) in the input and every
// trainable weight.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "golden/cases.h"
#include "golden/keras_config.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/models/layers/recurrent.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;

constexpr Tolerance kUsual{1e-5, 1e-6}, kLongRecurrence{5e-5, 1e-6};
constexpr int64_t kLongSteps = 500;

/// Layers that move or pick values, whose results have no rounding to differ in.
const std::set<std::string> kMoving{
    "Concatenate",        "Cropping1D",   "Cropping2D",   "Cropping3D", "Flatten", "GlobalMaxPooling1D",
    "GlobalMaxPooling2D", "MaxPooling1D", "MaxPooling2D", "Permute",    "Reshape", "ZeroPadding1D",
    "ZeroPadding2D",      "ZeroPadding3D"};

struct LayerTolerances {
  Tolerance y, gradients;
};

LayerTolerances tolerances(const std::string& keras_class, const std::vector<LayerPtr>& layers, const Shape& input) {
  if (kMoving.contains(keras_class)) return {kExact, kExact};
  if (keras_class == "Embedding") return {kExact, kUsual};
  const bool recurs = std::any_of(layers.begin(), layers.end(),
                                  [](const LayerPtr& layer) { return dynamic_cast<const RNN*>(&*layer) != nullptr; });
  if (recurs && input.rank() > 1 && input[1] >= kLongSteps) return {kLongRecurrence, kLongRecurrence};
  return {kUsual, kUsual};
}

/// The function that a case applies to the layer's output.
Activation make_post(const Json& post) {
  if (post.is_null()) return linear;
  const std::string function = post.at("function");
  for (const auto& [name, value] : post.items()) {
    const bool known = name == "function" || value == false || (name == "approximate" && function == "gelu");
    if (!known) throw Unsupported(fmt::format("{} with {} = {}", function, name, value.dump()));
  }
  if (post.value("approximate", false)) return gelu_tanh;
  return make_activation(function);
}

/// The layers recorded in a tape with the case's weights as parameters.
struct Recorded {
  Var y;
  std::vector<Var> weights;
};

Recorded record(Tape& tape, Var x, std::vector<LayerPtr>& layers, const Json& spec, const Arrays& arrays) {
  const Json& stored = spec.at("weights");
  Recorded out;
  Flow flow{x};
  for (LayerPtr& layer : layers) {
    layer->build(flow.value.type());
    WeightVars vars;
    for (const Weight& weight : layer->weights()) {
      const std::string name = stored.at(out.weights.size()).at("array");
      const Tensor& value = arrays[name];
      if (!(value.shape() == weight.shape)) {
        throw ShapeError(fmt::format("{} is {} here, in Keras {} is {}", weight.name, weight.shape.str(), name,
                                     value.shape().str()));
      }
      vars.push_back(tape.parameter(value, name));
      out.weights.push_back(vars.back());
    }
    flow = layer->call(flow, vars);
  }
  if (out.weights.size() != stored.size()) {
    throw ShapeError(fmt::format("has {} weights here, {} in Keras", out.weights.size(), stored.size()));
  }
  out.y = make_post(spec.value("post", Json()))(flow.value);
  return out;
}

void replay_case(const Json& spec, const Arrays& arrays, Case& result) {
  const std::string keras_class = spec.at("keras_class");
  std::vector<LayerPtr> layers = make_layers(keras_class, spec.at("config"));
  if (spec.at("inputs").size() != 1) throw Unsupported(fmt::format("{} of several inputs", keras_class));
  if (const Json kwargs = spec.value("call_kwargs", Json::object()); !kwargs.empty()) {
    throw Unsupported(fmt::format("{} called with {}", keras_class, kwargs.dump()));
  }
  const Json& input = spec["inputs"][0];
  const Tensor x = arrays[input.at("array")], g = arrays[spec.at("cotangent")];

  Tape tape;
  const Type x_type = batch_type(x), g_type = batch_type(g);
  const Var x_var = tape.input(x_type.shape, x_type.dtype, "x"), g_var = tape.input(g_type.shape, g_type.dtype, "g");
  const Recorded recorded = record(tape, x_var, layers, spec, arrays);

  std::vector<Var> wrt;
  std::vector<std::string> names;
  const auto want = [&](Var var, const Json& gradient) {
    if (gradient.is_null()) return;
    wrt.push_back(var);
    names.push_back(gradient);
  };
  want(x_var, input.value("gradient", Json()));
  for (size_t i = 0; i < recorded.weights.size(); ++i) {
    want(recorded.weights[i], spec["weights"][i].value("gradient", Json()));
  }
  std::vector<Var> outputs{recorded.y};
  for (const Var& gradient : tape.gradient(sum(recorded.y * g_var), wrt)) outputs.push_back(gradient);
  const std::vector<Tensor> out = tape.compile({.outputs = outputs, .inputs = {x_var, g_var}}).run({x, g});

  const LayerTolerances allowed = tolerances(keras_class, layers, x.shape());
  result.compare("y", out[0], arrays[spec.at("output").at("array")], allowed.y);
  for (size_t i = 0; i < names.size(); ++i) result.compare(names[i], out[i + 1], arrays[names[i]], allowed.gradients);
}

/// layers*.json: cases, whose arrays are in the NPZ of the same name, or the names of cases in layers/, as
/// layers/index.json has them. Adds these to `names`.
void replay_file(const fs::path& file, Report& report, std::set<std::string>& names) {
  const Json index = read_json(file);
  std::optional<Arrays> arrays;
  for (const Json& spec : index.at("cases")) {
    const std::string name = spec.at("name");
    if (!spec.contains("keras_class")) {
      names.insert(name);
      continue;
    }
    if (!arrays) arrays.emplace(fs::path(file).replace_extension(".npz"));
    report.run("layers/" + name, [&](Case& result) { replay_case(spec, *arrays, result); });
  }
}

}  // namespace

void replay_layers(const fs::path& folder, Report& report) {
  const fs::path layers = folder / "layers";
  std::set<std::string> names;
  if (fs::is_directory(layers)) names = stems(layers);
  if (names.erase("index") > 0) {
    report.run_part("layers/index", [&] { replay_file(layers / "index.json", report, names); });
  }
  for (const std::string& part : stems_of_part(folder, "layers")) {
    report.run_part(part, [&] { replay_file(folder / (part + ".json"), report, names); });
  }
  for (const std::string& name : names) {
    report.run("layers/" + name, [&](Case& result) {
      replay_case(read_json(layers / (name + ".json")), Arrays(layers / (name + ".npz")), result);
    });
  }
}

}  // namespace reel::golden
