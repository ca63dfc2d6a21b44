// Functions that move elements, put together from ops that do.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "reel/graph/error.h"
#include "reel/ops/axes.h"
#include "reel/ops/movement.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// The elements of x `count` times along an axis other than 0, which is copied in pieces of so many of its elements.
Var copied(Var x, int axis, int64_t piece, int64_t count) {
  const Shape& shape = x.shape();
  const int64_t inner = shape.product(axis + 1, shape.rank()) * piece;
  const Shape pieces{shape[0], inner == 0 ? 0 : shape.row_size() / inner, 1, inner};
  return reshape(broadcast_to(reshape(x, pieces), pieces.with_axis(2, count)),
                 shape.with_axis(axis, shape[axis] * count));
}

void check_count(std::string_view op, Var x, int64_t count) {
  if (count < 1 || count > Shape::kMaxSize)
    throw ShapeError(fmt::format("{}: cannot make {} copies of {}", op, count, x.type().str()));
}

/// Of x, whose axis 0 is no batch and needs no more than the axes it has, too.
Var copied_along(std::string_view op, Var x, int axis, bool whole, int64_t count) {
  check_count(op, x, count);
  if (count == 1) return x;
  refuse_row_axis(op, x, axis);
  return along_any_axis(x, axis,
                        [&](Var v, int along) { return copied(v, along, whole ? v.shape()[along] : 1, count); });
}

}  // namespace

Var expand_dims(Var x, int axis) {
  const int rank = x.shape().rank() + 1, place = axis < 0 ? axis + rank : axis;
  if (place < 0 || place >= rank)
    throw ShapeError(fmt::format("expand_dims: there is no place {} for an axis in {}", axis, x.type().str()));
  if (place == 0 && x.shape().has_rows())
    throw ShapeError("expand_dims: the row axis stays axis 0, got axis 0 for " + x.type().str());
  return reshape(x, x.shape().with_inserted(place, 1));
}

Var squeeze(Var x) {
  std::vector<int64_t> dims(x.shape().dims().begin(), x.shape().dims().end());
  std::erase(dims, 1);
  return reshape(x, Shape(dims));
}

Var squeeze(Var x, std::span<const int> axes) {
  Shape shape = x.shape();
  if (axes.empty()) return x;
  const std::vector<int> from_front = axes_of("squeeze", x, axes);
  for (size_t i = from_front.size(); i-- > 0;) {
    if (shape[from_front[i]] != 1)
      throw ShapeError(fmt::format("squeeze: axis {} of {} is not of extent 1", from_front[i], x.type().str()));
    shape = shape.without_axis(from_front[i]);
  }
  return reshape(x, shape);
}

Var repeat(Var x, int64_t count, int axis) {
  return copied_along("repeat", x, axis_of("repeat", x, axis), false, count);
}

Var tile(Var x, std::span<const int64_t> counts) {
  Shape shape = x.shape();
  while (static_cast<size_t>(shape.rank()) < counts.size()) {
    if (shape.has_rows())
      throw ShapeError(fmt::format("tile: {} counts for the axes of {}", counts.size(), x.type().str()));
    shape = shape.with_inserted(0, 1);
  }
  x = reshape(x, shape);
  const int first = shape.rank() - static_cast<int>(counts.size());
  for (size_t i = 0; i < counts.size(); ++i) x = copied_along("tile", x, first + static_cast<int>(i), true, counts[i]);
  return x;
}

Var flip(Var x, int axis) {
  const int along = axis_of("flip", x, axis);
  refuse_row_axis("flip", x, along);
  const int64_t n = x.shape()[along];
  std::vector<int32_t> backwards(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) backwards[static_cast<size_t>(i)] = static_cast<int32_t>(n - 1 - i);
  const Shape shape(std::vector<int64_t>(static_cast<size_t>(x.shape().rank()), 1));
  return take_along_axis(x, x.graph().constant(Tensor::of(shape.with_axis(along, n), backwards)), along);
}

Var roll(Var x, int64_t shift, int axis) {
  const int along = axis_of("roll", x, axis);
  refuse_row_axis("roll", x, along);
  const int64_t n = x.shape()[along], first = n == 0 ? 0 : ((-shift) % n + n) % n;
  if (first == 0) return x;
  return concatenate({slice(x, along, first, n - first), slice(x, along, 0, first)}, along);
}

Var diff(Var x, int axis) {
  const int along = axis_of("diff", x, axis);
  refuse_row_axis("diff", x, along);
  const int64_t n = x.shape()[along];
  if (n < 2) throw ShapeError(fmt::format("diff: axis {} of {} has no two elements", along, x.type().str()));
  return slice(x, along, 1, n - 1) - slice(x, along, 0, n - 1);
}

}  // namespace reel
