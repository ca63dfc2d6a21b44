// Functions of Vars that move elements, as NumPy's and keras.ops' of these names do. Symbolic rows stay axis 0, and
// nothing moves along them; axis 0 of any other value is an axis like all others. Negative axes count from the end.
// Every function throws ShapeError, naming all shapes, when its arguments do not fit.
#pragma once

#include <initializer_list>
#include <span>

#include "reel/graph/var.h"

namespace reel {

/// The axes of x in another order: axis i of the result is axis axes[i] of x. Each stands there once.
Var transpose(Var x, std::span<const int> axes);
inline Var transpose(Var x, std::initializer_list<int> axes) {
  return transpose(x, std::span(axes.begin(), axes.size()));
}
/// x with two axes exchanged.
Var swapaxes(Var x, int first, int second);
/// x with axis `from` at place `to`, and the others in their order.
Var moveaxis(Var x, int from, int to);

/// One more axis of extent 1 at place `axis` of the result: [..., ...] -> [..., 1, ...].
Var expand_dims(Var x, int axis);
/// x without those of its axes that are of extent 1: without all of them, or without those that are named.
Var squeeze(Var x);
Var squeeze(Var x, std::span<const int> axes);
inline Var squeeze(Var x, std::initializer_list<int> axes) { return squeeze(x, std::span(axes.begin(), axes.size())); }
inline Var squeeze(Var x, int axis) { return squeeze(x, {axis}); }

/// How many elements to put before and after those of an axis.
struct PadWidth {
  int64_t before = 0, after = 0;
};
/// x with `value` around it: a width for each axis, [n, ...] -> [before + n + after, ...]. Symbolic rows have {0, 0}.
Var pad(Var x, std::span<const PadWidth> widths, double value = 0);
inline Var pad(Var x, std::initializer_list<PadWidth> widths, double value = 0) {
  return pad(x, std::span(widths.begin(), widths.size()), value);
}

/// Each element `count` times, one after the other, along an axis: [..., n, ...] -> [..., n count, ...].
Var repeat(Var x, int64_t count, int axis);
/// All of x counts[i] times along axis i. Fewer counts than axes stand for the last ones, and of more the first make
/// new axes.
Var tile(Var x, std::span<const int64_t> counts);
inline Var tile(Var x, std::initializer_list<int64_t> counts) {
  return tile(x, std::span(counts.begin(), counts.size()));
}

/// Elements in the opposite order along an axis.
Var flip(Var x, int axis);
/// Elements moved by `shift` places along an axis; those that leave at one end come in at the other.
Var roll(Var x, int64_t shift, int axis);
/// x[i + 1] - x[i] along an axis of at least two elements: [..., n, ...] -> [..., n - 1, ...].
Var diff(Var x, int axis = -1);

/// y[..., j, ...] = x[..., indices[..., j, ...], ...] along an axis: x [..., n, ...] and indices [..., m, ...], i32, ->
/// [..., m, ...]; the other axes broadcast. An index counts from the end if it is negative. Running throws ValueError
/// for one outside [-n, n).
Var take_along_axis(Var x, Var indices, int axis);
/// Its transpose: zeros [..., extent, ...] with the updates [..., m, ...] added at indices [..., m, ...], of which
/// other axes may have extent 1. Running throws likewise.
Var add_along_axis(Var indices, Var updates, int axis, int64_t extent);

}  // namespace reel
