// Shapes that files give.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "reel/graph/shape.h"

namespace reel {

/// The shape of the extents in a file's header. Throws DataError, with `source` and the extents, for more axes or
/// elements than a Shape has; so no product of the extents overflows.
Shape file_shape(std::span<const int64_t> extents, std::string_view source);

}  // namespace reel
