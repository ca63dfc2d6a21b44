// Reductions over several axes, put together from those over one.
#include "reel/ops/reductions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "reel/graph/error.h"
#include "reel/ops/axes.h"
#include "reel/ops/math.h"
#include "reel/ops/movement.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// x with its axes [first, last] as one.
Var joined(Var x, int first, int last) {
  const Shape& shape = x.shape();
  std::vector<int64_t> dims(shape.dims().begin(), shape.dims().begin() + first);
  dims.push_back(shape.product(first, last + 1));
  dims.insert(dims.end(), shape.dims().begin() + last + 1, shape.dims().end());
  return reshape(x, Shape(dims));
}

/// `along(x, axis)` for the axes, neighbours as one, the last ones first, so that those before stay where they are;
/// `over_rows(x)` for symbolic rows. Both drop the axis.
template <class Along, class OverRows>
Var reduce_axes(std::string_view op, Var x, const Axes& axes, bool keepdims, Along&& along, OverRows&& over_rows) {
  const std::vector<int> all = axes_of(op, x, axes.axes);
  const bool has_rows = x.shape().has_rows();
  Shape kept = x.shape();
  for (const int axis : all) kept = kept.with_axis(axis, 1);
  for (size_t i = all.size(); i-- > 0;) {
    const int last = all[i];
    while (i > 0 && all[i - 1] == all[i] - 1 && !(has_rows && all[i - 1] == 0)) --i;
    x = has_rows && all[i] == 0 ? over_rows(x) : along_any_axis(joined(x, all[i], last), all[i], along);
  }
  return keepdims ? reshape(x, kept) : x;
}

template <class Along>
Var reduce_axes(std::string_view op, Var x, const Axes& axes, bool keepdims, Along&& along) {
  return reduce_axes(op, x, axes, keepdims, along, [&](Var) -> Var {
    throw ShapeError(fmt::format("{}: goes along axis 1 or a later one, not along axis 0, got {}", op, x.type().str()));
  });
}

/// The product of neighbours, of products of neighbours, ...: every gradient is one of products, also where elements
/// are 0.
Var product_along(Var x, int axis) {
  if (x.shape()[axis] == 0) throw ShapeError(fmt::format("prod: axis {} of {} is empty", axis, x.type().str()));
  while (x.shape()[axis] > 1) {
    const int64_t n = x.shape()[axis], half = n / 2;
    const Var y = slice(x, axis, 0, half) * slice(x, axis, half, half);
    x = n % 2 == 0 ? y : concatenate({y, slice(x, axis, n - 1, 1)}, axis);
  }
  return reshape(x, x.shape().without_axis(axis));
}

/// sqrt(x) for x >= 0, with the gradient 0 at 0.
Var sqrt_of_sum(Var x) {
  const Var is_zero = equal(x, 0.0);
  return sqrt(x + is_zero) - is_zero;
}

}  // namespace

Var sum(Var x, const Axes& axes, bool keepdims) {
  return reduce_axes(
      "sum", x, axes, keepdims, [](Var v, int axis) { return reduce_sum(v, axis); }, sum_rows);
}

Var mean(Var x, const Axes& axes, bool keepdims) {
  const std::vector<int> all = axes_of("mean", x, axes.axes);
  const Var total = sum(x, axes, keepdims);
  double count = 1;
  bool has_rows = false;
  for (const int axis : all) {
    if (x.shape()[axis] == rows)
      has_rows = true;
    else
      count *= static_cast<double>(x.shape()[axis]);
  }
  return has_rows ? total / (row_count(x.graph(), x.dtype()) * count) : total / count;
}

Var max(Var x, const Axes& axes, bool keepdims) {
  return reduce_axes("max", x, axes, keepdims, [](Var v, int axis) { return reduce_max(v, axis); });
}
Var min(Var x, const Axes& axes, bool keepdims) {
  return reduce_axes("min", x, axes, keepdims, [](Var v, int axis) { return reduce_min(v, axis); });
}
Var prod(Var x, const Axes& axes, bool keepdims) { return reduce_axes("prod", x, axes, keepdims, product_along); }

Var var(Var x, const Axes& axes, bool keepdims) { return mean(square(x - mean(x, axes, true)), axes, keepdims); }
Var stddev(Var x, const Axes& axes, bool keepdims) { return sqrt_of_sum(var(x, axes, keepdims)); }

Var logsumexp(Var x, const Axes& axes, bool keepdims) {
  const Var largest = max(x, axes, true), shift = stop_gradient(where(isfinite(largest), largest, 0.0));
  const Var y = log(sum(exp(x - shift), axes, true)) + shift;
  return keepdims ? y : squeeze(y, axes_of("logsumexp", x, axes.axes));
}

Var norm(Var x, double order, const Axes& axes, bool keepdims) {
  if (!(order > 0)) throw ValueError(fmt::format("norm: expected an order above 0, or infinity, got {}", order));
  if (order == std::numeric_limits<double>::infinity()) return max(abs(x), axes, keepdims);
  if (order == 1) return sum(abs(x), axes, keepdims);
  const Var wide = x.dtype() == DType::f32 ? cast(x, DType::f64) : x;
  if (order == 2) return cast(sqrt_of_sum(sum(square(wide), axes, keepdims)), x.dtype());
  const Var size = abs(wide), is_zero = equal(size, 0.0), powers = pow(size + is_zero, order) - is_zero;
  const Var total = sum(powers, axes, keepdims), is_none = equal(total, 0.0);
  return cast(pow(total + is_none, 1 / order) - is_none, x.dtype());
}

Var any(Var x, const Axes& axes, bool keepdims) { return max(not_equal(x, 0.0), axes, keepdims); }
Var all(Var x, const Axes& axes, bool keepdims) { return min(not_equal(x, 0.0), axes, keepdims); }

Var argmax(Var x, int axis, bool keepdims) {
  const int along = axis_of("argmax", x, axis);
  refuse_row_axis("argmax", x, along);
  if (x.dtype() == DType::i32) x = cast(x, DType::f64);
  const Var y = along_any_axis(x, along, [](Var v, int at) { return argmax(moveaxis(v, at, -1)); });
  return keepdims ? reshape(y, x.shape().with_axis(along, 1)) : y;
}
Var argmin(Var x, int axis, bool keepdims) {
  return argmax(negative(x.dtype() == DType::i32 ? cast(x, DType::f64) : x), axis, keepdims);
}

}  // namespace reel
