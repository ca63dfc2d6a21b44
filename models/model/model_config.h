// Configs of models, as Keras's get_config() gives them.
#pragma once

#include "reel/models/model/model_state.h"

namespace reel {

/// A functional model has made a call of its own, before any other, which Keras counts among a model's ends, and in the
/// arguments of calls does not.
inline constexpr int64_t kOwnCalls = 1;

/// A model of nothing yet, into which fields are read.
LayerPtr read_model(bool is_sequential);

/// The layers of a model, with their calls.
Config layers_config(const Model::State& state);
/// [layer, call, output] of each.
Config shape_config(const SymbolicType& type);
Config ends_config(const Model::State& state, const std::vector<SymbolicTensor>& ends);

/// Makes the calls of a functional model. Throws ValueError, naming the layer, for what cannot be called.
struct FunctionalParts {
  std::vector<SymbolicTensor> inputs, outputs;
  std::vector<std::string> output_names;  ///< where outputs go by names of their own
};
FunctionalParts call_layers(const ModelParts& parts);
/// The layers of a Sequential.
std::vector<LayerPtr> sequential_layers(const ModelParts& parts);

}  // namespace reel
