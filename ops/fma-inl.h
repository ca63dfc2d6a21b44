// Fused multiply-adds of the same bits on every target. On the one-lane fallback Highway's round twice, and one of
// NEON's differs in the sign of zero. A call prefers these overloads to Highway's templates, in the functions of
// hwy/contrib/math too. Include after hwy/foreach_target.h, and before those functions.

#include <hwy/highway.h>  // for every target: it has its own guards

#include <cmath>

#include "reel/ops/kernel_flags.h"

#if defined(REEL_OPS_FMA_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_FMA_INL
#undef REEL_OPS_FMA_INL
#else
#define REEL_OPS_FMA_INL
#endif

#if HWY_TARGET == HWY_EMU128
#error "compile with the definitions of the CMake target reel::reel: this fallback has no fused multiply-adds"
#endif

#if HWY_TARGET == HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace hwy {
namespace HWY_NAMESPACE {

// A vector of one lane is a struct around it. `product` and `sum` are the signs of the two terms.
#define REEL_FUSED(Name, T, product, sum) \
  HWY_API Vec1<T> Name(Vec1<T> a, Vec1<T> b, Vec1<T> c) { return Vec1<T>(std::fma(product a.raw, b.raw, sum c.raw)); }
#define REEL_FUSED_ALL(T)        \
  REEL_FUSED(MulAdd, T, +, +)    \
  REEL_FUSED(NegMulAdd, T, -, +) \
  REEL_FUSED(MulSub, T, +, -)    \
  REEL_FUSED(NegMulSub, T, -, -)
REEL_FUSED_ALL(float)
REEL_FUSED_ALL(double)
#undef REEL_FUSED_ALL
#undef REEL_FUSED

}  // namespace HWY_NAMESPACE
}  // namespace hwy
HWY_AFTER_NAMESPACE();
#elif HWY_TARGET == HWY_NEON
HWY_BEFORE_NAMESPACE();
namespace hwy {
namespace HWY_NAMESPACE {

// Highway's is -(a b + c), which has the other sign where -a b and c are equal: the zero of -a b - c is positive.
HWY_API Vec128<float> NegMulSub(Vec128<float> a, Vec128<float> b, Vec128<float> c) { return NegMulAdd(a, b, Neg(c)); }
HWY_API Vec128<double> NegMulSub(Vec128<double> a, Vec128<double> b, Vec128<double> c) {
  return NegMulAdd(a, b, Neg(c));
}

}  // namespace HWY_NAMESPACE
}  // namespace hwy
HWY_AFTER_NAMESPACE();
#endif  // HWY_NEON

#endif  // toggle guard
