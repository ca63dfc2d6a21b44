#include "reel/models/files/state_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/describe/family.h"
#include "reel/models/layer/host_layer.h"

namespace reel {
namespace {

constexpr const char *kVariables = "vars", *kIdfWeights = "idf_weights";

/// Calls visit(layer, place) for a layer and those within, each once. Layers in a list are numbered by their classes:
/// "layers/dense", "layers/dense_1".
class Walk {
 public:
  using Visit = std::function<void(const LayerPtr&, const std::string&)>;
  explicit Walk(Visit visit) : visit_(std::move(visit)) {}

  void within(const Layer& layer, const std::string& place) {
    std::map<std::string, int> named;
    for (const Layer::Attribute& attribute : layer.attributes()) {
      std::string name = attribute.name;
      if (attribute.is_listed) {
        const std::string base = name + "/" + snake_case(std::string(without_package(attribute.layer->python_name())));
        const int number = named[base]++;
        name = number == 0 ? base : fmt::format("{}_{}", base, number);
      }
      go(attribute.layer, place.empty() ? name : place + "/" + name);
    }
  }

 private:
  void go(const LayerPtr& layer, const std::string& place) {
    if (!visited_.insert(&*layer).second) return;
    visit_(layer, place);
    within(*layer, place);
  }

  Visit visit_;
  std::set<const Layer*> visited_;
};

void write_values(const std::vector<Tensor>& values, const std::string& name, Hdf5Group& at) {
  Hdf5Group& group = at.make(kVariables);
  group.texts["name"] = name;
  for (size_t i = 0; i < values.size(); ++i) group.datasets.insert_or_assign(std::to_string(i), values[i]);
}

std::string place_within(const std::string& place, const std::string& name) {
  return place.empty() || name.empty() ? place + name : place + "/" + name;
}

void save_vocabulary(const LayerPtr& layer, const std::string& place, Hdf5Group& group, Vocabularies& vocabularies) {
  const HostLayer* host = host_layer(layer);
  const std::optional<SavedVocabulary> saved = host == nullptr ? std::nullopt : host->save_vocabulary();
  if (!saved) return;
  for (const std::string& name : std::set<std::string>{"", saved->also_at}) {
    const std::string at = place_within(place, name);
    vocabularies.emplace(at, saved->lines);
    Hdf5Group& variables = group.make(place_within(at, kVariables));
    if (saved->idf_weights) variables.datasets.insert_or_assign(kIdfWeights, *saved->idf_weights);
  }
}

void load_vocabulary(const LayerPtr& layer, const std::string& place, const Hdf5Group& group,
                     const Vocabularies& vocabularies) {
  auto* host = dynamic_cast<HostLayer*>(&*layer);
  const auto lines = vocabularies.find(place);
  if (host == nullptr || lines == vocabularies.end()) return;
  const Tensor* weights = group.find_dataset(fmt::format("{}/{}/{}", place, kVariables, kIdfWeights));
  host->load_vocabulary({lines->second, weights == nullptr ? std::nullopt : std::optional(*weights), {}});
}

}  // namespace

std::vector<Tensor> saved_values(const Hdf5Group& at) {
  std::vector<Tensor> values;
  while (const Tensor* value = at.find_dataset(fmt::format("{}/{}", kVariables, values.size()))) {
    values.push_back(value->dtype() == DType::f64 ? value->cast(DType::f32) : *value);
  }
  return values;
}

void save_state(const Layer& layer, Hdf5Group& group, Vocabularies& vocabularies) {
  write_values(layer.save_own_variables(), layer.name(), group);
  Walk([&](const LayerPtr& inner, const std::string& place) {
    write_values(inner->save_own_variables(), inner->name(), group.make(place));
    save_vocabulary(inner, place, group, vocabularies);
  }).within(layer, "");
}

bool has_vocabulary(const Layer& layer) {
  bool has = false;
  Walk([&](const LayerPtr& inner, const std::string&) {
    const HostLayer* host = host_layer(inner);
    has = has || (host != nullptr && host->save_vocabulary());
  }).within(layer, "");
  return has;
}

void load_state(const Layer& layer, const Hdf5Group& group, const Vocabularies& vocabularies, std::string_view source) {
  Walk([&](const LayerPtr& inner, const std::string& place) {
    static const Hdf5Group kNothing;
    const Hdf5Group* found = group.find(place);
    try {
      inner->load_own_variables(saved_values(found == nullptr ? kNothing : *found));
      load_vocabulary(inner, place, group, vocabularies);
    } catch (const Error& error) {
      throw DataError(fmt::format("{}: {}: {}", source, excerpt(place), error.what()));
    }
  }).within(layer, "");
}

void save_variables(std::span<const Variable> variables, const std::string& name, Hdf5Group& group) {
  std::vector<Tensor> values;
  for (const Variable& variable : variables) values.push_back(variable.value().clone());
  write_values(values, name, group);
}

}  // namespace reel
