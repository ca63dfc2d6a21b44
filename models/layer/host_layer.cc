#include "reel/models/layer/host_layer.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/layer/layer_names.h"

namespace reel {

Flows HostLayer::call_many(Call&, const Flows&) const {
  throw Error(fmt::format("layer \"{}\": runs on the host, at the inputs of a model, and in no other layer",
                          name_or_class(*this)));
}

const HostLayer* host_layer(const LayerPtr& layer) { return layer ? dynamic_cast<const HostLayer*>(&*layer) : nullptr; }

SymbolicType host_call_type(const HostLayer& layer, const std::vector<SymbolicTensor>& inputs) {
  if (inputs.size() != 1) {
    throw ShapeError(fmt::format("layer \"{}\": takes one value, got {}", name_or_class(layer), inputs.size()));
  }
  const LayerPtr& before = inputs[0].layer();
  if (!inputs[0].call().inputs.empty() && host_layer(before) == nullptr) {
    throw ShapeError(fmt::format("layer \"{}\": stands at the inputs of a model alone, got what layer \"{}\" gives",
                                 name_or_class(layer), name_or_class(*before)));
  }
  return layer.type_of(inputs[0].type());
}

}  // namespace reel
