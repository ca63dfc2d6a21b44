// Whole numbers next to others, bounds, and division with a remainder, elementwise.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/rounding.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include <cmath>
#include <limits>

#include "reel/ops/elementwise-inl.h"
#include "reel/ops/math.h"

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

template <class D>
constexpr bool kIsInteger = std::is_same_v<hn::TFromD<D>, int32_t>;

/// The whole number next to x, of two the even one. Next to so large a number floats lie 1 apart: adding it rounds, the
/// same on every target.
template <class D, class V>
HWY_INLINE V round_of(D d, V x) {
  const V large = hn::Set(d, hn::TFromD<D>(sizeof(hn::TFromD<D>) == 8 ? 0x1p52 : 0x1p23)), size = hn::Abs(x);
  const V whole = hn::CopySign(hn::Sub(hn::Add(size, large), large), x);
  return hn::IfThenElse(hn::Lt(size, large), whole, x);  // lets a NaN through
}

template <class D, class V>
HWY_INLINE V floor_of(D d, V x) {
  const V whole = round_of(d, x), one = hn::Set(d, hn::TFromD<D>(1));
  return hn::CopySign(hn::IfThenElse(hn::Gt(whole, x), hn::Sub(whole, one), whole), x);
}

/// f of every lane, for what no vector instruction does.
template <class D, class V, class F>
HWY_INLINE V each_lane(D d, V a, V b, F&& f) {
  using T = hn::TFromD<D>;
  constexpr size_t kLanes = hn::MaxLanes(D());
  HWY_ALIGN T x[kLanes], y[kLanes];
  hn::Store(a, d, x);
  hn::Store(b, d, y);
  for (size_t i = 0; i < hn::Lanes(d); ++i) x[i] = f(x[i], y[i]);
  return hn::Load(d, x);
}

/// a / b toward minus infinity, and 0 for b = 0, as NumPy has it. -2^31 / -1 wraps around.
inline int32_t floor_quotient(int32_t a, int32_t b) {
  if (b == 0) return 0;
  const int64_t quotient = int64_t{a} / b, rest = int64_t{a} % b;
  return static_cast<int32_t>(static_cast<uint32_t>(rest != 0 && (rest < 0) != (b < 0) ? quotient - 1 : quotient));
}
inline int32_t floor_remainder(int32_t a, int32_t b) {
  if (b == 0) return 0;
  const int64_t rest = int64_t{a} % b;
  return static_cast<int32_t>(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
}

/// Where a and b are finite and a's sign is not b's, which a quotient of 0 does not show.
template <class D, class V>
HWY_INLINE auto signs_differ(D d, V a, V b) {
  return hn::Lt(hn::Mul(hn::CopySign(hn::Set(d, hn::TFromD<D>(1)), a), hn::CopySign(hn::Set(d, hn::TFromD<D>(1)), b)),
                hn::Zero(d));
}

/// a reduced by multiples of b to |b| / 2 at most, exactly: what is left after each step is a number again, of fewer
/// digits. A quotient that overflows is that by a multiple of b first.
template <class D, class V>
HWY_INLINE V reduced(D d, V a, V b) {
  using T = hn::TFromD<D>;
  const T shift = sizeof(T) == 8 ? T(0x1p1023) : T(0x1p127);
  const auto reduce = [&](V by) HWY_ATTR {
    for (;;) {
      const auto is_large = hn::And(hn::Gt(hn::Abs(hn::Add(a, a)), hn::Abs(by)), hn::Lt(hn::Abs(by), hn::Inf(d)));
      const V quotient = hn::Div(a, by);
      const auto left = hn::And(is_large, hn::Lt(hn::Abs(quotient), hn::Inf(d)));
      const V next = hn::NegMulAdd(round_of(d, quotient), by, a);
      const auto changes = hn::And(left, hn::Not(hn::Eq(next, a)));
      if (hn::AllFalse(d, changes)) return;
      a = hn::IfThenElse(changes, next, a);
    }
  };
  const auto overflows = hn::Gt(hn::Abs(hn::Div(a, b)), hn::Set(d, std::numeric_limits<T>::max()));
  if (!hn::AllFalse(d, overflows)) {
    const V far = hn::Mul(b, hn::Set(d, shift));
    reduce(hn::IfThenElse(overflows, far, hn::Inf(d)));
  }
  reduce(b);
  return a;
}

/// y = a - floor(a / b) b, exact, with the sign of b; d = da - floor(a / b) db
struct Mod {
  static constexpr std::string_view name = "mod";
  static constexpr bool computes_integers = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V a, V b) {
    if constexpr (kIsInteger<D>) {
      return each_lane(d, a, b, floor_remainder);
    } else {
      const V zero = hn::Zero(d), infinity = hn::Inf(d);
      const V rest = reduced(d, a, b);
      V y = hn::IfThenElse(hn::And(signs_differ(d, rest, b), hn::Not(hn::Eq(rest, zero))), hn::Add(rest, b), rest);
      y = hn::IfThenElse(hn::Eq(rest, zero), hn::CopySign(zero, b), y);
      const auto undefined = hn::Or(hn::Eq(b, zero), hn::Eq(hn::Abs(a), infinity));
      return hn::IfThenElse(hn::Or(undefined, hn::Or(hn::IsNaN(a), hn::IsNaN(b))), hn::NaN(d), y);
    }
  }
  static std::pair<Var, Var> gradient(Var a, Var b, Var, Var dy) { return {dy, -(dy * floor_divide(a, b))}; }
};
REEL_KERNEL(Mod)

