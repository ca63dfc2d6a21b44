#include "extension/my_op.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "extension/my_parameter_ops.cc"
#include <hwy/foreach_target.h>

#include "reel/ops/elementwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace mine {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using reel::Parameters, reel::Var;

template <class D>
HWY_INLINE hn::Vec<D> parameter(D d, const double* parameters) {
  return hn::Set(d, static_cast<hn::TFromD<D>>(parameters[0]));
}

/// s x
struct Scaled {
  static constexpr std::string_view name = "mine.scaled";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x, const double* parameters) {
    return hn::Mul(parameter(d, parameters), x);
  }
  static std::vector<Var> gradient(std::span<const Var>, Var, Var dy, const Parameters& s) { return {dy * s[0]}; }
};
REEL_KERNEL(Scaled)

/// s x + z
struct Axpy {
  static constexpr std::string_view name = "mine.axpy";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x, V z, const double* parameters) {
    return hn::MulAdd(parameter(d, parameters), x, z);
  }
  static std::vector<Var> gradient(std::span<const Var>, Var, Var dy, const Parameters& s) { return {dy * s[0], dy}; }
};
REEL_KERNEL(Axpy)

/// s x z + b
struct ScaledProduct {
  static constexpr std::string_view name = "mine.scaled_product";
  template <class D, class V>
  static HWY_INLINE V kernel(D d, V x, V z, V b, const double* parameters) {
    return hn::MulAdd(hn::Mul(parameter(d, parameters), x), z, b);
  }
  static std::vector<Var> gradient(std::span<const Var> x, Var, Var dy, const Parameters& s) {
    const Var scaled = dy * s[0];
    return {scaled * x[1], scaled * x[0], dy};
  }
};
REEL_KERNEL(ScaledProduct)

}  // namespace HWY_NAMESPACE
}  // namespace mine
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mine {
using reel::Var;

REEL_ELEMENTWISE_OP(Scaled)
REEL_ELEMENTWISE_OP(Axpy)
REEL_ELEMENTWISE_OP(ScaledProduct)

Var scaled(Var x, double s) { return apply_op(make_Scaled({s}), std::array{x}); }
Var axpy(Var x, Var z, double s) { return apply_op(make_Axpy({s}), std::array{x, z}); }
Var scaled_product(Var x, Var z, Var b, double s) { return apply_op(make_ScaledProduct({s}), std::array{x, z, b}); }

}  // namespace mine
#endif
