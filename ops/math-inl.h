// Transcendental functions of one vector, for kernels: every SIMD target gives the same bits, and no C library is
// asked. Highway's math is within 4 units in the last place. Include after hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include "reel/ops/fma-inl.h"  // before Highway's math, which multiplies and adds

#include <hwy/contrib/math/math-inl.h>

#if defined(REEL_OPS_MATH_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_MATH_INL
#undef REEL_OPS_MATH_INL
#else
#define REEL_OPS_MATH_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// x moved into [-limit, limit]. A NaN stays one: of NaN and a number, Min and Max of x86's vectors give the second
/// operand, those of NEON and of a single lane the number.
template <class V>
HWY_INLINE V clamped(V x, V limit) {
  const V y = hn::Max(hn::Neg(limit), hn::Min(limit, x));
  constexpr bool kLosesNan = HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_NEON;
  return kLosesNan ? hn::IfThenElse(hn::IsNaN(x), x, y) : y;
}

/// x for Highway's exponentials, which make integers of it: of a NaN that is undefined in C++, and so in a single lane.
/// There it becomes zero, or, where x is bounded by hn::Min, the bound. Whoever asks puts the result for NaN right.
template <class V>
HWY_INLINE V convertible(V x) {
  return HWY_TARGET == HWY_SCALAR ? hn::IfThenZeroElse(hn::IsNaN(x), x) : x;
}

/// hn::Tanh for double. For float a ratio of two polynomials in x^2, 13th over 6th degree (the coefficients are the
/// ones Eigen made widely used), several times faster than by way of the exponential and within 5 units in the last
/// place.
template <class D, class V>
HWY_INLINE V tanh_of(D d, V x) {
  if constexpr (sizeof(hn::TFromD<D>) == 8) {
    const V limit = hn::Set(d, 20.0);  // tanh rounds to one long before
    return hn::IfThenElse(hn::IsNaN(x), x, hn::Tanh(d, convertible(clamped(x, limit))));
  } else {
    const auto c = [&](float value) HWY_ATTR { return hn::Set(d, value); };
    const V limit = c(9.0f), one = c(1.0f);  // the polynomials' range; close to its ends they may overshoot
    const V z = clamped(x, limit);
    const V s = hn::Mul(z, z);
    V p = hn::MulAdd(s, c(-2.76076847742355e-16f), c(2.00018790482477e-13f));
    p = hn::MulAdd(p, s, c(-8.60467152213735e-11f));
    p = hn::MulAdd(p, s, c(5.12229709037114e-08f));
    p = hn::MulAdd(p, s, c(1.48572235717979e-05f));
    p = hn::MulAdd(p, s, c(6.37261928875436e-04f));
    p = hn::MulAdd(p, s, c(4.89352455891786e-03f));
    V q = hn::MulAdd(s, c(1.19825839466702e-06f), c(1.18534705686654e-04f));
    q = hn::MulAdd(q, s, c(2.26843463243900e-03f));
    q = hn::MulAdd(q, s, c(4.89352518554385e-03f));
    const V y = clamped(hn::Div(hn::Mul(z, p), q), one);
    // Near zero tanh(x) = x; comparing this way round lets a NaN through as it came.
    return hn::IfThenElse(hn::Gt(hn::Abs(x), c(0.0004f)), y, x);
  }
}

/// Highway's functions stop short of the ends: its exponential is 0 beyond the overflow and for NaN, its logarithm some
/// number at 0, below, and for NaN. These have the values of IEEE 754 there.
template <class D, class V, class F>
HWY_INLINE V with_ends_of_exp(D d, V x, F&& exponential) {
  using T = hn::TFromD<D>;
  const V limit = hn::Set(d, static_cast<T>(sizeof(T) == 8 ? 709.782712893384 : 88.7228317));
  const V y = hn::IfThenElse(hn::Gt(x, limit), hn::Inf(d), exponential(hn::Min(x, limit)));
  return hn::IfThenElse(hn::IsNaN(x), x, y);
}

