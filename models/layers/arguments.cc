#include "reel/models/layers/arguments.h"

#include <fmt/format.h>

#include "reel/graph/error.h"

namespace reel {

void check_positive(std::string_view layer, std::string_view what, int64_t value) {
  if (value <= 0) throw ValueError(fmt::format("{}: {} must be positive, got {}", layer, what, value));
  if (value <= Shape::kMaxSize) return;
  throw ValueError(fmt::format("{}: {} must be at most {}, got {}", layer, what, Shape::kMaxSize, value));
}

}  // namespace reel
