#include "reel/models/files/legacy_weights.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/graph/warning.h"

namespace reel {
namespace {

constexpr const char *kLayerNames = "layer_names", *kWeightNames = "weight_names";

/// In the order of these files: what is trained, then the rest.
std::vector<Variable> listed(const Layer& layer) {
  std::vector<Variable> all = layer.weights();
  std::stable_partition(all.begin(), all.end(), [](const Variable& variable) { return variable.trainable(); });
  return all;
}

std::vector<LayerPtr> layers_with_weights(const Model& model) {
  std::vector<LayerPtr> all;
  for (const LayerPtr& layer : model.layers()) {
    if (!layer->weights().empty() && std::ranges::find(all, layer) == all.end()) all.push_back(layer);
  }
  return all;
}

/// What is wrong with these values for the layer; empty if nothing is.
std::string mismatch(const std::vector<Variable>& own, std::vector<Tensor>& values) {
  if (own.size() != values.size()) return fmt::format("holds {} weights, expected {}", values.size(), own.size());
  for (size_t i = 0; i < own.size(); ++i) {
    values[i] = values[i].cast(own[i].type().dtype);
    if (!(values[i].shape() == own[i].shape())) {
      return fmt::format("\"{}\" is {} in the file, expected {}", excerpt(own[i].path()), values[i].shape().str(),
                         own[i].shape().str());
    }
  }
  return {};
}

void load_layer(const LayerPtr& layer, const Hdf5Group& group, const LoadWeightsOptions& options,
                const std::string& source) {
  const std::vector<Variable> own = listed(*layer);
  std::vector<Tensor> values = legacy_values(group, source);
  if (const std::string why = mismatch(own, values); !why.empty()) {
    const std::string text = fmt::format("{}: layer \"{}\": {}", source, excerpt(layer->name()), why);
    if (!options.skip_mismatch) throw DataError(text);
    return warn(text + ", and is skipped");
  }
  for (size_t i = 0; i < own.size(); ++i) Variable(own[i]).assign(values[i]);
}

}  // namespace

void save_legacy_variables(std::span<const Variable> variables, Hdf5Group& group) {
  std::vector<std::string>& names = group.lists[kWeightNames];
  for (const Variable& variable : variables) {
    names.push_back(variable.path());
    const size_t slash = variable.path().rfind('/');
    const bool is_within = slash != std::string::npos;
    Hdf5Group& at = group.make(is_within ? variable.path().substr(0, slash) : "");
    at.datasets.insert_or_assign(variable.path().substr(is_within ? slash + 1 : 0), variable.value().clone());
  }
}

namespace {

/// Keras 2 before 2.11 lists the first moments of all weights, "Adam/dense/kernel/m:0", and then the second; Keras 3
/// both of each weight.
void interleave_moments(std::vector<std::string>& names) {
  const auto of_kind = [](const char* ending) {
    return [ending](const std::string& name) { return name.ends_with(ending); };
  };
  const auto first = std::ranges::find_if(names, of_kind("/m:0")),
             second = std::ranges::find_if(names, of_kind("/v:0"));
  const auto count = second - first;
  if (count <= 0 || names.end() - second < count || !std::all_of(first, second, of_kind("/m:0")) ||
      !std::all_of(second, second + count, of_kind("/v:0")))
    return;
  std::vector<std::string> both;
  for (auto i = first; i != second; ++i) {
    both.push_back(*i);
    both.push_back(*(i + count));
  }
  std::ranges::copy(both, first);
}

}  // namespace

std::vector<Tensor> legacy_values(const Hdf5Group& group, std::string_view source) {
  std::vector<Tensor> values;
  std::vector<std::string> names = group.list(kWeightNames);
  interleave_moments(names);
  for (const std::string& name : names) {
    const Tensor* value = group.find_dataset(name);
    if (value == nullptr) throw DataError(fmt::format("{}: lists \"{}\", which is not there", source, excerpt(name)));
    values.push_back(*value);
  }
  return values;
}

void save_legacy_weights(const Model& model, Hdf5Group& group) {
  std::vector<std::string>& names = group.lists[kLayerNames];
  for (const LayerPtr& layer : model.layers()) {
    if (std::ranges::find(names, layer->name()) != names.end()) continue;
    names.push_back(layer->name());
    save_legacy_variables(listed(*layer), group.groups[layer->name()]);
  }
  group.groups["top_level_model_weights"].lists[kWeightNames];
}

void load_legacy_weights(const Model& model, const Hdf5Group& group, const LoadWeightsOptions& options,
                         std::string_view source) {
  std::vector<std::string> names;
  for (const std::string& name : group.list(kLayerNames)) {
    const Hdf5Group* layer = group.find(name);
    if (layer == nullptr)
      throw DataError(fmt::format("{}: lists layer \"{}\", which is not there", source, excerpt(name)));
    if (!layer->list(kWeightNames).empty()) names.push_back(name);
  }
  const std::vector<LayerPtr> layers = layers_with_weights(model);
  if (!options.by_name && names.size() != layers.size()) {
    throw DataError(
        fmt::format("{}: holds {} layers with weights, the model has {}", source, names.size(), layers.size()));
  }
  for (size_t i = 0; i < layers.size(); ++i) {
    const std::string& name = options.by_name ? layers[i]->name() : names[i];
    if (options.by_name && std::ranges::find(names, name) == names.end()) continue;
    load_layer(layers[i], *group.find(name), options, fmt::format("{}: {}", source, excerpt(name)));
  }
}

}  // namespace reel