template <class D, class V>
HWY_INLINE V exp_of(D d, V x) {
  return with_ends_of_exp(d, x, [&](V v) HWY_ATTR { return hn::Exp(d, v); });
}

template <class D, class V>
HWY_INLINE V expm1_of(D d, V x) {
  return with_ends_of_exp(d, x, [&](V v) HWY_ATTR { return hn::Expm1(d, v); });
}

/// `y` = log(`argument`) as Highway computes it, put right where argument is 0, negative, infinite or NaN.
template <class D, class V>
HWY_INLINE V finish_log(D d, V argument, V y) {
  const V zero = hn::Zero(d), infinity = hn::Inf(d);
  y = hn::IfThenElse(hn::Eq(argument, zero), hn::Neg(infinity), y);
  y = hn::IfThenElse(hn::Eq(argument, infinity), infinity, y);
  y = hn::IfThenElse(hn::Lt(argument, zero), hn::NaN(d), y);
  return hn::IfThenElse(hn::IsNaN(argument), argument, y);
}

template <class D, class V>
HWY_INLINE V log1p_of(D d, V x) {
  return finish_log(d, hn::Add(x, hn::Set(d, hn::TFromD<D>(1))), hn::Log1p(d, x));
}

/// exp(-x) for a float of which no result is too large or small for a normal number, |x| < 87.3: 2^n exp(r) with r
/// between -ln 2 / 2 and ln 2 / 2, of which exp is a polynomial (the coefficients are those of Moshier's Cephes),
/// within 2 units in the last place.
template <class D, class V>
HWY_INLINE V exp_of_negative(D d, V x) {
  const auto c = [&](float value) HWY_ATTR { return hn::Set(d, value); };
  // Next to so large a number floats lie 1 apart: adding it rounds, and the last bits of the sum are n + 127, which is
  // the exponent of 2^n as a float has it.
  const V large = c(0x1.8p23f + 127), rounded = hn::Add(hn::Mul(x, c(-1.44269504088896341f)), large);
  const V n = hn::Sub(rounded, large);
  V r = hn::NegMulSub(n, c(0.693359375f), x);  // ln 2 in two parts, of which the first has few bits
  r = hn::NegMulAdd(n, c(-2.12194440e-4f), r);
  V p = hn::MulAdd(r, c(1.9875691500e-4f), c(1.3981999507e-3f));
  p = hn::MulAdd(p, r, c(8.3334519073e-3f));
  p = hn::MulAdd(p, r, c(4.1665795894e-2f));
  p = hn::MulAdd(p, r, c(1.6666665459e-1f));
  p = hn::MulAdd(p, r, c(5.0000001201e-1f));
  p = hn::MulAdd(p, hn::Mul(r, r), hn::Add(r, c(1.0f)));
  const hn::RebindToUnsigned<D> bits;
  return hn::Mul(p, hn::BitCast(d, hn::ShiftLeft<23>(hn::BitCast(bits, rounded))));
}

template <class D, class V>
HWY_INLINE V sigmoid_of(D d, V x) {
  const V one = hn::Set(d, hn::TFromD<D>(1));
  if constexpr (sizeof(hn::TFromD<D>) == 8) {
    return hn::Div(one, hn::Add(one, exp_of(d, hn::Neg(x))));
  } else {
    const V limit = hn::Set(d, 87.3f);
    const V y = hn::Div(one, hn::Add(one, exp_of_negative(d, clamped(x, limit))));
    return hn::IfThenZeroElse(hn::Lt(x, hn::Neg(limit)), y);  // comparing this way round lets a NaN through as it came
  }
}

/// log(1 + exp(-size)), size >= 0, or NaN for NaN
template <class D, class V>
HWY_INLINE V softplus_of_negative(D d, V size) {
  const V y = hn::Log1p(d, hn::Exp(d, hn::Neg(convertible(size))));
  return hn::IfThenElse(hn::IsNaN(size), size, y);
}

