// Shape: the extents of a value's axes. Axis 0 may be the symbolic `rows`, the batch that is cut into tiles.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>

#include "reel/graph/dtype.h"

namespace reel {

/// The symbolic extent of axis 0: however many rows the batch has when the program runs.
inline constexpr int64_t rows = -1;

/// Up to six axes, kept inline: a graph of thousands of nodes holds no heap memory for its shapes.
class Shape {
 public:
  static constexpr int kMaxRank = 6;
  /// Elements, or those of a row: beyond any memory, and so few that no sum or product of sizes overflows.
  static constexpr int64_t kMaxSize = int64_t{1} << 48;

  Shape() = default;
  Shape(std::initializer_list<int64_t> dims) : Shape(std::span<const int64_t>(dims.begin(), dims.size())) {}
  /// Throws ShapeError for more than six axes, a negative extent, `rows` anywhere but on axis 0, or more than kMaxSize
  /// elements; what is made of a shape does as well.
  explicit Shape(std::span<const int64_t> dims);

  int rank() const { return rank_; }
  /// Extent of an axis, of 0 to rank() - 1, and of the last one. Throw ShapeError where there is no such axis.
  int64_t operator[](int axis) const {
    require_axis(axis, rank_);
    return dims_[axis];
  }
  int64_t back() const { return (*this)[rank_ - 1]; }
  std::span<const int64_t> dims() const { return {dims_.data(), static_cast<size_t>(rank_)}; }

  bool has_rows() const { return rank_ > 0 && dims_[0] == rows; }
  /// Extent of axis 0; a scalar counts as one row.
  int64_t lead() const { return rank_ == 0 ? 1 : dims_[0]; }
  /// Elements of one row: the product of the extents after axis 0.
  int64_t row_size() const { return product(1, rank_); }
  /// All elements; the shape must not be symbolic.
  int64_t size() const { return product(0, rank_); }
  /// Product of the extents of axes [begin, end), 1 for none of them. Throws ShapeError where the shape does not have
  /// them all.
  int64_t product(int begin, int end) const {
    if (begin < end) {
      require_axis(begin, rank_);
      require_axis(end - 1, rank_);
    }
    int64_t n = 1;
    for (int axis = begin; axis < end; ++axis) n *= dims_[axis];
    return n;
  }

  // Each throws ShapeError for an axis that there is not, as for extents that make no shape.
  /// The same axes with `extent` on axis 0.
  Shape with_lead(int64_t extent) const;
  Shape with_axis(int axis, int64_t extent) const;
  Shape without_axis(int axis) const;
  /// One more axis before `axis`, which may be rank(): after the last.
  Shape with_inserted(int axis, int64_t extent) const;

  bool operator==(const Shape& other) const = default;
  /// "[rows, 32]"
  std::string str() const;

 private:
  void check() const;
  void require_axis(int axis, int end) const {
    if (axis < 0 || axis >= end) refuse_axis(axis);
  }
  [[noreturn]] void refuse_axis(int axis) const;

  std::array<int64_t, kMaxRank> dims_{};
  int rank_ = 0;
};

/// What a value is: its element type and shape.
struct Type {
  DType dtype = DType::f32;
  Shape shape;

  /// Bytes of one row, and of all elements; for the latter the shape must not be symbolic.
  int64_t row_bytes() const { return shape.row_size() * static_cast<int64_t>(size_of(dtype)); }
  int64_t bytes() const { return shape.size() * static_cast<int64_t>(size_of(dtype)); }

  bool operator==(const Type& other) const = default;
  /// "f32[rows, 32]"
  std::string str() const;
};

// As `str` gives them.
std::ostream& operator<<(std::ostream& out, const Shape& shape);
std::ostream& operator<<(std::ostream& out, const Type& type);

}  // namespace reel
