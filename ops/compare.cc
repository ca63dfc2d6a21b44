// Comparison and choice, elementwise with broadcasting.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/compare.cc"
#include <hwy/foreach_target.h>

#include "reel/ops/elementwise-inl.h"
#include "reel/ops/math.h"

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

/// 1 where the mask is set, else 0; of integers as the bits of a float.
template <class D, class M>
HWY_INLINE hn::Vec<D> one_where(D d, M mask) {
  using T = hn::TFromD<D>;
  if constexpr (std::is_same_v<T, int32_t>) {
    return hn::IfThenElseZero(mask, hn::BitCast(d, hn::Set(hn::Rebind<float, D>(), 1.0f)));
  } else {
    return hn::IfThenElseZero(mask, hn::Set(d, T(1)));
  }
}

/// 1 where a > b, else 0; piecewise constant.
struct Greater {
  static constexpr std::string_view name = "greater";
  static constexpr bool piecewise_constant = true;
  static constexpr bool finite_gradient = true;
  static constexpr bool compares = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V a, V b) {
    return one_where(d, hn::Gt(a, b));
  }
};
REEL_KERNEL(Greater)

/// 1 where a >= b, else 0; piecewise constant.
struct GreaterEqual {
  static constexpr std::string_view name = "greater_equal";
  static constexpr bool piecewise_constant = true;
  static constexpr bool finite_gradient = true;
  static constexpr bool compares = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V a, V b) {
    if constexpr (std::is_same_v<hn::TFromD<D>, int32_t>)
      return one_where(d, hn::Not(hn::Gt(b, a)));
    else
      return one_where(d, hn::Ge(a, b));
  }
};
REEL_KERNEL(GreaterEqual)

/// 1 where a == b, else 0; piecewise constant.
struct Equal {
  static constexpr std::string_view name = "equal";
  static constexpr bool piecewise_constant = true;
  static constexpr bool finite_gradient = true;
  static constexpr bool compares = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V a, V b) {
    return one_where(d, hn::Eq(a, b));
  }
};
REEL_KERNEL(Equal)

/// 1 where a != b, else 0; piecewise constant. A NaN differs from everything (Highway's Ne says otherwise on AVX).
struct NotEqual {
  static constexpr std::string_view name = "not_equal";
  static constexpr bool piecewise_constant = true;
  static constexpr bool finite_gradient = true;
  static constexpr bool compares = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V a, V b) {
    return one_where(d, hn::Not(hn::Eq(a, b)));
  }
};
REEL_KERNEL(NotEqual)

/// 1 where neither is 0, else 0; piecewise constant.
struct LogicalAnd {
  static constexpr std::string_view name = "logical_and";
  static constexpr bool piecewise_constant = true;
  static constexpr bool finite_gradient = true;
  static constexpr bool compares = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V a, V b) {
    const V zero = hn::Zero(d);
    return one_where(d, hn::Not(hn::Or(hn::Eq(a, zero), hn::Eq(b, zero))));
  }
};
REEL_KERNEL(LogicalAnd)

/// 1 where one is not 0, else 0; piecewise constant.
struct LogicalOr {
  static constexpr std::string_view name = "logical_or";
  static constexpr bool piecewise_constant = true;
  static constexpr bool finite_gradient = true;
  static constexpr bool compares = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V a, V b) {
    const V zero = hn::Zero(d);
    return one_where(d, hn::Not(hn::And(hn::Eq(a, zero), hn::Eq(b, zero))));
  }
};
REEL_KERNEL(LogicalOr)

/// 1 where x is infinite, else 0; piecewise constant.
struct IsInf {
  static constexpr std::string_view name = "isinf";
  static constexpr bool piecewise_constant = true;
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return one_where(d, hn::Eq(hn::Abs(x), hn::Inf(d)));
  }
};
REEL_KERNEL(IsInf)

/// 1 where x is neither NaN nor infinite, else 0; piecewise constant.
struct IsFinite {
  static constexpr std::string_view name = "isfinite";
  static constexpr bool piecewise_constant = true;
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return one_where(d, hn::Lt(hn::Abs(x), hn::Inf(d)));
  }
};
REEL_KERNEL(IsFinite)

/// a where condition is not 0, else b
struct Where {
  static constexpr std::string_view name = "where";
  static constexpr bool computes_integers = true;
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V condition, V a, V b) {
    return hn::IfThenElse(hn::Eq(condition, hn::Zero(d)), b, a);
  }
  static std::vector<Var> gradient(std::span<const Var> x, Var, Var dy, const Parameters&) {
    const Var zero = dy.graph().constant(0.0, dy.dtype());
    return {Var{}, where(x[0], dy, zero), where(x[0], zero, dy)};
  }
};
REEL_KERNEL(Where)

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reel {

REEL_BINARY(greater, Greater)
REEL_BINARY(greater_equal, GreaterEqual)
REEL_BINARY(equal, Equal)
REEL_BINARY(not_equal, NotEqual)

REEL_BINARY(logical_and, LogicalAnd)
REEL_BINARY(logical_or, LogicalOr)
REEL_UNARY(isinf, IsInf)
REEL_UNARY(isfinite, IsFinite)

Var less(Var a, Var b) { return greater(b, a); }
Var less_equal(Var a, Var b) { return greater_equal(b, a); }
Var isnan(Var x) { return apply_op(make_NotEqual(), std::array{x, x}); }
Var logical_not(Var x) { return equal(x, 0.0); }
Var logical_xor(Var a, Var b) { return not_equal(equal(a, 0.0), equal(b, 0.0)); }

// A number becomes a constant beside the Var. The operators are the functions.
#define REEL_WITH_NUMBERS(function)                                                     \
  Var function(Var a, double b) { return function(a, number_beside(#function, a, b)); } \
  Var function(double a, Var b) { return function(number_beside(#function, b, a), b); }
#define REEL_OPERATOR(symbol, function)                              \
  Truths operator symbol(Var a, Var b) { return function(a, b); }    \
  Truths operator symbol(Var a, double b) { return function(a, b); } \
  Truths operator symbol(double a, Var b) { return function(a, b); }
REEL_WITH_NUMBERS(greater)
REEL_WITH_NUMBERS(greater_equal)
REEL_WITH_NUMBERS(less)
REEL_WITH_NUMBERS(less_equal)
REEL_WITH_NUMBERS(equal)
REEL_WITH_NUMBERS(not_equal)
REEL_OPERATOR(>, greater)
REEL_OPERATOR(>=, greater_equal)
REEL_OPERATOR(<, less)
REEL_OPERATOR(<=, less_equal)
#undef REEL_OPERATOR
#undef REEL_WITH_NUMBERS

REEL_ELEMENTWISE_OP(Where)
Var where(Var condition, Var a, Var b) {
  // Comparing integers gives floats, and what is chosen may be of any type.
  if (condition && a && condition.dtype() != a.dtype()) condition = cast(not_equal(condition, 0.0), a.dtype());
  return apply_op(make_Where(), std::array{condition, a, b});
}
Var where(Var condition, Var a, double b) { return where(condition, a, number_beside("where", a, b)); }
Var where(Var condition, double a, Var b) { return where(condition, number_beside("where", b, a), b); }
Var where(Var condition, double a, double b) {
  Graph& graph = condition.graph();
  const DType dtype = condition.dtype() == DType::f64 ? DType::f64 : DType::f32;
  return where(condition, graph.constant(a, dtype), graph.constant(b, dtype));
}

}  // namespace reel
#endif  // HWY_ONCE
