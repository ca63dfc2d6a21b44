#include "reel/models/layers/arguments.h"

#include <fmt/format.h>

#include <cmath>

#include "reel/graph/error.h"

namespace reel {

void check_positive(std::string_view layer, std::string_view what, int64_t value) {
  if (value <= 0) throw ValueError(fmt::format("{}: {} must be positive, got {}", layer, what, value));
  if (value <= Shape::kMaxSize) return;
  throw ValueError(fmt::format("{}: {} must be at most {}, got {}", layer, what, Shape::kMaxSize, value));
}

void check_not_negative(std::string_view layer, std::string_view what, double value) {
  if (std::isfinite(value) && value >= 0) return;
  throw ValueError(fmt::format("{}: {} must be finite and not negative, got {}", layer, what, value));
}

void check_share(std::string_view layer, std::string_view what, double value) {
  if (value >= 0 && value < 1) return;
  throw ValueError(fmt::format("{}: {} must be in [0, 1), got {}", layer, what, value));
}

}  // namespace reel