/// coefficients[0] + coefficients[1] x + coefficients[2] x^2 + ...
template <class D, class V, size_t kCount>
HWY_INLINE V polynomial(D d, V x, const double (&coefficients)[kCount]) {
  V y = hn::Set(d, coefficients[kCount - 1]);
  for (size_t i = kCount - 1; i-- > 0;) y = hn::MulAdd(y, x, hn::Set(d, coefficients[i]));
  return y;
}

/// erf(x) / x - 1 as a polynomial of x^2, |x| <= 1, of least relative error in erf: below 2^-56 (fitted to 60 digits).
constexpr double kErfNear[] = {0.12837916709551256,     -0.37612638903183543,   0.11283791670945006,
                               -0.02686617064323777,    0.0052239776071164225,  -0.0008548325975389692,
                               0.00012055294904839707,  -1.492473690741966e-05, 1.6447424703317362e-06,
                               -1.6208483801871705e-07, 1.3720064546777686e-08, -7.795898827002142e-10};

/// erfc(x) exp(x^2) / t as a polynomial of 2.736 t - 1.1888, t = 1 / (1 + x / 2), 1/2 <= x <= 26.9; error likewise.
constexpr double kErfcBeyondHalf[] = {
    0.4681381415669798,      0.22514672422671736,    0.07029267126126823,     0.009076299629435857,
    -0.0023628815192411846,  -0.0008897698897526177, 0.00015411404065077028,  8.194489745515872e-05,
    -2.0475602412486404e-05, -7.203647282781899e-06, 3.461482093693132e-06,   3.2900137718603174e-07,
    -5.373955542083315e-07,  7.954104467432855e-08,  5.912542395843058e-08,   -2.9648818303980588e-08,
    -3.16747508683164e-10,   5.329537759656614e-09,  -1.7145154824883581e-09, -5.090714282978968e-10,
    4.099257484133129e-10,   1.2631570901715871e-11, -3.9988473431101274e-11};

/// erfc(x) for double, 1/2 <= x <= 26.54, beyond which it is too small for a normal number: exp(-x^2) t p(t). An error
/// of x^2 would be one of the exponential, x^2 times as large: it is taken in two parts, the first of a number of few
/// bits, whose square is exact.
template <class D, class V>
HWY_INLINE V erfc_beyond_half(D d, V x) {
  const auto c = [&](double value) HWY_ATTR { return hn::Set(d, value); };
  const V t = hn::Div(c(1.0), hn::MulAdd(x, c(0.5), c(1.0)));
  const V p = polynomial(d, hn::MulAdd(t, c(2.736), c(-1.1888)), kErfcBeyondHalf);
  const hn::RebindToUnsigned<D> bits;
  const V few = hn::BitCast(d, hn::And(hn::BitCast(bits, x), hn::Set(bits, 0xfffffffff8000000u)));
  const V rest = hn::Mul(hn::Sub(x, few), hn::Add(x, few));
  return hn::Mul(hn::Mul(hn::Exp(d, hn::Neg(hn::Mul(few, few))), hn::Exp(d, hn::Neg(rest))), hn::Mul(t, p));
}

