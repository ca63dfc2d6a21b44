// Tables of numbers in text.
#pragma once

#include <string>
#include <string_view>

#include "reel/graph/tensor.h"

namespace reel {

/// The table as f32 [rows, columns]. A first line without any number is taken for a header and skipped; so are empty
/// lines. Numbers may have spaces around them and must be finite in float32. Throws DataError with the line (counted
/// from 1) and column for a field that is no such number, for a line with another number of columns than the first,
/// and when there are no rows.
Tensor read_csv(std::string_view text, std::string_view source, char separator = ',');

/// `read_csv` of the file at `path`.
Tensor load_csv(const std::string& path, char separator = ',');

}  // namespace reel
