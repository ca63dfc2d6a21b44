#include "reel/models/layer/layer_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/describe/family.h"

namespace reel {
namespace {

bool contains(std::span<const std::string> names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Names that layers have already. Throws ValueError where two are the same.
std::vector<std::string> given_names(std::span<const LayerPtr> layers) {
  std::vector<std::string> names;
  for (const LayerPtr& layer : layers) {
    if (layer->name().empty()) continue;
    if (contains(names, layer->name())) {
      throw ValueError(
          fmt::format("Sequential: layers need names of their own, got two layers named \"{}\"", layer->name()));
    }
    names.push_back(layer->name());
  }
  return names;
}

}  // namespace

std::string free_name(const std::string& base, std::span<const std::string> taken) {
  std::string name = base;
  for (int i = 1; contains(taken, name); ++i) name = fmt::format("{}_{}", base, i);
  return name;
}

std::string name_or_class(const Layer& layer) {
  return layer.name().empty() ? snake_case(std::string(without_package(layer.python_name()))) : layer.name();
}

std::vector<LayerPtr> distinct_layers(std::span<const LayerPtr> layers) {
  std::vector<LayerPtr> distinct;
  for (const LayerPtr& layer : layers) {
    const auto same = [&](const LayerPtr& known) { return &*known == &*layer; };
    if (std::none_of(distinct.begin(), distinct.end(), same)) distinct.push_back(layer);
  }
  return distinct;
}

std::vector<LayerPtr> name_layers(std::span<const LayerPtr> layers) {
  const std::vector<LayerPtr> distinct = distinct_layers(layers);
  std::vector<std::string> taken = given_names(distinct);
  std::vector<LayerPtr> named;
  for (const LayerPtr& layer : distinct) {
    if (!layer->name().empty()) continue;
    layer->set_name(free_name(name_or_class(*layer), taken));
    taken.push_back(layer->name());
    named.push_back(layer);
  }
  return named;
}

}  // namespace reel
