// Angles of many turns.
#pragma once

#include <cstdint>

namespace reel {

/// x = quarters pi / 2 + rest, |rest| <= pi / 4; of `quarters` the last two bits count.
struct FarAngle {
  double rest;
  uint64_t quarters;
};

/// Of an angle of at least 2^26, whose digits reach so far beyond those of pi / 2 that as many more of 2 / pi are
/// needed (Payne and Hanek, "Radian reduction for trigonometric functions", 1983). Of an infinity or NaN the rest is
/// NaN.
FarAngle far_angle(double x);

}  // namespace reel
