// Loading a model's data while telling a person about it.
#pragma once

#include <cstdio>
#include <span>

#include "reel/models/zoo/zoo.h"
#include "tools/output_files.h"

namespace reel::cli {

/// Options that tell `out`, in lines and with a bar for downloads, what is going on.
ZooDataOptions talking_options(std::FILE* out);

/// The model's data; "Data: ..." is printed to `out`. Throws UsageError where one of the outputs would replace a file
/// of it, DataError for data that is missing or damaged.
ZooData load_data(const ZooModel& model, const ZooDataOptions& options, std::span<const OutputFile> outputs,
                  std::FILE* out);

}  // namespace reel::cli
