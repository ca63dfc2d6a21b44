// Flow: what goes from layer to layer.
#pragma once

#include <vector>

#include "reel/graph/graph.h"

namespace reel {

/// Values [rows, ...], and for sequences perhaps a mask [rows, steps] of 1 (valid) and 0. Loss and metrics leave out
/// what the mask of the last layer says is not valid.
struct Flow {
  Var value;
  Var mask = {};
};

using Flows = std::vector<Flow>;

}  // namespace reel
