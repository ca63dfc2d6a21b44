// Arithmetic, elementwise with broadcasting.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/arithmetic.cc"
#include <hwy/foreach_target.h>

#include "reel/ops/elementwise-inl.h"
#include "reel/ops/math.h"

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

/// a + b
struct Add {
  static constexpr std::string_view name = "add";
  static constexpr bool computes_integers = true;
  static constexpr bool finite_gradient = true;
  static constexpr bool is_sum = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D, V a, V b) {
    return hn::Add(a, b);
  }
  static std::pair<Var, Var> gradient(Var, Var, Var, Var dy) { return {dy, dy}; }
};
REEL_KERNEL(Add)

/// a - b
struct Subtract {
  static constexpr std::string_view name = "subtract";
  static constexpr bool computes_integers = true;
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D, V a, V b) {
    return hn::Sub(a, b);
  }
  static std::pair<Var, Var> gradient(Var, Var, Var, Var dy) { return {dy, -dy}; }
};
REEL_KERNEL(Subtract)

/// a b; d = b da + a db
struct Multiply {
  static constexpr std::string_view name = "multiply";
  static constexpr bool computes_integers = true;
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D, V a, V b) {
    return hn::Mul(a, b);
  }
  static std::pair<Var, Var> gradient(Var a, Var b, Var, Var dy) { return {dy * b, dy * a}; }
};
REEL_KERNEL(Multiply)

/// a weight where the weight is not 0, else 0, whatever a is; d = weight da + a dweight, likewise
struct MultiplyNoNan {
  static constexpr std::string_view name = "multiply_no_nan";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V a, V weight) {
    return hn::IfThenZeroElse(hn::Eq(weight, hn::Zero(d)), hn::Mul(a, weight));
  }
  static std::pair<Var, Var> gradient(Var a, Var weight, Var, Var dy) {
    return {multiply_no_nan(dy, weight), multiply_no_nan(a, dy)};
  }
};
REEL_KERNEL(MultiplyNoNan)

/// y = a / b; d = da / b - y db / b
struct Divide {
  static constexpr std::string_view name = "divide";
  template <class D, class V>
  static HWY_INLINE V kernel(D, V a, V b) {
    return hn::Div(a, b);
  }
  static std::pair<Var, Var> gradient(Var, Var b, Var y, Var dy) {
    const Var da = dy / b;
    return {da, -(da * y)};
  }
};
REEL_KERNEL(Divide)

/// max(a, b); where equal, half the gradient each (JAX's choice). A NaN in either gives NaN.
struct Maximum {
  static constexpr std::string_view name = "maximum";
  static constexpr bool computes_integers = true;
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D, V a, V b) {
    if constexpr (std::is_same_v<hn::TFromD<D>, int32_t>)
      return hn::Max(a, b);
    else
      return hn::IfThenElse(hn::Or(hn::Gt(a, b), hn::IsNaN(a)), a, b);
  }
  static std::pair<Var, Var> gradient(Var a, Var b, Var, Var dy) {
    const Var share = 0.5 * (greater(a, b) + greater_equal(a, b));
    return {dy * share, dy * (1.0 - share)};
  }
};
REEL_KERNEL(Maximum)

/// min(a, b); where equal, half the gradient each. A NaN in either gives NaN.
struct Minimum {
  static constexpr std::string_view name = "minimum";
  static constexpr bool computes_integers = true;
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D, V a, V b) {
    if constexpr (std::is_same_v<hn::TFromD<D>, int32_t>)
      return hn::Min(a, b);
    else
      return hn::IfThenElse(hn::Or(hn::Lt(a, b), hn::IsNaN(a)), a, b);
  }
  static std::pair<Var, Var> gradient(Var a, Var b, Var, Var dy) {
    const Var share = 0.5 * (greater(b, a) + greater_equal(b, a));
    return {dy * share, dy * (1.0 - share)};
  }
};
REEL_KERNEL(Minimum)

