// reel-zoo bench --from FILE: how long a model takes from its file to what it predicts.
#pragma once

#include "tools/arguments.h"

namespace reel::cli {

int bench_file(const Arguments& arguments);

}  // namespace reel::cli
