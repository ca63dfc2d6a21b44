// The table of a model's layers.
#pragma once

#include <string>
#include <vector>

#include "reel/models/layer/layer.h"

namespace reel {

/// As keras.Model.summary() prints it: layer, output shape (None for the rows) and parameters, then totals with their
/// size in float32. What is too long for its column ends in "…". `output_shapes`: by layer; empty for a model that is
/// not built yet.
std::string summary_table(const std::string& name, const std::vector<LayerPtr>& layers,
                          const std::vector<Shape>& output_shapes);

/// "706.00 KB", as Keras prints sizes.
std::string format_size(int64_t bytes);

}  // namespace reel
