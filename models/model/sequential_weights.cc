// Sequential: its weights as a list. Files of them: formats/weights_file.cc.
#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/formats/sha256.h"
#include "reel/models/model/sequential_state.h"

namespace reel {

std::vector<std::pair<std::string, Tensor>> Sequential::weights() const {
  const Use use(state(), "weights", Use::kLooks);
  std::vector<std::pair<std::string, Tensor>> all;
  for (const LayerPtr& layer : use->distinct) {
    for (const Weight& weight : layer->weights()) all.emplace_back(layer->name() + "/" + weight.name, weight.value);
  }
  return all;
}

int64_t Sequential::parameter_count() const {
  const Use use(state(), "parameter_count", Use::kLooks);
  int64_t count = 0;
  for (const LayerPtr& layer : use->distinct) {
    for (const Weight& weight : layer->weights()) count += weight.shape.size();
  }
  return count;
}

void Sequential::set_weights(const std::vector<Tensor>& values) {
  const Use use(state(), "set_weights", Use::kTrains);
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

std::string Sequential::weights_sha256() const {
  const Use use(state(), "weights_sha256", Use::kLooks);
  const WeightsInUse ours(use->distinct);
  Sha256 hash;
  for (const auto& [name, value] : weights()) hash.update({value.raw(), value.bytes()});
  return hash.hex();
}

}  // namespace reel
