// The table of a model's layers.
#pragma once

#include <string>
#include <vector>

#include "reel/models/layer/layer.h"
#include "reel/models/model/wiring.h"

namespace reel {

/// As keras.Model.summary() prints it: layer, output shape (None for the rows), parameters and, of what is no chain,
/// what gives its inputs; then totals with their size in float32. What is too long for its column ends in "…". A
/// Sequential that is not built has no shapes yet.
std::string summary_table(const std::string& name, const std::vector<LayerPtr>& layers, const Wiring& wiring,
                          bool is_sequential);

/// "706.00 KB", as Keras prints sizes.
std::string format_size(int64_t bytes);

}  // namespace reel
