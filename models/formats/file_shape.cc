#include "reel/models/formats/file_shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reel/graph/error.h"

namespace reel {

Shape file_shape(std::span<const int64_t> extents, std::string_view source) {
  if (extents.size() > static_cast<size_t>(Shape::kMaxRank)) {
    throw DataError(fmt::format("{}: {} axes, Reel holds up to {}", source, extents.size(), Shape::kMaxRank));
  }
  try {
    return Shape(extents);
  } catch (const ShapeError&) {
    throw DataError(fmt::format("{}: shape [{}] is too large, expected up to {} elements", source,
                                fmt::join(extents, ", "), Shape::kMaxSize));
  }
}

}  // namespace reel
