// Loading a model's data while telling a person about it.
#pragma once

#include <cstdio>

#include "reel/models/zoo/zoo.h"

namespace reel::cli {

/// Options that tell `out`, in lines and with a bar for downloads, what is going on.
ZooDataOptions talking_options(std::FILE* out);

/// The model's data; "Data: ..." is printed to `out`.
ZooData load_data(const ZooModel& model, const ZooDataOptions& options, std::FILE* out);

}  // namespace reel::cli
