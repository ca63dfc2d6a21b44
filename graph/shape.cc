#include "reel/graph/shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>
#include <vector>

#include "reel/graph/error.h"

namespace reel {

Shape::Shape(std::span<const int64_t> dims) : rank_(static_cast<int>(dims.size())) {
  if (dims.size() > kMaxRank) throw ShapeError(fmt::format("shape: at most {} axes, got {}", kMaxRank, dims.size()));
  int64_t most = std::numeric_limits<int64_t>::max() / 8;  // elements whose bytes can be counted
  for (int axis = 0; axis < rank_; ++axis) {
    dims_[axis] = dims[axis];
    if (dims[axis] > most) throw ShapeError(fmt::format("shape: [{}] is too large", fmt::join(dims, ", ")));
    if (dims[axis] > 0) most /= dims[axis];
    if (dims[axis] < 0 && !(axis == 0 && dims[axis] == rows)) {
      throw ShapeError(
          fmt::format("shape: axis {} has extent {}; only axis 0 may be the symbolic rows", axis, dims[axis]));
    }
  }
}

Shape Shape::with_lead(int64_t extent) const { return with_axis(0, extent); }

Shape Shape::with_axis(int axis, int64_t extent) const {
  Shape out = *this;
  out.dims_[axis] = extent;
  return out;
}

Shape Shape::without_axis(int axis) const {
  std::vector<int64_t> dims(this->dims().begin(), this->dims().end());
  dims.erase(dims.begin() + axis);
  return Shape(dims);
}

Shape Shape::with_inserted(int axis, int64_t extent) const {
  std::vector<int64_t> dims(this->dims().begin(), this->dims().end());
  dims.insert(dims.begin() + axis, extent);
  return Shape(dims);
}

std::string Shape::str() const {
  std::string text = "[";
  for (int axis = 0; axis < rank_; ++axis) {
    if (axis > 0) text += ", ";
    text += dims_[axis] == rows ? "rows" : std::to_string(dims_[axis]);
  }
  return text + "]";
}

std::string Type::str() const { return std::string(to_string(dtype)) + shape.str(); }

}  // namespace reel
