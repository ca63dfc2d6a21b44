// Model: its weights as a list. Files of them: formats/weights_file.cc.
#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/formats/sha256.h"
#include "reel/models/model/model_state.h"

namespace reel {

std::vector<std::pair<std::string, Tensor>> Model::weights() const {
  const Use use(state_, "weights", Use::kLooks);
  std::vector<std::pair<std::string, Tensor>> all;
  // A Sequential's layers are called by their own names, without the model's.
  const std::string prefix = use->is_sequential ? (path().empty() ? name() : path()) + "/" : "";
  for (const LayerPtr& layer : use->distinct) {
    for (const Variable& variable : layer->weights()) {
      const auto is_known = [&](const auto& known) { return known.second.raw() == variable.value().raw(); };
      if (variable.value() && std::ranges::any_of(all, is_known)) continue;
      const bool is_own = !prefix.empty() && variable.path().starts_with(prefix);
      all.emplace_back(is_own ? variable.path().substr(prefix.size()) : variable.path(), variable.value());
    }
  }
  return all;
}

std::vector<Variable> Model::optimizer_variables() const {
  const Use use(state_, "optimizer_variables", Use::kTrains);
  use->need_built("optimizer_variables");
  return use->optimizer.variables(use->compiled.optimizer, use->trained_weights());
}

std::vector<Variable> Model::all_variables() const {
  const Use use(state_, "all_variables", Use::kTrains);
  std::vector<Variable> all = use->variables();
  for (const Variable& variable : optimizer_variables()) all.push_back(variable);
  return all;
}

int64_t Model::parameter_count() const {
  const Use use(state_, "parameter_count", Use::kLooks);
  int64_t count = 0;
  for (const auto& [name, value] : weights()) count += value.size();
  return count;
}

std::vector<Tensor> Model::get_weights() const {
  const Use use(state_, "get_weights", Use::kLooks);
  use->need_built("get_weights");
  const WeightsInUse ours(use->distinct);
  std::vector<Tensor> values;
  for (const auto& [name, value] : weights()) values.push_back(value.clone());
  return values;
}

void Model::set_weights(const std::vector<Tensor>& values) {
  const Use use(state_, "set_weights", Use::kTrains);
  use->need_built("set_weights");
  const auto own = weights();
  if (values.size() != own.size()) {
    throw ShapeError(fmt::format("set_weights: {} has {} weights, got {}", use->name, own.size(), values.size()));
  }
  for (size_t i = 0; i < own.size(); ++i) {
    if (values[i] && own[i].second.type() == values[i].type()) continue;
    throw ShapeError(fmt::format("set_weights: \"{}\" is {}, got {}", own[i].first, own[i].second.type().str(),
                                 values[i] ? values[i].type().str() : std::string("nothing")));
  }
  const WeightsInUse ours(use->distinct, WeightsInUse::For::assigning);
  for (size_t i = 0; i < own.size(); ++i) Tensor(own[i].second).assign(values[i]);
}

std::string Model::weights_sha256() const {
  const Use use(state_, "weights_sha256", Use::kLooks);
  const WeightsInUse ours(use->distinct);
  Sha256 hash;
  for (const auto& [name, value] : weights()) hash.update({value.raw(), value.bytes()});
  return hash.hex();
}

}  // namespace reel
