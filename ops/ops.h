// All operations on Vars: those that the library itself is made of here, the others in the headers that are included,
// by what they are about. Names, arguments and meaning follow NumPy and Keras; shapes are given in [brackets], and axis
// 0 may be the symbolic rows. Negative axes count from the end. Every function throws ShapeError, naming all shapes,
// when its arguments do not fit, and Error for a Var that is empty or belongs to another graph.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reel/graph/graph.h"
#include "reel/ops/einsum.h"      // IWYU pragma: export
#include "reel/ops/math.h"        // IWYU pragma: export
#include "reel/ops/movement.h"    // IWYU pragma: export
#include "reel/ops/random.h"      // IWYU pragma: export
#include "reel/ops/reductions.h"  // IWYU pragma: export
#include "reel/ops/sequences.h"   // IWYU pragma: export
#include "reel/ops/windows.h"     // IWYU pragma: export

namespace reel {

// --- arithmetic (ops/arithmetic.cc): elementwise, with NumPy's broadcasting; one type on both sides ---
// Of i32 all but divide, multiply_no_nan and sqrt, of which there are none: what i32 does not hold wraps around.
// Of one argument [...] -> [...]; of two, the shape that both broadcast to. What a function is not defined for gives
// NaN or an infinity, as in IEEE 754; nothing is thrown.
Var add(Var a, Var b);       ///< a + b
Var subtract(Var a, Var b);  ///< a - b
Var multiply(Var a, Var b);  ///< a b
Var divide(Var a, Var b);    ///< a / b
/// a times the weight, and 0 where the weight is 0, also if a is infinite or NaN; a gradient of 0 stays 0 likewise.
Var multiply_no_nan(Var a, Var weight);
Var maximum(Var a, Var b);  ///< NaN if either is; where equal, the gradient is shared half and half
Var minimum(Var a, Var b);  ///< likewise
Var negative(Var x);        ///< -x
Var abs(Var x);             ///< |x|; gradient 0 at 0
Var sign(Var x);            ///< -1, 0 or 1, NaN for NaN; gradient 0
Var square(Var x);          ///< x^2
Var sqrt(Var x);            ///< NaN below 0; the gradient at 0 is infinite

// The same as add, subtract, multiply and divide; a number is one of the Var's type.
Var operator+(Var a, Var b);
Var operator-(Var a, Var b);
Var operator*(Var a, Var b);
Var operator/(Var a, Var b);
Var operator-(Var x);
Var operator+(Var a, double b);
Var operator-(Var a, double b);
Var operator*(Var a, double b);
Var operator/(Var a, double b);
Var operator+(double a, Var b);
Var operator-(double a, Var b);
Var operator*(double a, Var b);
Var operator/(double a, Var b);
// `a` becomes the result, another node; what was made of `a` before stays as it is.
Var& operator+=(Var& a, Var b);
Var& operator-=(Var& a, Var b);
Var& operator*=(Var& a, Var b);
Var& operator/=(Var& a, Var b);
Var& operator+=(Var& a, double b);
Var& operator-=(Var& a, double b);
Var& operator*=(Var& a, double b);
Var& operator/=(Var& a, double b);

// --- transcendental functions (ops/math.cc): elementwise and of float types, as above ---
Var exp(Var x);                       ///< e^x
Var expm1(Var x);                     ///< exp(x) - 1, exact near 0
Var log(Var x);                       ///< natural; NaN below 0, -infinity at 0
Var log1p(Var x);                     ///< log(1 + x), exact near 0
Var tanh(Var x);                      ///< (exp(2 x) - 1) / (exp(2 x) + 1)
Var sigmoid(Var x);                   ///< 1 / (1 + exp(-x))
Var tanh_gradient(Var y, Var dy);     ///< dy (1 - y^2): the adjoint of x, where y = tanh(x) has the adjoint dy
Var sigmoid_gradient(Var y, Var dy);  ///< dy y (1 - y): the same of y = sigmoid(x)
Var softplus(Var x);                  ///< log(1 + exp(x)), without overflow
/// -(t log p + (1 - t) log(1 - p)) for p = sigmoid(x), which loses nothing as p comes close to 0 or 1.
Var sigmoid_crossentropy(Var x, Var t);
Var sigmoid_error(Var x, Var t);   ///< sigmoid(x) - t, likewise: the derivative of that by x
Var relu(Var x);                   ///< max(x, 0); gradient 0 at 0
Var relu_gradient(Var y, Var dy);  ///< dy where y > 0, else 0: the same of y = relu(x); no gradient to y
Var erf(Var x);                    ///< 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x
Var erfc(Var x);                   ///< 1 - erf(x), exact where that is small

// --- functions that lose digits if put together from others (ops/stable.cc): elementwise and of float types ---
Var log_ratio(Var a, Var b, double shift = 0);  ///< log((a + shift) / (b + shift)), exact where a is close to b
Var log_cosh(Var x);                            ///< log(cosh(x)), exact near 0, without overflow
Var softsign(Var x);                            ///< x / (1 + |x|)
Var squareplus(Var x);                          ///< (x + sqrt(x^2 + 4)) / 2, exact where it is small, without overflow

// --- comparison (ops/compare.cc): 1 where true, 0 where false, in the operands' type, of i32 in f32; no gradient ---
// Operands of one type broadcast as above. With a NaN on either side all but not_equal are false.
Var greater(Var a, Var b);        ///< a > b
Var greater_equal(Var a, Var b);  ///< a >= b
Var equal(Var a, Var b);          ///< a == b
Var not_equal(Var a, Var b);      ///< a != b
/// `a` where condition, of any type, is not 0, else `b`, of a's type; broadcast together. No gradient to the condition.
Var where(Var condition, Var a, Var b);

// --- products (ops/matmul.cc) ---
/// a [..., k] x b [k, n] -> [..., n], of one float type: one matrix for all of a, which has no symbolic rows. Or a
/// matrix each, a [batch..., m, k] x b [batch..., k, n] -> [batch..., m, n]: of the batch axes, which broadcast as in
/// numpy.matmul, the first may be the symbolic rows.
Var matmul(Var a, Var b);
/// The same with b transposed: a [..., k] x b [n, k] -> [..., n], sums of a[..., i] * b[n, i]; or b [batch..., n, k].
Var matmul_nt(Var a, Var b);
/// Sum over all axes but the last of a [rows, ..., k] * b [rows, ..., n] -> [k, n]: the gradient of matmul's second
/// argument.
Var matmul_tn(Var a, Var b);
/// x with its axes in the opposite order, [m, n] -> [n, m]; none of them symbolic.
Var transpose(Var x);

// --- reductions (ops/reduce.cc): of float types ---
/// Sum, maximum or mean over an axis other than the symbolic rows, which must not be empty: [..., n, ...] -> [...,
/// ...], or [..., 1,
/// ...] with keepdims. A maximum with a NaN among its elements is NaN.
Var reduce_sum(Var x, int axis = -1, bool keepdims = false);
Var reduce_max(Var x, int axis = -1, bool keepdims = false);  ///< ties share the gradient
Var reduce_mean(Var x, int axis = -1, bool keepdims = false);
/// Sum over axis 0: x [rows, ...] -> [...].
Var sum_rows(Var x);
/// Over all elements [...] -> []. Throws ShapeError where a row has none.
Var sum(Var x);
Var mean(Var x);
/// Index of the largest element along the last axis, [rows, ..., n] -> i32 [rows, ...]: the first of equals, and the
/// first NaN if there is one, as in NumPy. n is at most 2^31 - 1. No gradient.
Var argmax(Var x);
/// A number that no |x| exceeds, [...] -> f64 []: the sum over axis 0 of each row's largest |x|. Of f32 it is finite if
/// and only if all of x is: it does not overflow. Throws Error when it is differentiated.
Var magnitude_bound(Var x);
/// Sum of values of one type, n times [...] -> [...]. Throws ShapeError for no values.
Var add_n(std::span<const Var> values);
inline Var add_n(std::initializer_list<Var> values) { return add_n(std::span(values.begin(), values.size())); }
/// How many rows the batch has in this run -> [], of a float type.
Var row_count(Graph& graph, DType dtype);

// --- tables (ops/gather.cc, ops/one_hot.cc) ---
/// table [v, ...] picked by ids [i...] of type i32 -> [i..., ...]. Running throws ValueError for an id outside [0, v).
Var gather(Var table, Var ids);
/// The transpose of gather: zeros [table_rows, ...], with updates [i..., ...] added at ids [i...]. Running throws
/// ValueError likewise.
Var scatter_add(Var ids, Var updates, int64_t table_rows);

struct OneHotOptions {
  DType dtype = DType::f32;                    ///< a float type
  std::optional<int64_t> none = std::nullopt;  ///< an index that stands for no class: all 0
  std::string what = "one_hot";                ///< begins messages
};
/// 1 at the class that an index names, else 0: indices [rows, ...] of any type -> [rows, ..., classes], without
/// gradient. Fractions are cut off, toward zero. Running throws RowError for an index that is no class, NaN among them.
/// keras.ops.one_hot.
Var one_hot(Var indices, int64_t classes, const OneHotOptions& options = {});

// --- shape (ops/movement.cc) ---
// Along any axis but the symbolic rows.
/// Elements [begin, begin + size) along an axis: [..., n, ...] -> [..., size, ...]. They must be there,
/// and one at least.
Var slice(Var x, int axis, int64_t begin, int64_t size);
/// Element `index` along an axis, which is dropped: [..., n, ...] -> [..., ...]. 0 <= index < n.
Var select(Var x, int axis, int64_t index);
/// `parts` slices of equal extent that together are x, in order, along an axis: [..., n, ...] -> `parts` times [..., n
/// / parts, ...]. n must be a multiple of `parts`.
std::vector<Var> split(Var x, int64_t parts, int axis = -1);
/// Values one after the other along an axis: [..., n_i, ...] -> [..., sum of n_i, ...]; all other axes
/// agree, and the types. Throws ShapeError for no values.
Var concatenate(std::span<const Var> values, int axis = -1);
inline Var concatenate(std::initializer_list<Var> values, int axis = -1) {
  return concatenate(std::span(values.begin(), values.size()), axis);
}
/// Values of one type side by side along a new axis: n times [rows, ...] -> [rows, n, ...]. Throws ShapeError for no
/// values, and for scalars along another axis than 0.
Var stack(std::span<const Var> values, int axis = 1);
inline Var stack(std::initializer_list<Var> values, int axis = 1) {
  return stack(std::span(values.begin(), values.size()), axis);
}
/// The same elements under another shape of as many. Symbolic rows stay axis 0: [rows, a...] -> [rows, b...].
Var reshape(Var x, const Shape& shape);
/// x repeated along the axes that it lacks at the front or has with extent 1, by NumPy's rules -> `shape`.
Var broadcast_to(Var x, const Shape& shape);
/// Sums x over the axes along which `shape` was broadcast to x's shape -> `shape`; throws ShapeError if it cannot have
/// been.
Var sum_to(Var x, const Shape& shape);
/// Converts elements, [...] -> [...]; from float to i32 rounds toward zero. A gradient flows between float types only.
/// Running it throws ValueError for NaN, infinity and numbers that i32 does not hold.
Var cast(Var x, DType dtype);
/// x itself, [...] -> [...], through which no gradient flows.
Var stop_gradient(Var x);

}  // namespace reel
