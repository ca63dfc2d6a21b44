#include "reel/graph/nested.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "reel/graph/error.h"

namespace reel {

void refuse_ragged(size_t depth, size_t before, std::span<const int64_t> extents, int64_t count) {
  // Of the parts that are whole, as many as there were elements say where the other one stands.
  int64_t size = 1;
  for (size_t axis = depth; axis < extents.size(); ++axis) size *= std::max<int64_t>(extents[axis], 1);
  int64_t part = static_cast<int64_t>(before) / size;
  std::string place;
  for (size_t axis = depth; axis-- > 0; part /= std::max<int64_t>(extents[axis], 1)) {
    place = fmt::format("[{}]", axis == 0 ? part : part % std::max<int64_t>(extents[axis], 1)) + place;
  }
  throw ShapeError(fmt::format("tensor: parts of unequal lengths: {} has {}, where those before have {}", place, count,
                               extents[depth]));
}

}  // namespace reel
