// Configs of models, as Keras's get_config() gives them.
#pragma once

#include "reel/models/model/model_state.h"

namespace reel {

/// A functional model has made a call of its own, before any other, which Keras counts among a model's ends, and in the
/// arguments of calls does not.
inline constexpr int64_t kOwnCalls = 1;

/// Arguments of calls that are true or false, and false unless they are given.
struct CallSwitch {
  const char* name;
  bool SymbolicCall::*is_on;
};
inline constexpr CallSwitch kCallSwitches[] = {{"use_causal_mask", &SymbolicCall::use_causal_mask},
                                               {"return_attention_scores", &SymbolicCall::return_attention_scores},
                                               {"reverse", &SymbolicCall::reverse}};

/// A model of nothing yet, into which fields are read.
LayerPtr read_model(bool is_sequential);

/// The layers of a model, with their calls.
Config layers_config(const Model::State& state);
/// [layer, call, output] of each, by these keys, or where there are none in a list.
Config ends_config(const Model::State& state, const std::vector<SymbolicTensor>& ends,
                   const std::vector<std::string>& keys);

/// Makes the calls of a functional model. Throws ValueError, naming the layer, for what cannot be called.
struct FunctionalParts {
  std::vector<SymbolicTensor> inputs, outputs;
  std::vector<std::string> input_keys, output_keys;  ///< where they go by names of their own
};
FunctionalParts call_layers(const ModelParts& parts);
/// The layers of a Sequential.
std::vector<LayerPtr> sequential_layers(const ModelParts& parts);

}  // namespace reel
