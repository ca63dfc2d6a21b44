// What layers that run on the host make of a model's inputs, before its programs begin.
#pragma once

#include <vector>

#include "reel/models/model/wiring.h"
#include "reel/models/training/samples.h"

namespace reel {

/// Rows of a model's inputs, in their order, as rows of what its programs are fed. Texts of a shape [n] or [n, 1]
/// become what the input is. What gives much more than it reads runs when its rows are read, all else at once. Throws
/// what the layers throw, with their names.
std::vector<Samples> run_host_calls(const Wiring& wiring, std::vector<Samples> inputs);

}  // namespace reel
