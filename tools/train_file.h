// reel-zoo train --from FILE: a model in a file trains on.
#pragma once

#include "tools/arguments.h"

namespace reel::cli {

int train_file(const Arguments& arguments);

}  // namespace reel::cli
