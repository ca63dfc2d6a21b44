// reel-zoo predict FILE --data x.npy --out y.npy
#pragma once

#include "tools/arguments.h"

namespace reel::cli {

/// Applies any saved model to the rows of a .npy, or of an .npz with an array for each input. Returns the exit code.
int predict_rows(const Arguments& arguments);

}  // namespace reel::cli
