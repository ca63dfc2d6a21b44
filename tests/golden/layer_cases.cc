// layers*.{json,npz} and layers/NAME.{json,npz}: forward values, masks, losses, and the gradients of sum(y * g) +
// losses in the inputs and every trainable weight.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "golden/cases.h"
#include "golden/described.h"
#include "golden/layer_case.h"
#include "reel/graph/error.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;

constexpr Tolerance kUsual{1e-5, 1e-6}, kLongRecurrence{5e-5, 1e-6}, kNoise{0, 1e-5};
constexpr int64_t kLongSteps = 500;

/// Layers that move or pick values, whose results have no rounding to differ in.
const std::set<std::string> kMoving{
    "Concatenate",        "Cropping1D",   "Cropping2D",   "Cropping3D", "Flatten", "GlobalMaxPooling1D",
    "GlobalMaxPooling2D", "MaxPooling1D", "MaxPooling2D", "Permute",    "Reshape", "ZeroPadding1D",
    "ZeroPadding2D",      "ZeroPadding3D"};

struct LayerTolerances {
  Tolerance y, gradients;
};

LayerTolerances tolerances(const OrderedJson& spec, const Tensor& x) {
  const std::string keras_class = spec.at("keras_class");
  if (kMoving.contains(keras_class)) return {kExact, kExact};
  const bool is_exact = keras_class == "Embedding" || spec.value("exact", false);
  if (is_exact) return {kExact, kUsual};
  const bool is_long = x.shape().rank() > 1 && x.shape()[1] >= kLongSteps;
  return is_long ? LayerTolerances{kLongRecurrence, kLongRecurrence} : LayerTolerances{kUsual, kUsual};
}

/// Results by the names of their arrays; those that Keras's file does not have are left out.
void compare_results(const LayerCase::Results& results, const OrderedJson& spec, const Arrays& arrays,
                     const LayerTolerances& allowed, Case& result) {
  std::set<std::string> noise;
  for (const OrderedJson& name : spec.value("rounding_noise", OrderedJson::array())) noise.insert(name);
  for (const auto& [name, ours] : results.values) result.compare(name, ours, arrays[name], allowed.y);
  for (const auto& [name, ours] : results.masks) result.compare(name, ours, arrays[name].cast(DType::f32), kExact);
  for (const auto& [name, ours] : results.losses) result.compare(name, ours, arrays[name], kUsual);
  for (const auto& [name, ours] : results.gradients) {
    result.compare(name, ours, arrays[name], noise.contains(name) ? kNoise : allowed.gradients);
  }
}

void replay_case(const OrderedJson& spec, const Arrays& arrays, Case& result) {
  LayerCase layer_case(spec, arrays);
  const std::string keras_class = spec.at("keras_class");
  // What models keep of their calls is another way to say the same; classes' fields are compared as they are.
  const bool is_model = spec.at("config").dump().find("\"layers\"") != std::string::npos;
  if (!is_model && spec.at("config").contains("dtype")) {
    compare_config(layer_case.layer(), keras_class, spec.at("config"), result);
  }
  compare_results(layer_case.run(), spec, arrays, tolerances(spec, layer_case.first_input()), result);
}

/// layers*.json: cases, whose arrays are in the NPZ of the same name, or the names of cases in layers/, as
/// layers/index.json has them. Adds these to `names`.
void replay_file(const fs::path& file, Report& report, std::set<std::string>& names) {
  const OrderedJson index = read_ordered_json(file);
  std::optional<Arrays> arrays;
  for (const OrderedJson& spec : index.at("cases")) {
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
      replay_case(read_ordered_json(layers / (name + ".json")), Arrays(layers / (name + ".npz")), result);
    });
  }
}

}  // namespace reel::golden
