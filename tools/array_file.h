// Arrays that a command's --data names.
#pragma once

#include <string>

#include "reel/models/training/model_data.h"

namespace reel::cli {

/// A .npy, or an .npz with an array for each name. Throws DataError for what is neither.
ModelData read_arrays(const std::string& path);

}  // namespace reel::cli
