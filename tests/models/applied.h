// Layers applied by themselves, with weights that a test gives.
#pragma once

#include <span>
#include <vector>

#include "reel/autodiff/tape.h"
#include "reel/models/layer/recording.h"

namespace reel::testing {

/// The weights of a layer for inputs of this type, without values.
inline std::vector<Variable> weights_of(const LayerPtr& layer, const Type& x) {
  Tape tape;
  Recording recording(tape.graph(), true);
  recording.apply(layer, {{tape.input(x.shape, x.dtype)}});
  return layer->weights();
}

/// What the layer gives, in inference, for these values of its weights.
inline Flow applied(const LayerPtr& layer, const Flow& x, std::span<const Var> values) {
  const std::vector<Variable> weights = weights_of(layer, x.value.type());
  Recording recording(x.value.graph(), false);
  for (size_t i = 0; i < weights.size(); ++i) recording.bind(weights[i], values[i]);
  return recording.apply(layer, {x}).at(0);
}

}  // namespace reel::testing
