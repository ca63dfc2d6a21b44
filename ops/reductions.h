// Reductions over any axes, as NumPy's and keras.ops' of these names. Negative axes count from the end; the reduced
// axes go, or have extent 1 with `keepdims`. Over the symbolic rows go sum, mean, var, stddev, norm of finite order;
// for the others ShapeError says so, as it does for an axis that is not there, and for one that is empty where nothing
// is nothing.
#pragma once

#include <initializer_list>
#include <limits>
#include <vector>

#include "reel/graph/var.h"

namespace reel {

/// Which axes: one, or several in braces; none stands for all.
struct Axes {
  std::vector<int> axes;

  Axes() = default;
  Axes(int axis) : axes{axis} {}
  Axes(std::initializer_list<int> all) : axes(all) {}
  Axes(std::vector<int> all) : axes(std::move(all)) {}
};

/// The least element along an axis other than 0, as reduce_max in ops.h.
Var reduce_min(Var x, int axis = -1, bool keepdims = false);

Var sum(Var x, const Axes& axes, bool keepdims = false);  ///< i32 too, not over rows: it wraps around, as in NumPy
Var mean(Var x, const Axes& axes, bool keepdims = false);
Var max(Var x, const Axes& axes = {}, bool keepdims = false);   ///< i32 too; NaN if one is; ties share the gradient
Var min(Var x, const Axes& axes = {}, bool keepdims = false);   ///< likewise
Var prod(Var x, const Axes& axes = {}, bool keepdims = false);  ///< i32 too: it wraps around
/// The mean of the squares of x - mean(x).
Var var(Var x, const Axes& axes = {}, bool keepdims = false);
/// Its root, of which the gradient is 0 where all elements are equal.
Var stddev(Var x, const Axes& axes = {}, bool keepdims = false);
/// log(sum(exp(x))) without overflow; -infinity where all are.
Var logsumexp(Var x, const Axes& axes = {}, bool keepdims = false);
/// (sum of |x|^order)^(1 / order), order > 0; of infinity the largest |x|. Of f32 powers are summed in double, so that
/// none overflows. The gradient is 0 where all elements are. Throws ValueError for another order.
Var norm(Var x, double order = 2, const Axes& axes = {}, bool keepdims = false);
Var any(Var x, const Axes& axes = {}, bool keepdims = false);  ///< 1 where an element is not 0, else 0; NaN is not 0
Var all(Var x, const Axes& axes = {}, bool keepdims = false);  ///< 1 where no element is 0, else 0

/// Index of the largest element along an axis, of any type -> i32: the first of equals, and the first NaN if there is
/// one.
Var argmax(Var x, int axis, bool keepdims = false);
Var argmin(Var x, int axis = -1, bool keepdims = false);  ///< of the least, likewise

}  // namespace reel
