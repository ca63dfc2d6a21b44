// Powers and logarithms of doubles: every SIMD target gives the same bits, and no C library is asked. Include after
// hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include "reel/ops/math-inl.h"

#if defined(REEL_OPS_POWERS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_POWERS_INL
#undef REEL_OPS_POWERS_INL
#else
#define REEL_OPS_POWERS_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// A number of twice the digits: the sum of two, of which the second is below the last place of the first.
template <class V>
struct Pair {
  V high, low;
};

/// The sum of a and b, |a| >= |b| or a = 0, exactly; `rest` is added to the lower part.
template <class V>
HWY_INLINE Pair<V> ordered_sum(V a, V b, V rest) {
  const V high = hn::Add(a, b);
  return {high, hn::Add(hn::Sub(b, hn::Sub(high, a)), rest)};
}

/// The product of a pair and a number of twice the digits that is known.
template <class D, class V>
HWY_INLINE Pair<V> product(D d, const Pair<V>& a, double high, double low) {
  const V by = hn::Set(d, high), y = hn::Mul(a.high, by);
  return {y, hn::Add(hn::MulSub(a.high, by, y), hn::MulAdd(a.low, by, hn::Mul(a.high, hn::Set(d, low))))};
}

/// log(x) to about 2^-66, x > 0, normal and finite. x = 2^k m, 0.7 < m < 1.42; log(m) = 2 artanh(s), s = (m - 1) / (m +
/// 1), of which the series is taken: its first terms in pairs, the others, a thousandth of the sum, in double.
template <class D, class V>
HWY_INLINE Pair<V> log_pair(D d, V x) {
  const hn::RebindToUnsigned<D> bits_of;
  const auto c = [&](double value) HWY_ATTR { return hn::Set(d, value); };
  const V one = c(1.0);
  const auto bits = hn::BitCast(bits_of, x);
  // Next to 2^52 doubles lie 1 apart, so that its last bits are an integer.
  const V exponent =
      hn::Sub(hn::BitCast(d, hn::Or(hn::ShiftRight<52>(bits), hn::BitCast(bits_of, c(0x1p52)))), c(0x1p52 + 1023));
  const V in_octave =
      hn::BitCast(d, hn::Or(hn::And(bits, hn::Set(bits_of, 0xfffffffffffffu)), hn::BitCast(bits_of, one)));
  const auto is_large = hn::Gt(in_octave, c(std::numbers::sqrt2));
  const V m = hn::IfThenElse(is_large, hn::Mul(in_octave, c(0.5)), in_octave);
  const V k = hn::IfThenElse(is_large, hn::Add(exponent, one), exponent);

  const V f = hn::Sub(m, one), g = hn::Add(m, one), m_in_g = hn::Sub(g, one);
  const V g_low = hn::Add(hn::Sub(m, m_in_g), hn::Sub(one, hn::Sub(g, m_in_g)));
  const V s = hn::Div(f, g), s_low = hn::Div(hn::NegMulAdd(s, g_low, hn::NegMulAdd(s, g, f)), g);
  const V q = hn::Mul(s, s), q_low = hn::MulAdd(hn::Add(s, s), s_low, hn::MulSub(s, s, q));
  V tail = c(1.0 / 25);
  for (int n = 23; n >= 5; n -= 2) tail = hn::MulAdd(tail, q, c(1.0 / n));
  // artanh(s) / s - 1 = q / 3 + q^2 tail
  const Pair<V> third = product(d, Pair<V>{q, q_low}, 0x1.5555555555555p-2, 0x1.5555555555555p-56);
  const Pair<V> series = ordered_sum(third.high, hn::Mul(hn::Mul(q, q), tail), third.low);
  const V t = hn::Mul(s, series.high);
  const V t_low = hn::Add(hn::MulSub(s, series.high, t), hn::MulAdd(s, series.low, hn::Mul(s_low, series.high)));
  const Pair<V> half = ordered_sum(s, t, hn::Add(s_low, t_low));

  constexpr double kHigh = 0x1.62e42fefap-1, kLow = 0x1.cf79abc9e3b3ap-40;  // ln 2; k kHigh is exact
  const V rest = hn::MulAdd(k, c(kLow), hn::Add(half.low, half.low));
  const Pair<V> sum = ordered_sum(hn::Mul(k, c(kHigh)), hn::Add(half.high, half.high), rest);
  return ordered_sum(sum.high, sum.low, hn::Zero(d));
}

