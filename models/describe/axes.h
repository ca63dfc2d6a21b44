// Axes: an argument that is one axis or a list of them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "reel/graph/shape.h"
#include "reel/models/describe/config.h"

namespace reel {

/// One axis or several, which count from the end where they are negative. One and a list of one differ in their configs
/// alone.
class Axes {
 public:
  Axes(int64_t axis) : axes_{axis} {}
  Axes(std::initializer_list<int64_t> axes) : axes_(axes), is_list_(true) {}
  /// From an integer or a list of them. Throws ValueError for anything else.
  static Axes from_config(const Config& config);
  Config config() const;

  /// Counted from the beginning of this shape. Throws ShapeError, which begins with `what`, for an axis that it has
  /// not, or that comes twice.
  std::vector<int64_t> of(const Shape& shape, std::string_view what) const;

 private:
  std::vector<int64_t> axes_;
  bool is_list_ = false;
};

}  // namespace reel
