// The layers of a model as things of their own: each once, each with a name.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reel/models/describe/names.h"
#include "reel/models/layer/layer.h"

namespace reel {

/// `base` or, where that is taken, the first of base_1, base_2, ... that is not, as Keras numbers names.
std::string free_name(const std::string& base, std::span<const std::string> taken);

/// As messages call a layer: its name, or what it would be named after.
std::string name_or_class(const Layer& layer);

/// Each layer once, where it first comes.
std::vector<LayerPtr> distinct_layers(std::span<const LayerPtr> layers);

/// Names layers that have no name yet after their class, as Keras does: "simple_rnn", "simple_rnn_1". Returns those it
/// named. Throws ValueError where two layers have the same name; then none is named.
std::vector<LayerPtr> name_layers(std::span<const LayerPtr> layers);

}  // namespace reel
