// Checks a layer that runs on the host, before a model's program.
#pragma once

#include "reel/models/layer/host_layer.h"
#include "reel/models/testing/check_error.h"

namespace reel {

/// Checks, for rows [n, ...] with n > 1:
/// - the config: what is made of it has an equal one and gives the same, and takes other numbers from it; a clone has
/// an
///   equal one;
/// - types: what it gives is what it says that it gives;
/// - rows: each gives the same alone, where its shape does not depend on the others.
/// Throws CheckError for the first that does not hold, and what the layer throws.
void check_host_layer(const LayerPtr& layer, const HostValue& rows_of);

}  // namespace reel