/// log(x) times a factor of twice the digits, for any x.
template <class D, class V>
HWY_INLINE V scaled_log(D d, V x, double high, double low) {
  const Pair<V> y = product(d, log_pair(d, x), high, low);
  return finish_log(d, x, hn::Add(y.high, y.low));
}

/// 2^x = 2^n exp((x - n) ln 2)
template <class D, class V>
HWY_INLINE V exp2_of(D d, V x) {
  const auto c = [&](double value) HWY_ATTR { return hn::Set(d, value); };
  const hn::RebindToUnsigned<D> bits;
  const V z = convertible(clamped(x, c(1100.0)));
  // In two factors, as 2^n may be beyond the numbers: of n + 1023 next to 2^52 the last bits are the exponent.
  const V large = c(0x1.8p52), n = hn::Sub(hn::Add(z, large), large);
  const V half = hn::Sub(hn::Add(hn::Mul(n, c(0.5)), large), large);
  const auto power = [&](V of) HWY_ATTR {
    return hn::BitCast(d, hn::ShiftLeft<52>(hn::BitCast(bits, hn::Add(of, c(0x1p52 + 1023)))));
  };
  const V r = hn::Sub(z, n), t = hn::Mul(r, c(0x1.62e42fefa39efp-1));
  const V t_low = hn::MulAdd(r, c(0x1.abc9e3b39803fp-56), hn::MulSub(r, c(0x1.62e42fefa39efp-1), t));
  const V e = hn::Exp(d, t), y = hn::Mul(hn::Mul(hn::MulAdd(e, t_low, e), power(half)), power(hn::Sub(n, half)));
  return hn::IfThenElse(hn::IsNaN(x), x, y);
}

/// |x|^y as exp(y log|x|), with the ends of IEEE 754. `kPrecise`: with the logarithm as a pair, as double needs it.
template <bool kPrecise, class D, class V>
HWY_INLINE V power_of_size(D d, V size, V y) {
  const V infinity = hn::Inf(d), zero = hn::Zero(d);
  V high, low = zero;
  if constexpr (kPrecise) {
    const Pair<V> log = log_pair(d, size);
    high = finish_log(d, size, log.high);
    low = log.low;
  } else {
    high = finish_log(d, size, hn::Log(d, size));
  }
  const V p = hn::Mul(y, high), e = exp_of(d, p);
  if constexpr (!kPrecise) return e;
  const V p_low = hn::MulAdd(y, low, hn::MulSub(y, high, p));
  const auto is_plain = hn::And(hn::Lt(hn::Abs(p), hn::Set(d, 800.0)), hn::Lt(e, infinity));
  return hn::IfThenElse(is_plain, hn::MulAdd(e, p_low, e), e);
}

/// x^y as C's pow has it: of negative x for whole y alone, and 1 for y = 0 and for x = 1 whatever the other is.
template <bool kPrecise, class D, class V>
HWY_INLINE V pow_of(D d, V x, V y) {
  const V zero = hn::Zero(d), one = hn::Set(d, 1.0), infinity = hn::Inf(d), size = hn::Abs(x), y_size = hn::Abs(y);
  const V large = hn::Set(d, 0x1p52);
  // Whole numbers stay as they are when next to 2^52, where doubles lie 1 apart.
  const auto is_whole = [&](V v)
                            HWY_ATTR { return hn::Or(hn::Ge(v, large), hn::Eq(hn::Sub(hn::Add(v, large), large), v)); };
  const auto whole = is_whole(y_size), even = is_whole(hn::Mul(y_size, hn::Set(d, 0.5)));
  V power = power_of_size<kPrecise>(d, size, y);
  power = hn::IfThenElse(hn::And(hn::Eq(size, one), hn::Eq(y_size, infinity)), one, power);
  power = hn::IfThenElse(hn::AndNot(even, whole), hn::CopySign(power, x), power);
  const auto is_undefined = hn::AndNot(hn::Or(whole, hn::Eq(size, infinity)), hn::Lt(x, zero));
  power = hn::IfThenElse(is_undefined, hn::NaN(d), power);
  return hn::IfThenElse(hn::Or(hn::Eq(y, zero), hn::Eq(x, one)), one, power);
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
