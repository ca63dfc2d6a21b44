// Functions that could be put together from others, but would lose all their digits, or overflow, on the way: each
// keeps them everywhere, and so does its gradient.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/stable.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "reel/graph/error.h"

#include "reel/ops/elementwise-inl.h"
#include "reel/ops/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

/// log((a + shift) / (b + shift)) = log1p(|a - b| / (min(a, b) + shift)) with the sign of a - b, of which the first
/// would lose what a and b differ by; d = da / (a + shift) - db / (b + shift)
struct LogRatio {
  static constexpr std::string_view name = "log_ratio";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V a, V b, const double* parameters) {
    const V shift = hn::Set(d, static_cast<hn::TFromD<D>>(parameters[0])), difference = hn::Sub(a, b);
    const V least = hn::IfThenElse(hn::Lt(difference, hn::Zero(d)), a, b);
    const V y = log1p_of(d, hn::Div(hn::Abs(difference), hn::Add(least, shift)));
    return hn::CopySign(y, difference);
  }
  static std::vector<Var> gradient(std::span<const Var> x, Var, Var dy, const Parameters& parameters) {
    return {dy / (x[0] + parameters[0]), -(dy / (x[1] + parameters[0]))};
  }
};
REEL_KERNEL(LogRatio)

/// log(cosh(x)): with e = exp(-|x|) - 1, log1p(e^2 / (2 (1 + e))) near 0, and |x| + log1p(exp(-2 |x|)) - log 2 beyond;
/// d = tanh(x)
struct LogCosh {
  static constexpr std::string_view name = "log_cosh";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    using T = hn::TFromD<D>;
    const auto c = [&](double value) HWY_ATTR { return hn::Set(d, static_cast<T>(value)); };
    const V size = hn::Abs(x), one = c(1), e = expm1_of(d, hn::Neg(hn::Min(size, one)));
    const V near = log1p_of(d, hn::Div(hn::Mul(e, e), hn::Mul(c(2), hn::Add(one, e))));
    const V far = hn::Add(hn::Sub(size, c(std::numbers::ln2)), softplus_of_negative(d, hn::Add(size, size)));
    return hn::IfThenElse(hn::Lt(size, one), near, far);
  }
  static Var gradient(Var x, Var, Var dy) { return dy * tanh(x); }
};
REEL_KERNEL(LogCosh)

/// x / (1 + |x|); d = 1 / (1 + |x|)^2, which the quotient's rule would give as a difference
struct Softsign {
  static constexpr std::string_view name = "softsign";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    const V one = hn::Set(d, hn::TFromD<D>(1)), size = hn::Abs(x);
    return hn::IfThenElse(hn::Eq(size, hn::Inf(d)), hn::CopySign(one, x), hn::Div(x, hn::Add(one, size)));
  }
  static Var gradient(Var x, Var, Var dy) { return dy * square(1.0 / (1.0 + abs(x))); }
};
REEL_KERNEL(Softsign)

/// y = (x + r) / 2 with r = sqrt(x^2 + 4), of which -x takes the digits where x is negative: there y = 2 / (r - x). The
/// larger of |x| and 2 comes before the root, which x^2 would overflow; d = 1 / (1 + 1 / y^2)
struct Squareplus {
  static constexpr std::string_view name = "squareplus";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    using T = hn::TFromD<D>;
    const auto c = [&](T value) HWY_ATTR { return hn::Set(d, value); };
    const V size = hn::Abs(x), large = hn::Max(size, c(2)), small = hn::Div(hn::Min(size, c(2)), large);
    // (|x| + r) / 2
    const V half =
        hn::MulAdd(hn::Mul(large, c(T(0.5))), hn::Sqrt(hn::MulAdd(small, small, c(1))), hn::Mul(size, c(T(0.5))));
    return hn::IfThenElse(hn::IsNaN(x), x, hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Div(c(1), half), half));
  }
  static Var gradient(Var, Var y, Var dy) { return dy / (1.0 + square(1.0 / y)); }
};
REEL_KERNEL(Squareplus)

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reel {

REEL_ELEMENTWISE_OP(LogRatio)
Var log_ratio(Var a, Var b, double shift) {
  if (!std::isfinite(shift)) throw ValueError(fmt::format("log_ratio: expected a finite shift, got {}", shift));
  return apply_op(make_LogRatio({shift}), std::array{a, b});
}
REEL_UNARY(log_cosh, LogCosh)
REEL_UNARY(softsign, Softsign)
REEL_UNARY(squareplus, Squareplus)

}  // namespace reel
#endif  // HWY_ONCE
