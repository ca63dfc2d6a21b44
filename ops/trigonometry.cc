// Trigonometric and hyperbolic functions, elementwise. Floats are computed in double.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/trigonometry.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include "reel/ops/elementwise-inl.h"
#include "reel/ops/in_double-inl.h"
#include "reel/ops/math.h"
#include "reel/ops/trigonometry-inl.h"

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

/// d = cos(x)
struct Sin {
  static constexpr std::string_view name = "sin";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return in_double(
        d, [](auto wide, auto v) HWY_ATTR { return sin_of(wide, v); }, x);
  }
  static Var gradient(Var x, Var, Var dy) { return dy * cos(x); }
};
REEL_KERNEL(Sin)

/// d = -sin(x)
struct Cos {
  static constexpr std::string_view name = "cos";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return in_double(
        d, [](auto wide, auto v) HWY_ATTR { return cos_of(wide, v); }, x);
  }
  static Var gradient(Var x, Var, Var dy) { return -(dy * sin(x)); }
};
REEL_KERNEL(Cos)

/// y = sin(x) / cos(x); d = 1 + y^2
struct Tan {
  static constexpr std::string_view name = "tan";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return in_double(
        d, [](auto wide, auto v) HWY_ATTR { return tan_of(wide, v); }, x);
  }
  static Var gradient(Var, Var y, Var dy) { return dy * (1.0 + square(y)); }
};
REEL_KERNEL(Tan)

/// d = 1 / sqrt(1 - x^2), of which (1 - x) (1 + x) loses nothing near the ends
struct Asin {
  static constexpr std::string_view name = "asin";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return in_double(
        d, [](auto wide, auto v) HWY_ATTR { return asin_of(wide, v); }, x);
  }
  static Var gradient(Var x, Var, Var dy) { return dy * rsqrt((1.0 - x) * (1.0 + x)); }
};
REEL_KERNEL(Asin)

/// d = -1 / sqrt(1 - x^2)
struct Acos {
  static constexpr std::string_view name = "acos";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return in_double(
        d, [](auto wide, auto v) HWY_ATTR { return acos_of(wide, v); }, x);
  }
  static Var gradient(Var x, Var, Var dy) { return -(dy * rsqrt((1.0 - x) * (1.0 + x))); }
};
REEL_KERNEL(Acos)

/// d = 1 / (1 + x^2)
struct Atan {
  static constexpr std::string_view name = "atan";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return in_double(
        d, [](auto wide, auto v) HWY_ATTR { return atan2_of(wide, v, hn::Set(wide, 1.0)); }, x);
  }
  static Var gradient(Var x, Var, Var dy) { return dy / (1.0 + square(x)); }
};
REEL_KERNEL(Atan)

/// The angle of the point (x, y); d = (x dy - y dx) / (x^2 + y^2)
struct Atan2 {
  static constexpr std::string_view name = "atan2";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V y, V x) {
    return in_double(
        d, [](auto wide, auto up, auto across) HWY_ATTR { return atan2_of(wide, up, across); }, y, x);
  }
  static std::pair<Var, Var> gradient(Var y, Var x, Var, Var da) {
    const Var part = da / (square(x) + square(y));
    return {part * x, -(part * y)};
  }
};
REEL_KERNEL(Atan2)

/// d = cosh(x)
struct Sinh {
  static constexpr std::string_view name = "sinh";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return in_double(
        d, [](auto wide, auto v) HWY_ATTR { return sinh_of(wide, v); }, x);
  }
  static Var gradient(Var x, Var, Var dy) { return multiply_no_nan(cosh(x), dy); }
};
REEL_KERNEL(Sinh)

/// d = sinh(x)
struct Cosh {
  static constexpr std::string_view name = "cosh";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return in_double(
        d, [](auto wide, auto v) HWY_ATTR { return cosh_of(wide, v); }, x);
  }
  static Var gradient(Var x, Var, Var dy) { return multiply_no_nan(sinh(x), dy); }
};
REEL_KERNEL(Cosh)

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reel {

REEL_UNARY(sin, Sin)
REEL_UNARY(cos, Cos)
REEL_UNARY(tan, Tan)
REEL_UNARY(asin, Asin)
REEL_UNARY(acos, Acos)
REEL_UNARY(atan, Atan)
REEL_BINARY(atan2, Atan2)
REEL_UNARY(sinh, Sinh)
REEL_UNARY(cosh, Cosh)

}  // namespace reel
#endif  // HWY_ONCE
