// Elementary functions of Vars beyond those that ops.h lists, comparisons, and functions with a number in the place of
// a Var: elementwise with NumPy's broadcasting, of float types unless it says otherwise. Every SIMD target gives the
// same bits, and floats are within 0.51 units in the last place of what is asked where double is computed in.
#pragma once

#include "reel/graph/var.h"

namespace reel {

// --- powers and logarithms (ops/powers.cc) ---
/// a^b as in C: of a negative a NaN unless b is whole, and 1 for b = 0 and for a = 1 whatever the other is. The
/// gradient to b is 0 where a is not above 0.
Var pow(Var a, Var b);
Var pow(Var a, double b);
Var pow(double a, Var b);
Var exp2(Var x);        ///< 2^x, exact of whole x
Var log2(Var x);        ///< exact of powers of 2; NaN below 0, -infinity at 0
Var log10(Var x);       ///< exact of powers of 10; likewise
Var rsqrt(Var x);       ///< 1 / sqrt(x)
Var reciprocal(Var x);  ///< 1 / x

// --- trigonometric and hyperbolic functions (ops/trigonometry.cc): in radians, of angles of any size ---
Var sin(Var x);
Var cos(Var x);
Var tan(Var x);
Var asin(Var x);          ///< from -pi/2 to pi/2; NaN beyond [-1, 1]
Var acos(Var x);          ///< from 0 to pi; NaN beyond [-1, 1]
Var atan(Var x);          ///< from -pi/2 to pi/2
Var atan2(Var y, Var x);  ///< the angle of the point (x, y), from -pi to pi
Var sinh(Var x);          ///< (exp(x) - exp(-x)) / 2
Var cosh(Var x);          ///< (exp(x) + exp(-x)) / 2

// --- bounds and whole numbers (ops/rounding.cc) ---
/// min(max(x, low), high), of any type; x's gradient passes where x is within the bounds, and at them. A NaN stays.
Var clip(Var x, double low, double high);
/// The same with bounds that broadcast, and take their share of the gradient as in maximum and minimum.
Var clip(Var x, Var low, Var high);
Var round(Var x);  ///< the whole number next to x, of two the even one; gradient 0, as of the next three
Var floor(Var x);  ///< the next whole number below
Var ceil(Var x);   ///< the next whole number above
Var trunc(Var x);  ///< the next whole number toward zero
/// What is left of a when it is divided by b, with the sign of b, as Python's %; exact. Of i32, too: 0 for b = 0.
Var mod(Var a, Var b);
Var mod(Var a, double b);
Var mod(double a, Var b);
/// The quotient toward minus infinity, as Python's //. Of i32, too: 0 for b = 0. Gradient 0.
Var floor_divide(Var a, Var b);
Var floor_divide(Var a, double b);
Var floor_divide(double a, Var b);
Var operator%(Var a, Var b);     ///< mod
Var operator%(Var a, double b);  ///< mod

// --- with numbers (ops/arithmetic.cc): the number is one of the Var's type ---
Var maximum(Var a, double b);
Var maximum(double a, Var b);
Var minimum(Var a, double b);
Var minimum(double a, Var b);

// --- comparison (ops/compare.cc): 1 where true, 0 where false, in the operands' type, of i32 in f32; no gradient ---
Var less(Var a, Var b);         ///< a < b
Var less_equal(Var a, Var b);   ///< a <= b
Var isnan(Var x);               ///< of float types, as the next two
Var isinf(Var x);               ///< infinite, of either sign
Var isfinite(Var x);            ///< neither NaN nor infinite
Var logical_and(Var a, Var b);  ///< neither is 0; a NaN is not 0
Var logical_or(Var a, Var b);   ///< one is not 0
Var logical_xor(Var a, Var b);  ///< one is not 0 and the other is
Var logical_not(Var x);         ///< x is 0
Var greater(Var a, double b);
Var greater(double a, Var b);
Var greater_equal(Var a, double b);
Var greater_equal(double a, Var b);
Var less(Var a, double b);
Var less(double a, Var b);
Var less_equal(Var a, double b);
Var less_equal(double a, Var b);
Var equal(Var a, double b);
Var equal(double a, Var b);
Var not_equal(Var a, double b);
Var not_equal(double a, Var b);
// The same as greater, greater_equal, less and less_equal. `a == b` asks whether two Vars are the same node.
Truths operator>(Var a, Var b);
Truths operator>(Var a, double b);
Truths operator>(double a, Var b);
Truths operator>=(Var a, Var b);
Truths operator>=(Var a, double b);
Truths operator>=(double a, Var b);
Truths operator<(Var a, Var b);
Truths operator<(Var a, double b);
Truths operator<(double a, Var b);
Truths operator<=(Var a, Var b);
Truths operator<=(Var a, double b);
Truths operator<=(double a, Var b);
/// `where` with numbers of the other's type, or with two of the condition's type, of i32 of f32.
Var where(Var condition, Var a, double b);
Var where(Var condition, double a, Var b);
Var where(Var condition, double a, double b);

}  // namespace reel
