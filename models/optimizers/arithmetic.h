// What optimizers compute with, for their sources. No public header includes this.
#pragma once

#include <algorithm>
#include <cstdint>

#include "reel/graph/elementary.h"
#include "reel/ops/ops.h"

namespace reel {

/// A step below this makes no finite float infinite: half of what lies between the largest two is 2^103. The rest is
/// for rounding, which many steps add up.
constexpr double kSafeStep = 0x1p80;
/// Whose square is below it, too.
constexpr double kSafeSquare = 0x1p40;

inline Var number(Var like, double value) { return like.graph().constant(value, like.dtype()); }

/// base^exponent as a float, for 0 <= base < 1. By squares in double, which any machine rounds alike; the C library's
/// own power is not the same everywhere.
inline float power(float base, int64_t exponent) {
  double result = 1, square = base;
  for (; exponent > 0; exponent /= 2, square *= square) {
    if (exponent % 2 == 1) result *= square;
  }
  return static_cast<float>(result);
}

/// How small epsilon makes a denominator; at most 1, as numerators must be floats as well.
inline double least_denominator(double epsilon) { return std::min<double>(static_cast<float>(epsilon), 1); }

/// limit / rate, and 0 where the limit is 0, whatever the rate, or where the rate, with all that it is multiplied with,
/// may be rounded to infinity.
inline double limit_over_rate(double limit, double rate) { return limit > 0 && rate < 0x1p127 ? limit / rate : 0; }

/// share before + (1 - share) now
inline Var mixed(Var before, Var now, double share) { return before * share + now * (1 - share); }
/// The same as the step from one to the other, as some of Keras's optimizers write it.
inline Var moved(Var before, Var now, double share) { return before + (now - before) * (1 - share); }

}  // namespace reel
