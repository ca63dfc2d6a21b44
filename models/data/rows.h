// Rows of features from whatever file holds them.
#pragma once

#include <functional>
#include <string>

#include "reel/graph/tensor.h"

namespace reel {

/// The file's rows as f32 [n, features]: an .npy array, an IDX file (both also in gzip), or a table of numbers for the
/// names .csv and .tsv (also .csv.gz, .CSV, ...), see `read_csv`, which also says what `say` is told. The content
/// decides between the binary kinds, not the name. AxisList after the first are flattened, an array of one axis becomes
/// [n, 1]. Pictures, that is unsigned bytes with three axes or more, are divided by 255.
/// Throws DataError when the file is missing, damaged, of another kind (which it names where it knows it), a scalar, or
/// holds a number that is not finite in float32. A file that is packed takes, with what is unpacked and the rows, at
/// most four times `memory_bound` of its size; any other five times its size, and 24 MiB.
Tensor load_rows(const std::string& path, const std::function<void(const std::string& line)>& say = {});

}  // namespace reel
