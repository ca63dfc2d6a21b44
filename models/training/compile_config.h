// What a model was compiled with, as Keras's get_compile_config() gives it, and the reverse.
#pragma once

#include <span>
#include <string>

#include "reel/models/describe/config.h"
#include "reel/models/training/options.h"

namespace reel {

/// {"optimizer", "loss", "loss_weights", "metrics", "weighted_metrics", ...}; `outputs`: names of the model's outputs.
/// Throws ValueError for what has no config, as a loss that is a lambda.
Config compile_config(const CompileOptions& options, std::span<const std::string> outputs);

/// Losses and metrics are one for all outputs, or a list in their order, or an object by their names. Throws
/// ValueError, naming the key, for what is not known.
CompileOptions compile_options(const Config& config, std::span<const std::string> outputs);

}  // namespace reel
