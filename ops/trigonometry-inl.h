// Trigonometric functions of doubles, for angles of any size: every SIMD target gives the same bits, and no C library
// is asked. Include after hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include "reel/ops/far_angle.h"
#include "reel/ops/math-inl.h"

#if defined(REEL_OPS_TRIGONOMETRY_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_TRIGONOMETRY_INL
#undef REEL_OPS_TRIGONOMETRY_INL
#else
#define REEL_OPS_TRIGONOMETRY_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// x = quarters pi / 2 + rest, |rest| <= pi / 4 (and a little); of `quarters` the last two bits count.
template <class D>
struct Angle {
  hn::Vec<D> rest;
  hn::Vec<hn::RebindToUnsigned<D>> quarters;
};

/// pi / 2 is taken away in three parts of all digits each: what the first leaves is exact. Beyond kNear lane by lane.
template <class D, class V>
HWY_INLINE Angle<D> angle_of(D d, V x) {
  constexpr double kNear = 0x1p26;
  const hn::RebindToUnsigned<D> bits;
  const auto c = [&](double value) HWY_ATTR { return hn::Set(d, value); };
  // Next to 2^52 doubles lie 1 apart, so that its last bits are an integer.
  const V large = c(0x1.8p52), sum = hn::MulAdd(x, c(0x1.45f306dc9c883p-1), large), n = hn::Sub(sum, large);
  V rest = hn::NegMulAdd(n, c(0x1.921fb54442d18p+0), x);
  rest = hn::NegMulAdd(n, c(0x1.1a62633145c07p-54), rest);
  rest = hn::NegMulAdd(n, c(-0x1.f1976b7ed8fbcp-110), rest);
  rest = hn::IfThenElse(hn::Eq(n, hn::Zero(d)), x, rest);  // keeps the sign of zero
  Angle<D> angle{rest, hn::BitCast(bits, sum)};
  if (hn::AllTrue(d, hn::Le(hn::Abs(x), c(kNear)))) return angle;
  constexpr size_t kLanes = hn::MaxLanes(D());
  HWY_ALIGN double from[kLanes], rests[kLanes];
  HWY_ALIGN uint64_t quarters[kLanes];
  hn::Store(x, d, from);
  hn::Store(angle.rest, d, rests);
  hn::Store(angle.quarters, bits, quarters);
  for (size_t i = 0; i < hn::Lanes(d); ++i) {
    if (from[i] <= kNear && from[i] >= -kNear) continue;
    const FarAngle far = far_angle(from[i]);  // of NaN and infinity NaN
    rests[i] = far.rest, quarters[i] = far.quarters;
  }
  return {hn::Load(d, rests), hn::Load(bits, quarters)};
}

/// 1 - x^2 / (n (n + 1)) (1 - ...), the series of the sine of x over x, or of the cosine, from the last term on.
template <class D, class V>
HWY_INLINE V alternating_series(D d, V square, int last) {
  const V one = hn::Set(d, 1.0);
  V series = one;
  for (int n = last; n >= 2; n -= 2)
    series = hn::NegMulAdd(hn::Mul(series, square), hn::Set(d, 1.0 / (n * (n - 1))), one);
  return series;
}

template <class D>
HWY_INLINE hn::Vec<D> sine_of_rest(D d, const Angle<D>& angle) {
  return hn::Mul(angle.rest, alternating_series(d, hn::Mul(angle.rest, angle.rest), 19));
}
template <class D>
HWY_INLINE hn::Vec<D> cosine_of_rest(D d, const Angle<D>& angle) {
  return alternating_series(d, hn::Mul(angle.rest, angle.rest), 18);
}

/// The sine of the angle and so many quarters of a turn more.
template <int kMore, class D>
HWY_INLINE hn::Vec<D> sine(D d, const Angle<D>& angle) {
  const hn::RebindToUnsigned<D> bits;
  const auto quarters = hn::Add(angle.quarters, hn::Set(bits, uint64_t{kMore}));
  const auto last = hn::And(quarters, hn::Set(bits, uint64_t{1}));
  const auto is_odd = hn::RebindMask(d, hn::Eq(last, hn::Set(bits, uint64_t{1})));
  const auto y = hn::IfThenElse(is_odd, cosine_of_rest(d, angle), sine_of_rest(d, angle));
  const auto sign = hn::ShiftLeft<62>(hn::And(quarters, hn::Set(bits, uint64_t{2})));
  return hn::Xor(y, hn::BitCast(d, sign));
}

