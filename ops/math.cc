// Transcendental functions, elementwise.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/math.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include <numbers>

#include "reel/ops/elementwise-inl.h"
#include "reel/ops/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

/// y = exp(x); d = y, of which an adjoint of 0 makes 0, also where y is infinite
struct Exp {
  static constexpr std::string_view name = "exp";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return exp_of(d, x);
  }
  static Var gradient(Var, Var y, Var dy) { return multiply_no_nan(y, dy); }
};
REEL_KERNEL(Exp)

/// exp(x) - 1; d = exp(x), of which y + 1 would lose the digits where y is close to -1
struct Expm1 {
  static constexpr std::string_view name = "expm1";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return expm1_of(d, x);
  }
  static Var gradient(Var x, Var, Var dy) { return dy * exp(x); }
};
REEL_KERNEL(Expm1)

/// log(x), x > 0; d = 1 / x
struct Log {
  static constexpr std::string_view name = "log";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return finish_log(d, x, hn::Log(d, x));
  }
  static Var gradient(Var x, Var, Var dy) { return dy / x; }
};
REEL_KERNEL(Log)

/// log(1 + x), x > -1; d = 1 / (1 + x)
struct Log1p {
  static constexpr std::string_view name = "log1p";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return log1p_of(d, x);
  }
  static Var gradient(Var x, Var, Var dy) { return dy / (1.0 + x); }
};
REEL_KERNEL(Log1p)

/// y = tanh(x); d = 1 - y^2
struct Tanh {
  static constexpr std::string_view name = "tanh";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return tanh_of(d, x);
  }
  static Var gradient(Var, Var y, Var dy) { return tanh_gradient(y, dy); }
};
REEL_KERNEL(Tanh)

/// g = dy (1 - y^2); d = -2 y dy over y, 1 - y^2 over dy
struct TanhGradient {
  static constexpr std::string_view name = "tanh_gradient";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V y, V dy) {
    const V one = hn::Set(d, hn::TFromD<D>(1));
    return hn::Mul(dy, hn::Mul(hn::Sub(one, y), hn::Add(one, y)));  // near one, 1 - y^2 would cancel
  }
  static std::pair<Var, Var> gradient(Var y, Var dy, Var, Var dg) { return {-2.0 * y * dy * dg, tanh_gradient(y, dg)}; }
};
REEL_KERNEL(TanhGradient)

/// y = 1 / (1 + exp(-x)), 0 where a float would be too small for a normal number; d = y (1 - y)
struct Sigmoid {
  static constexpr std::string_view name = "sigmoid";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return sigmoid_of(d, x);
  }
  static Var gradient(Var, Var y, Var dy) { return sigmoid_gradient(y, dy); }
};
REEL_KERNEL(Sigmoid)

/// g = dy y (1 - y); d = (1 - 2 y) dy over y, y (1 - y) over dy
struct SigmoidGradient {
  static constexpr std::string_view name = "sigmoid_gradient";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V y, V dy) {
    return hn::Mul(dy, hn::Mul(y, hn::Sub(hn::Set(d, hn::TFromD<D>(1)), y)));
  }
  static std::pair<Var, Var> gradient(Var y, Var dy, Var, Var dg) {
    return {(1.0 - 2.0 * y) * dy * dg, sigmoid_gradient(y, dg)};
  }
};
REEL_KERNEL(SigmoidGradient)

/// log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)); d = sigmoid(x)
struct Softplus {
  static constexpr std::string_view name = "softplus";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return hn::Add(hn::ZeroIfNegative(x), softplus_of_negative(d, hn::Abs(x)));
  }
  static Var gradient(Var x, Var, Var dy) { return dy * sigmoid(x); }
};
REEL_KERNEL(Softplus)

