#include "reel/ops/far_angle.h"

#include <bit>
#include <cmath>
#include <limits>

namespace reel {
namespace {

/// 2 / pi after the binary point.
constexpr uint64_t kTwoOverPi[] = {0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
                                   0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
                                   0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
                                   0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b,
                                   0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d};

/// 64 bits of it from bit `first` on; what is before the point is 0.
uint64_t bits_from(int first) {
  if (first < 0) return first <= -64 ? 0 : kTwoOverPi[0] >> -first;
  const int word = first / 64, shift = first % 64;
  return shift == 0 ? kTwoOverPi[word] : kTwoOverPi[word] << shift | kTwoOverPi[word + 1] >> (64 - shift);
}

/// a b as the upper and the lower 64 bits.
struct Wide {
  uint64_t high, low;
};
Wide multiply(uint64_t a, uint64_t b) {
  const uint64_t a0 = a & 0xffffffff, a1 = a >> 32, b0 = b & 0xffffffff, b1 = b >> 32;
  const uint64_t low = a0 * b0, middle = a1 * b0 + (low >> 32), other = a0 * b1 + (middle & 0xffffffff);
  return {a1 * b1 + (middle >> 32) + (other >> 32), other << 32 | (low & 0xffffffff)};
}

}  // namespace

FarAngle far_angle(double x) {
  if (!std::isfinite(x)) return {std::numeric_limits<double>::quiet_NaN(), 0};
  const auto bits = std::bit_cast<uint64_t>(x);
  const uint64_t digits = (bits & 0xfffffffffffff) | uint64_t{1} << 52;
  const int exponent = static_cast<int>(bits >> 52 & 0x7ff) - 1075;  // |x| = digits 2^exponent
  // Of the product with 2 / pi all that makes whole turns is left out: 192 bits of it, the first two before the point,
  // give the quarters and 137 digits of the rest.
  const int first = exponent - 2;
  const Wide low = multiply(digits, bits_from(first + 128)), middle = multiply(digits, bits_from(first + 64));
  const uint64_t second = middle.low + low.high;
  const uint64_t third = digits * bits_from(first) + middle.high + (second < middle.low ? 1 : 0);
  uint64_t quarters = third >> 62, high = third << 2 | second >> 62, rest = second << 2 | low.low >> 62;
  const bool is_more = high >> 63 != 0;  // than half a quarter: that much is missing to the next
  if (is_more) {
    ++quarters;
    high = ~high, rest = ~rest;
  }
  const int zeros = high == 0 ? 64 + std::countl_zero(rest) : std::countl_zero(high);
  const uint64_t leading = zeros >= 64  ? rest << (zeros - 64)
                           : zeros == 0 ? high
                                        : high << zeros | rest >> (64 - zeros);
  const double fraction = static_cast<double>(leading) * std::bit_cast<double>(uint64_t(1023 - 64 - zeros) << 52);
  double angle = fraction * 0x1.921fb54442d18p+0;
  if (is_more) angle = -angle;
  return x < 0 ? FarAngle{-angle, -quarters} : FarAngle{angle, quarters};
}

}  // namespace reel
