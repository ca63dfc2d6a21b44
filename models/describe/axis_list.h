// AxisList: an argument that is one axis or a list of them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "reel/graph/shape.h"
#include "reel/models/describe/config.h"

namespace reel {

/// One axis or several, which count from the end where they are negative. One and a list of one differ in their configs
/// alone.
class AxisList {
 public:
  AxisList(int64_t axis) : axes_{axis} {}
  AxisList(std::initializer_list<int64_t> axes) : axes_(axes), is_list_(true) {}
  explicit AxisList(std::vector<int64_t> axes) : axes_(std::move(axes)), is_list_(true) {}
  /// From an integer or a list of them. Throws ValueError for anything else.
  static AxisList from_config(const Config& config);
  Config config() const;
  /// From now on it is a list in ascending order, of one as well.
  void as_list() {
    std::ranges::sort(axes_);
    is_list_ = true;
  }

  const std::vector<int64_t>& axes() const { return axes_; }
  bool is_list() const { return is_list_; }
  /// Counted from the beginning of this shape. Throws ShapeError, which begins with `what`, for an axis that it has
  /// not, or that comes twice.
  std::vector<int64_t> of(const Shape& shape, std::string_view what) const;

 private:
  std::vector<int64_t> axes_;
  bool is_list_ = false;
};

}  // namespace reel