/// floor(a / b), of the quotient before it is rounded; piecewise constant.
struct FloorDivide {
  static constexpr std::string_view name = "floor_divide";
  static constexpr bool piecewise_constant = true;
  static constexpr bool computes_integers = true;
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V a, V b) {
    if constexpr (kIsInteger<D>) {
      return each_lane(d, a, b, floor_quotient);
    } else {
      const V zero = hn::Zero(d), one = hn::Set(d, hn::TFromD<D>(1)), infinity = hn::Inf(d);
      const V quotient = hn::Div(a, b), whole = floor_of(d, quotient), rest = hn::NegMulAdd(whole, b, a);
      // The quotient may have been rounded up to a whole number. Of b infinite it is 0, from whichever side.
      const auto is_more = hn::And(hn::Not(hn::Eq(rest, zero)), hn::And(signs_differ(d, rest, b), hn::Eq(rest, rest)));
      const V y = hn::IfThenElse(is_more, hn::Sub(whole, one), whole);
      const auto is_beyond = hn::And(hn::Eq(hn::Abs(b), infinity), hn::Lt(hn::Abs(a), infinity));
      const auto is_below = hn::And(is_beyond, hn::And(signs_differ(d, a, b), hn::Not(hn::Eq(a, zero))));
      return hn::IfThenElse(is_below, hn::Neg(one), hn::IfThenElse(is_beyond, quotient, y));
    }
  }
};
REEL_KERNEL(FloorDivide)

/// min(max(x, low), high); d = 1 where x is within the bounds, else 0
struct Clip {
  static constexpr std::string_view name = "clip";
  static constexpr bool computes_integers = true;
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x, const double* bounds) {
    using T = hn::TFromD<D>;
    const V low = hn::Set(d, static_cast<T>(bounds[0])), high = hn::Set(d, static_cast<T>(bounds[1]));
    const V y = hn::IfThenElse(hn::Lt(x, low), low, x);
    return hn::IfThenElse(hn::Gt(y, high), high, y);  // lets a NaN through
  }
  static std::vector<Var> gradient(std::span<const Var> x, Var y, Var dy, const Parameters&) {
    return {multiply_no_nan(dy, equal(x[0], y))};
  }
};
REEL_KERNEL(Clip)

/// The whole number next to x, the even one of two; piecewise constant.
struct Round {
  static constexpr std::string_view name = "round";
  static constexpr bool piecewise_constant = true;
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return round_of(d, x);
  }
};
REEL_KERNEL(Round)

/// The next whole number below; piecewise constant.
struct Floor {
  static constexpr std::string_view name = "floor";
  static constexpr bool piecewise_constant = true;
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return floor_of(d, x);
  }
};
REEL_KERNEL(Floor)

/// The next whole number above; piecewise constant.
struct Ceil {
  static constexpr std::string_view name = "ceil";
  static constexpr bool piecewise_constant = true;
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return hn::Neg(floor_of(d, hn::Neg(x)));
  }
};
REEL_KERNEL(Ceil)

/// The next whole number toward zero; piecewise constant.
struct Trunc {
  static constexpr std::string_view name = "trunc";
  static constexpr bool piecewise_constant = true;
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return hn::CopySign(floor_of(d, hn::Abs(x)), x);
  }
};
REEL_KERNEL(Trunc)

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reel {

REEL_BINARY(mod, Mod)
Var mod(Var a, double b) { return mod(a, number_beside("mod", a, b)); }
Var mod(double a, Var b) { return mod(number_beside("mod", b, a), b); }
REEL_BINARY(floor_divide, FloorDivide)
Var floor_divide(Var a, double b) { return floor_divide(a, number_beside("floor_divide", a, b)); }
Var floor_divide(double a, Var b) { return floor_divide(number_beside("floor_divide", b, a), b); }

REEL_ELEMENTWISE_OP(Clip)
Var clip(Var x, double low, double high) {
  if (x && x.dtype() == DType::i32) {  // bounds that no i32 reaches are none
    using Limits = std::numeric_limits<int32_t>;
    low = std::max<double>(low, Limits::min()), high = std::min<double>(high, Limits::max());
    check_number("clip", low, DType::i32);
    check_number("clip", high, DType::i32);
  }
  return apply_op(make_Clip({low, high}), std::array{x});
}
Var clip(Var x, Var low, Var high) { return minimum(maximum(x, low), high); }

REEL_UNARY(round, Round)
REEL_UNARY(floor, Floor)
REEL_UNARY(ceil, Ceil)
REEL_UNARY(trunc, Trunc)

}  // namespace reel
#endif  // HWY_ONCE
