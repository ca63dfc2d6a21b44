// Made tasks that can only be done by who remembers: what is asked, and how it is answered.
#pragma once

#include <string>

#include "reel/models/zoo/made.h"

namespace reel {

/// Sequences f32 [n, steps, 2] of a number from 0 to 1 and a mark, which is 1 at one place in each half and 0
/// elsewhere; y f32 [n, 1], the sum of the two marked numbers. "steps" is an option.
ZooData load_adding(const ZooDataOptions& options);
std::string show_adding(const ZooData& data, ZooTrained& trained);

inline constexpr int64_t kCopiedDigits = 10;  ///< digits of 1 to 8
inline constexpr int64_t kCopyTokens = 10;    ///< those, silence and "now"

/// Ten digits, "steps" of silence whose last is "now", and ten more: i32 [n, steps + 20]; y i32, silence until the last
/// ten, which are the digits.
ZooData load_copying(const ZooDataOptions& options);
std::string show_copying(const ZooData& data, ZooTrained& trained);

}  // namespace reel