/// -(t log sigmoid(x) + (1 - t) log sigmoid(-x)) = log1p(exp(-|x|)) + |x| (1 - t where x > 0, else t), of which no part
/// cancels another; d = (sigmoid(x) - t) dx - x dt
struct SigmoidCrossentropy {
  static constexpr std::string_view name = "sigmoid_crossentropy";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x, V t) {
    const V others = hn::Sub(hn::Set(d, hn::TFromD<D>(1)), t), size = hn::Abs(x);
    const V weight = hn::IfThenElse(hn::Gt(x, hn::Zero(d)), others, t);
    // 0 times an infinite |x| is none of the loss.
    const V weighed = hn::IfThenZeroElse(hn::Eq(weight, hn::Zero(d)), size);
    return hn::MulAdd(weighed, weight, softplus_of_negative(d, size));
  }
  static std::pair<Var, Var> gradient(Var x, Var t, Var, Var dy) { return {dy * sigmoid_error(x, t), -(dy * x)}; }
};
REEL_KERNEL(SigmoidCrossentropy)

/// sigmoid(x) - t = (1 - t) - sigmoid(-x), the latter where x > 0: if t is 1, neither cancels; d = sigmoid'(x) dx - dt
struct SigmoidError {
  static constexpr std::string_view name = "sigmoid_error";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x, V t) {
    const V small = sigmoid_of(d, hn::Neg(hn::Abs(x))), others = hn::Sub(hn::Set(d, hn::TFromD<D>(1)), t);
    return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), hn::Sub(others, small), hn::Sub(small, t));
  }
  static std::pair<Var, Var> gradient(Var x, Var, Var, Var dy) { return {sigmoid_gradient(sigmoid(x), dy), -dy}; }
};
REEL_KERNEL(SigmoidError)

/// max(x, 0), and a NaN stays a NaN; d = 1 where x > 0, else 0
struct Relu {
  static constexpr std::string_view name = "relu";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Zero(d), x);
  }
  static Var gradient(Var, Var y, Var dy) { return relu_gradient(y, dy); }
};
REEL_KERNEL(Relu)

/// dy where y > 0, else 0; the same of dy
struct ReluGradient {
  static constexpr std::string_view name = "relu_gradient";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V y, V dy) {
    return hn::IfThenElseZero(hn::Gt(y, hn::Zero(d)), dy);
  }
  static std::pair<Var, Var> gradient(Var y, Var, Var, Var dg) { return {Var{}, relu_gradient(y, dg)}; }
};
REEL_KERNEL(ReluGradient)

/// erf(x) = 2/sqrt(pi) integral_0^x exp(-t^2) dt; d = 2/sqrt(pi) exp(-x^2)
struct Erf {
  static constexpr std::string_view name = "erf";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return erf_of(d, x);
  }
  static Var gradient(Var x, Var, Var dy) { return dy * (std::numbers::inv_sqrtpi * 2.0 * exp(-square(x))); }
};
REEL_KERNEL(Erf)

/// erfc(x) = 1 - erf(x), exact where it is small; d = -2/sqrt(pi) exp(-x^2)
struct Erfc {
  static constexpr std::string_view name = "erfc";
  static constexpr bool finite_gradient = true;
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x) {
    return erfc_of(d, x);
  }
  static Var gradient(Var x, Var, Var dy) { return dy * (-2.0 * std::numbers::inv_sqrtpi * exp(-square(x))); }
};
REEL_KERNEL(Erfc)

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reel {

REEL_UNARY(exp, Exp)
REEL_UNARY(expm1, Expm1)
REEL_UNARY(log, Log)
REEL_UNARY(log1p, Log1p)
REEL_UNARY(tanh, Tanh)
REEL_BINARY(tanh_gradient, TanhGradient)
REEL_UNARY(sigmoid, Sigmoid)
REEL_BINARY(sigmoid_gradient, SigmoidGradient)
REEL_UNARY(softplus, Softplus)
REEL_BINARY(sigmoid_crossentropy, SigmoidCrossentropy)
REEL_BINARY(sigmoid_error, SigmoidError)
REEL_UNARY(relu, Relu)
REEL_BINARY(relu_gradient, ReluGradient)
REEL_UNARY(erf, Erf)
REEL_UNARY(erfc, Erfc)

}  // namespace reel
#endif  // HWY_ONCE