/// For float x + x p(x^2) near zero, and 1 - exp(-|x| q(|x|)) with the sign of x beyond, p and q of least relative
/// error in erf (fitted to 40 digits): within 2 units in the last place. For double 1 - erfc(|x|) beyond.
template <class D, class V>
HWY_INLINE V erf_of(D d, V x) {
  using T = hn::TFromD<D>;
  if constexpr (sizeof(T) == 8) {
    const V size = hn::Abs(x), one = hn::Set(d, 1.0), near = hn::MulAdd(polynomial(d, hn::Mul(x, x), kErfNear), x, x);
    const V z = hn::Min(size, hn::Set(d, 6.0));  // from where on erf rounds to one
    const V far = hn::CopySign(hn::Sub(one, erfc_beyond_half(d, z)), x);
    return hn::IfThenElse(hn::Gt(size, one), far, near);  // comparing this way round lets a NaN through
  } else {
    const auto c = [&](float value) HWY_ATTR { return hn::Set(d, value); };
    const V s = hn::Mul(x, x);
    V p = hn::MulAdd(s, c(8.3824089716e-5f), c(-8.1456026511e-4f));
    p = hn::MulAdd(p, s, c(5.2012866288e-3f));
    p = hn::MulAdd(p, s, c(-2.6859500387e-2f));
    p = hn::MulAdd(p, s, c(1.1283697332e-1f));
    p = hn::MulAdd(p, s, c(-3.7612633855e-1f));
    p = hn::MulAdd(p, s, c(1.2837916665e-1f));
    const V near = hn::MulAdd(p, x, x), size = hn::Abs(x);
    const V z = hn::Min(size, c(4.0f));  // from where on erf rounds to one
    V q = hn::MulAdd(z, c(-2.1353202495e-4f), c(3.2113108184e-3f));
    q = hn::MulAdd(q, z, c(-2.2878589870e-2f));
    q = hn::MulAdd(q, z, c(1.0524463131e-1f));
    q = hn::MulAdd(q, z, c(6.3573095293e-1f));
    q = hn::MulAdd(q, z, c(1.1285107551f));
    const V far = hn::CopySign(hn::Sub(c(1.0f), exp_of_negative(d, hn::Mul(q, z))), x);
    return hn::IfThenElse(hn::Gt(size, c(0.92f)), far, near);  // comparing this way round lets a NaN through
  }
}

/// erfc(x) = 1 - erf(x) without cancelling: for float where x > 1/2, exp(-x^2) t p(t) with t = 1 / (1 + x / 2), p of
/// least relative error (fitted to 40 digits); 0 from where on it is too small for a normal number.
template <class D, class V>
HWY_INLINE V erfc_of(D d, V x) {
  using T = hn::TFromD<D>;
  if constexpr (sizeof(T) == 8) {
    const V half = hn::Set(d, 0.5), limit = hn::Set(d, 26.54), z = hn::Max(half, hn::Min(x, limit));
    const V far = hn::IfThenZeroElse(hn::Gt(x, limit), erfc_beyond_half(d, z));
    return hn::IfThenElse(hn::Gt(x, half), far, hn::Sub(hn::Set(d, 1.0), erf_of(d, x)));  // lets a NaN through
  } else {
    const auto c = [&](float value) HWY_ATTR { return hn::Set(d, value); };
    const V z = hn::Max(c(0.5f), hn::Min(x, c(9.3f)));
    const V t = hn::Div(c(1.0f), hn::MulAdd(z, c(0.5f), c(1.0f)));
    V p = hn::MulAdd(t, c(-0.06773152202f), c(0.3214492202f));
    p = hn::MulAdd(p, t, c(-0.5535124540f));
    p = hn::MulAdd(p, t, c(0.3436452150f));
    p = hn::MulAdd(p, t, c(-0.06549142301f));
    p = hn::MulAdd(p, t, c(0.2167719603f));
    p = hn::MulAdd(p, t, c(0.2400657088f));
    p = hn::MulAdd(p, t, c(0.2827309370f));
    p = hn::MulAdd(p, t, c(0.2820691466f));
    // An error of z^2 would be one of the exponential, z^2 times as large: it is taken in two parts, the first of a
    // number of few bits, whose square is exact.
    const hn::RebindToUnsigned<D> bits;
    const V few = hn::BitCast(d, hn::And(hn::BitCast(bits, z), hn::Set(bits, 0xfffff000u)));
    const V rest = hn::Mul(hn::Sub(z, few), hn::Add(z, few));
    const V y = hn::Mul(hn::Mul(exp_of_negative(d, hn::Mul(few, few)), exp_of_negative(d, rest)), hn::Mul(t, p));
    const V far = hn::IfThenZeroElse(hn::Gt(x, c(9.19f)), y);
    return hn::IfThenElse(hn::Gt(x, c(0.5f)), far, hn::Sub(c(1.0f), erf_of(d, x)));  // lets a NaN through
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
