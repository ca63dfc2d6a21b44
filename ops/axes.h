// Axes as users count them, and axis 0 of values that are no batch.
#pragma once

#include <string_view>
#include <vector>

#include "reel/ops/ops.h"

namespace reel {

/// `axis` of x counted from the front. Throws ShapeError, which begins with `op`, if x has no such axis.
int axis_of(std::string_view op, Var x, int axis);
/// The same of several, ascending, for `axes` empty all of x. Throws ShapeError if one stands there twice, too.
std::vector<int> axes_of(std::string_view op, Var x, std::span<const int> axes);

/// Throws ShapeError, which begins with `op`, if `axis` of x is the symbolic rows: work is cut by them, so only sums
/// and means go along them.
void refuse_row_axis(std::string_view op, Var x, int axis);

/// x [n, ...] as a single row [1, n, ...], in which axis 0 is an axis like any other.
Var as_one_row(Var x);
/// y [1, ...] -> [...]
Var from_one_row(Var y);

/// f(x, axis) where axis is no axis 0; for axis 0 of a value that is no batch the same of one row.
template <class F>
Var along_any_axis(Var x, int axis, F&& f) {
  return axis == 0 ? from_one_row(f(as_one_row(x), 1)) : f(x, axis);
}

/// The value of which x is made by exchanging the last two of at least three axes, for what can read it as it lay
/// before; empty if x is made otherwise.
Var transposed_from(Var x);

}  // namespace reel
