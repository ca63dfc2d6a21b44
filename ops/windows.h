// Windows: the parts of an image that a convolution or a pooling looks at, made for products and reductions over them.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "reel/graph/graph.h"

namespace reel {

/// How windows lie along one axis: the k-th begins `stride` k elements behind the first, which begins `before` elements
/// before the axis does; neighbours within one are `dilation` elements apart, and the axis is as if it had `after`
/// more.
struct WindowAxis {
  int64_t size = 1, stride = 1, dilation = 1, before = 0, after = 0;

  /// How many whole windows there are along an axis of this extent; 0 if none fits.
  int64_t count(int64_t extent) const;
  bool operator==(const WindowAxis&) const = default;
  std::string str() const;
};

/// Along height and width.
using WindowAxes = std::array<WindowAxis, 2>;

/// x [rows, height, width, channels] -> [rows, count, count, size, size, channels]: each window's elements, and
/// `padding` where it reaches beyond x. Throws ShapeError for another number of axes and where no window fits,
/// ValueError for sizes, strides and dilations below 1, and for padding that is negative.
Var windows(Var x, const WindowAxes& axes, double padding = 0);
/// The transpose of it: each element of y [rows, count, count, size, size, channels] added where `windows` took it from
/// -> [rows, height, width, channels]. y is of a float type.
Var fold_windows(Var y, const WindowAxes& axes, int64_t height, int64_t width);

}  // namespace reel
