// Comparison and choice, elementwise with broadcasting.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/compare.cc"
#include <hwy/foreach_target.h>

#include "reel/ops/elementwise-inl.h"

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
  static constexpr bool finite_gradient = true;
  static constexpr bool compares = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V a, V b) {
    return one_where(d, hn::Not(hn::Eq(a, b)));
  }
};
REEL_KERNEL(NotEqual)

/// a where condition is not 0, else b
struct Where {
  static constexpr std::string_view name = "where";
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

REEL_ELEMENTWISE_OP(Where)
Var where(Var condition, Var a, Var b) { return apply_op(make_Where(), std::array{condition, a, b}); }

}  // namespace reel
#endif  // HWY_ONCE
