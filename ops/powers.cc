// Powers, roots and logarithms, elementwise.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/powers.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include <numbers>

#include "reel/ops/elementwise-inl.h"
#include "reel/ops/in_double-inl.h"
#include "reel/ops/math.h"
#include "reel/ops/powers-inl.h"

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

/// y = a^b; d = b a^(b - 1) da + y log(a) db, the former 0 where b is, the latter where a is not above 0
struct Pow {
  static constexpr std::string_view name = "pow";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V a, V b) {
    return in_double(
        d, [](auto wide, auto x, auto y) HWY_ATTR { return pow_of<sizeof(hn::TFromD<D>) == 8>(wide, x, y); }, a, b);
  }
  static std::pair<Var, Var> gradient(Var a, Var b, Var y, Var dy) {
    const Var base = where(a > 0.0, a, 1.0);
    return {dy * multiply_no_nan(pow(a, b - 1.0), b), dy * multiply_no_nan(y, log(base))};
  }
};
REEL_KERNEL(Pow)

/// y = 2^x; d = ln(2) y
struct Exp2 {
  static constexpr std::string_view name = "exp2";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return in_double(
        d, [](auto wide, auto v) HWY_ATTR { return exp2_of(wide, v); }, x);
  }
  static Var gradient(Var, Var y, Var dy) { return multiply_no_nan(y, std::numbers::ln2 * dy); }
};
REEL_KERNEL(Exp2)

/// log(x) / log(2), exact of powers of 2; d = 1 / (x log(2))
struct Log2 {
  static constexpr std::string_view name = "log2";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return in_double(
        d, [](auto wide, auto v) HWY_ATTR { return scaled_log(wide, v, 0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56); },
        x);
  }
  static Var gradient(Var x, Var, Var dy) { return std::numbers::log2e * dy / x; }
};
REEL_KERNEL(Log2)

/// log(x) / log(10), exact of powers of 10; d = 1 / (x log(10))
struct Log10 {
  static constexpr std::string_view name = "log10";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return in_double(
        d, [](auto wide, auto v) HWY_ATTR { return scaled_log(wide, v, 0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57); },
        x);
  }
  static Var gradient(Var x, Var, Var dy) { return std::numbers::log10e * dy / x; }
};
REEL_KERNEL(Log10)

/// y = 1 / sqrt(x); d = -y / (2 x)
struct Rsqrt {
  static constexpr std::string_view name = "rsqrt";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return hn::Div(hn::Set(d, hn::TFromD<D>(1)), hn::Sqrt(x));
  }
  static Var gradient(Var x, Var y, Var dy) { return -0.5 * dy * y / x; }
};
REEL_KERNEL(Rsqrt)

/// y = 1 / x; d = -y^2
struct Reciprocal {
  static constexpr std::string_view name = "reciprocal";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return hn::Div(hn::Set(d, hn::TFromD<D>(1)), x);
  }
  static Var gradient(Var, Var y, Var dy) { return -(dy * square(y)); }
};
REEL_KERNEL(Reciprocal)

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reel {

REEL_BINARY(pow, Pow)
Var pow(Var a, double b) {
  if (b == 2) return square(a);
  return b == 1 && a ? a : pow(a, number_beside("pow", a, b));
}
Var pow(double a, Var b) { return pow(number_beside("pow", b, a), b); }
REEL_UNARY(exp2, Exp2)
REEL_UNARY(log2, Log2)
REEL_UNARY(log10, Log10)
REEL_UNARY(rsqrt, Rsqrt)
REEL_UNARY(reciprocal, Reciprocal)

}  // namespace reel
#endif  // HWY_ONCE