template <class D, class V>
HWY_INLINE V sin_of(D d, V x) {
  return sine<0>(d, angle_of(d, x));
}
template <class D, class V>
HWY_INLINE V cos_of(D d, V x) {
  return sine<1>(d, angle_of(d, x));
}
template <class D, class V>
HWY_INLINE V tan_of(D d, V x) {
  const Angle<D> angle = angle_of(d, x);
  return hn::Div(sine<0>(d, angle), sine<1>(d, angle));
}

/// The angle of the point (x, y), from the quotient of the smaller and the larger of |x| and |y|, which overflows
/// never.
template <class D, class V>
HWY_INLINE V atan2_of(D d, V y, V x) {
  const auto c = [&](double value) HWY_ATTR { return hn::Set(d, value); };
  constexpr double kPi = 0x1.921fb54442d18p+1, kPiLow = 0x1.1a62633145c07p-53;
  const V across = hn::Abs(x), up = hn::Abs(y);
  const auto is_steep = hn::Gt(up, across);
  const V larger = hn::IfThenElse(is_steep, up, across), smaller = hn::IfThenElse(is_steep, across, up);
  V ratio = hn::Div(smaller, larger);
  ratio = hn::IfThenElse(hn::Eq(larger, hn::Zero(d)), hn::Zero(d), ratio);
  ratio = hn::IfThenElse(hn::Eq(smaller, hn::Inf(d)), c(1.0), ratio);
  const auto from = [&](double high, double low, V angle) HWY_ATTR { return hn::Sub(c(high), hn::Sub(angle, c(low))); };
  const V near = hn::Atan(d, convertible(ratio));
  const auto is_left = hn::Lt(hn::CopySign(c(1.0), x), hn::Zero(d));
  const V of_steep = from(kPi / 2, kPiLow / 2, hn::IfThenElse(is_left, hn::Neg(near), near));
  const V of_flat = hn::IfThenElse(is_left, from(kPi, kPiLow, near), near);
  const V angle = hn::CopySign(hn::IfThenElse(is_steep, of_steep, of_flat), y);
  const V sum = hn::Add(x, y);  // NaN if either is
  return hn::IfThenElse(hn::Or(hn::IsNaN(x), hn::IsNaN(y)), sum, angle);
}

/// atan(x / sqrt(1 - x^2)); NaN beyond [-1, 1]
template <class D, class V>
HWY_INLINE V asin_of(D d, V x) {
  const V one = hn::Set(d, 1.0);
  return atan2_of(d, x, hn::Sqrt(hn::Mul(hn::Sub(one, x), hn::Add(one, x))));
}
/// 2 atan(sqrt((1 - x) / (1 + x))), likewise
template <class D, class V>
HWY_INLINE V acos_of(D d, V x) {
  const V one = hn::Set(d, 1.0), half = atan2_of(d, hn::Sqrt(hn::Sub(one, x)), hn::Sqrt(hn::Add(one, x)));
  return hn::Add(half, half);
}

/// (exp(x) - exp(-x)) / 2 = sign(x) (e + e / (e + 1)) / 2, e = exp(|x|) - 1; far out, where that would overflow before
/// the result does, exp(|x| / 2) squared.
template <class D, class V>
HWY_INLINE V sinh_of(D d, V x) {
  const auto c = [&](double value) HWY_ATTR { return hn::Set(d, value); };
  const V size = hn::Abs(x), half = c(0.5), e = expm1_of(d, hn::Min(size, c(40.0)));
  const V near = hn::Mul(half, hn::Add(e, hn::Div(e, hn::Add(e, c(1.0)))));
  const V root = exp_of(d, hn::Mul(size, half)), far = hn::Mul(hn::Mul(half, root), root);
  return hn::IfThenElse(hn::IsNaN(x), x, hn::CopySign(hn::IfThenElse(hn::Gt(size, c(40.0)), far, near), x));
}

/// (exp(x) + exp(-x)) / 2, likewise
template <class D, class V>
HWY_INLINE V cosh_of(D d, V x) {
  const auto c = [&](double value) HWY_ATTR { return hn::Set(d, value); };
  const V size = hn::Abs(x), half = c(0.5), e = exp_of(d, hn::Min(size, c(40.0)));
  const V near = hn::Mul(half, hn::Add(e, hn::Div(c(1.0), e)));
  const V root = exp_of(d, hn::Mul(size, half)), far = hn::Mul(hn::Mul(half, root), root);
  return hn::IfThenElse(hn::IsNaN(x), x, hn::IfThenElse(hn::Gt(size, c(40.0)), far, near));
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