/// -x
struct Negative {
  static constexpr std::string_view name = "negative";
  static constexpr bool computes_integers = true;
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D, V x) {
    return hn::Neg(x);
  }
  static Var gradient(Var, Var, Var dy) { return -dy; }
};
REEL_KERNEL(Negative)

/// |x|; d = sign(x)
struct Abs {
  static constexpr std::string_view name = "abs";
  static constexpr bool computes_integers = true;
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D, V x) {
    return hn::Abs(x);
  }
  static Var gradient(Var x, Var, Var dy) { return dy * sign(x); }
};
REEL_KERNEL(Abs)

/// -1, 0 or 1, 0 for -0, and a NaN stays a NaN; piecewise constant.
struct Sign {
  static constexpr std::string_view name = "sign";
  static constexpr bool piecewise_constant = true;
  static constexpr bool computes_integers = true;
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    const V one = hn::Set(d, hn::TFromD<D>(1)), zero = hn::Zero(d);
    V neither = zero;
    if constexpr (!std::is_same_v<hn::TFromD<D>, int32_t>) neither = hn::IfThenElse(hn::IsNaN(x), x, zero);
    return hn::IfThenElse(hn::Gt(x, zero), one, hn::IfThenElse(hn::Lt(x, zero), hn::Neg(one), neither));
  }
};
REEL_KERNEL(Sign)

/// x^2; d = 2 x, of which an adjoint of 0 makes 0, also where x is infinite
struct Square {
  static constexpr std::string_view name = "square";
  static constexpr bool computes_integers = true;
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D, V x) {
    return hn::Mul(x, x);
  }
  static Var gradient(Var x, Var, Var dy) { return multiply_no_nan(2.0 * x, dy); }
};
REEL_KERNEL(Square)

/// y = sqrt(x); d = 1 / (2 y)
struct Sqrt {
  static constexpr std::string_view name = "sqrt";
  template <class D, class V>
  static HWY_INLINE V kernel(D, V x) {
    return hn::Sqrt(x);
  }
  static Var gradient(Var, Var y, Var dy) { return 0.5 * dy / y; }
};
REEL_KERNEL(Sqrt)

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reel {

REEL_BINARY(add, Add)
REEL_BINARY(subtract, Subtract)
REEL_BINARY(multiply, Multiply)
REEL_BINARY(multiply_no_nan, MultiplyNoNan)
REEL_BINARY(divide, Divide)
REEL_BINARY(maximum, Maximum)
REEL_BINARY(minimum, Minimum)
REEL_UNARY(negative, Negative)
REEL_UNARY(abs, Abs)
REEL_UNARY(sign, Sign)
REEL_UNARY(square, Square)
REEL_UNARY(sqrt, Sqrt)

// A number becomes a constant beside the Var. The operators are the functions.
#define REEL_WITH_NUMBERS(function)                                                     \
  Var function(Var a, double b) { return function(a, number_beside(#function, a, b)); } \
  Var function(double a, Var b) { return function(number_beside(#function, b, a), b); }
REEL_WITH_NUMBERS(maximum)
REEL_WITH_NUMBERS(minimum)
#undef REEL_WITH_NUMBERS

#define REEL_OPERATOR(symbol, function)                                                        \
  Var operator symbol(Var a, Var b) { return function(a, b); }                                 \
  Var operator symbol(Var a, double b) { return function(a, number_beside(#function, a, b)); } \
  Var operator symbol(double a, Var b) { return function(number_beside(#function, b, a), b); } \
  Var& operator symbol##=(Var& a, Var b) { return a = a symbol b; }                            \
  Var& operator symbol##=(Var& a, double b) { return a = a symbol b; }
REEL_OPERATOR(+, add)
REEL_OPERATOR(-, subtract)
REEL_OPERATOR(*, multiply)
REEL_OPERATOR(/, divide)
#undef REEL_OPERATOR
Var operator-(Var x) { return negative(x); }
Var operator%(Var a, Var b) { return mod(a, b); }
Var operator%(Var a, double b) { return mod(a, b); }

}  // namespace reel
#endif  // HWY_ONCE
