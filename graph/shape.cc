#include "reel/graph/shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <vector>

#include "reel/graph/error.h"

namespace reel {

Shape::Shape(std::span<const int64_t> dims) : rank_(static_cast<int>(dims.size())) {
  if (dims.size() > kMaxRank) throw ShapeError(fmt::format("shape: at most {} axes, got {}", kMaxRank, dims.size()));
  std::copy(dims.begin(), dims.end(), dims_.begin());
  check();
}

void Shape::check() const {
  int64_t size = 1;  // of all axes but empty ones: the product of any of them is no larger
  for (int axis = 0; axis < rank_; ++axis) {
    const int64_t extent = dims_[axis];
    if (axis == 0 && extent == rows) continue;
    if (extent < 0) {
      throw ShapeError(fmt::format("shape: axis {} has extent {}; only axis 0 may be the symbolic rows", axis, extent));
    }
    if (extent > kMaxSize / size) throw ShapeError(fmt::format("shape: {} has too many elements", str()));
    size *= std::max<int64_t>(extent, 1);
  }
}

Shape Shape::with_lead(int64_t extent) const { return with_axis(0, extent); }

void Shape::refuse_axis(int axis) const { throw ShapeError(fmt::format("shape: {} has no axis {}", str(), axis)); }

Shape Shape::with_axis(int axis, int64_t extent) const {
  require_axis(axis, rank_);
  Shape out = *this;
  out.dims_[axis] = extent;
  out.check();
  return out;
}

Shape Shape::without_axis(int axis) const {
  require_axis(axis, rank_);
  std::vector<int64_t> dims(this->dims().begin(), this->dims().end());
  dims.erase(dims.begin() + axis);
  return Shape(dims);
}

Shape Shape::with_inserted(int axis, int64_t extent) const {
  require_axis(axis, rank_ + 1);
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

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << shape.str(); }
std::ostream& operator<<(std::ostream& out, const Type& type) { return out << type.str(); }
std::ostream& operator<<(std::ostream& out, DType type) { return out << to_string(type); }

}  // namespace reel
