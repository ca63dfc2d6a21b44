// Configs of Keras 2 as those of Keras 3.
#pragma once

#include <string_view>

#include "reel/models/describe/config.h"

namespace reel {

/// Whether a file's "keras_version" is one before 3.
bool is_keras2(std::string_view keras_version);

/// A serialized model, as Keras 3 would write it: inputs, calls of layers, arguments that have other names now. What
/// Keras 2 called hard_sigmoid, max(0, min(1, 0.2 x + 0.5)), is "keras2>hard_sigmoid". Throws ValueError for what has
/// no like in Keras 3, as `time_major`.
Config from_keras2(const Config& model);
/// The same of what a model was compiled with: "compile_config" of a .keras, or "training_config" of a .h5, in which
/// the optimizer has another key in Keras 3, too.
Config upgraded_compile_config(const Config& compiled);

}  // namespace reel
