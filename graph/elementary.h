// Logarithm, exponential and cosine by additions, multiplications and divisions alone, in double: IEEE 754 fixes each
// of them to the bit, and no C library does so for its own. For numbers drawn and computed on the host; kernels have
// ops/math-inl.h.
#pragma once

#include <bit>
#include <cstdint>
#include <numbers>

namespace reel {

/// The natural logarithm of a normal x > 0, within 2 units in the last place: e ln 2 + log m, where x = 2^e m and
/// 1 / sqrt(2) < m < sqrt(2), and log m = 2 (s + s^3 / 3 + s^5 / 5 + ...) with s = (m - 1) / (m + 1).
inline double plain_log(double x) {
  constexpr uint64_t kExponentOfOne = uint64_t{1023} << 52, kMantissa = (uint64_t{1} << 52) - 1;
  const auto bits = std::bit_cast<uint64_t>(x);
  double m = std::bit_cast<double>((bits & kMantissa) | kExponentOfOne), e = static_cast<double>(bits >> 52) - 1023;
  if (m > std::numbers::sqrt2) m /= 2, e += 1;
  const double s = (m - 1) / (m + 1), s2 = s * s;
  double tail = 0;  // s2 < 0.0295: what the terms left out add is below 2^-60
  for (int n = 21; n >= 3; n -= 2) tail = (tail + 1.0 / n) * s2;
  return e * std::numbers::ln2 + (2 * s + 2 * s * tail);
}

/// e^x for |x| <= 700, within 2 units in the last place: 2^k e^r with |r| <= ln 2 / 2, of which the series is taken.
inline double plain_exp(double x) {
  constexpr double kHigh = 0x1.62e42fefap-1, kLow = 0x1.cf79abc9e3b3ap-40;  // ln 2; k kHigh is exact
  const auto k = static_cast<int64_t>(x / std::numbers::ln2 + (x < 0 ? -0.5 : 0.5));
  const double r = (x - static_cast<double>(k) * kHigh) - static_cast<double>(k) * kLow;
  double series = 1;  // from the last term on
  for (int n = 15; n >= 1; --n) series = 1 + series * r * (1.0 / n);
  return series * std::bit_cast<double>(static_cast<uint64_t>(k + 1023) << 52);
}

/// cos(2 pi turns) for 0 <= turns <= 1, within 2 units in the last place; exactly 0 at a quarter. That many quarters
/// and a rest of at most an eighth of a turn, of which the series is taken.
inline double plain_cos_of_turns(double turns) {
  const double quarters = static_cast<double>(static_cast<int>(4 * turns + 0.5));
  const double a = (4 * turns - quarters) * (std::numbers::pi / 2), a2 = a * a;
  const int quarter = static_cast<int>(quarters) % 4;
  const bool is_sine = quarter % 2 == 1;
  double series = 1;  // of cos a, or of sin(a) / a, from the last term on
  for (int n = is_sine ? 19 : 18; n >= 2; n -= 2) series = 1 - series * a2 * (1.0 / (n * (n - 1)));
  const double value = is_sine ? a * series : series;
  return quarter == 1 || quarter == 2 ? -value : value;
}

}  // namespace reel
