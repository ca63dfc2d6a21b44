// Random numbers as the paper writes them down: Philox4x32-10 (Salmon et al. 2011), and what rows are made of with it.
// Nothing here is the library's.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace reel::testing {

using PhiloxWords = std::array<uint32_t, 4>;

/// Ten rounds on a counter of four words, with a key of two.
inline PhiloxWords plain_philox(PhiloxWords counter, std::array<uint32_t, 2> key) {
  constexpr uint32_t kMultipliers[] = {0xD2511F53, 0xCD9E8D57}, kWeyl[] = {0x9E3779B9, 0xBB67AE85};
  const auto high = [](uint32_t a, uint32_t b) { return static_cast<uint32_t>((uint64_t{a} * b) >> 32); };
  for (int round = 0; round < 10; ++round) {
    const uint32_t left = counter[0], right = counter[2];
    counter = {high(kMultipliers[1], right) ^ counter[1] ^ key[0], kMultipliers[1] * right,
               high(kMultipliers[0], left) ^ counter[3] ^ key[1], kMultipliers[0] * left};
    for (size_t i = 0; i < 2; ++i) key[i] += kWeyl[i];
  }
  return counter;
}

/// Where a number is drawn: the seed's word, the place of the layer, the draw of the step, the step.
struct PlainDraw {
  uint32_t seed = 0, place = 0, draw = 0, step = 0;
};

inline PhiloxWords plain_words(const PlainDraw& at, uint32_t row, uint32_t four) {
  return plain_philox({four, row, at.draw, at.step}, {at.seed, at.place});
}

/// Element of a row, uniform on [0, 1) in multiples of 2^-24.
inline double plain_uniform(const PlainDraw& at, uint32_t row, uint32_t element) {
  return (plain_words(at, row, element / 4)[element % 4] >> 8) * 0x1p-24;
}

/// The same, standard normal, as a float: sqrt(-2 log(1 - u)) times the cosine and the sine of 2 pi v.
inline double plain_normal(const PlainDraw& at, uint32_t row, uint32_t element) {
  const PhiloxWords words = plain_words(at, row, element / 4);
  const size_t pair = element % 4 / 2 * 2;
  const double u = (words[pair] >> 8) * 0x1p-24, angle = 2 * M_PI * (words[pair + 1] >> 8) * 0x1p-24;
  return static_cast<float>(std::sqrt(-2 * std::log1p(-u)) * (element % 2 == 0 ? std::cos(angle) : std::sin(angle)));
}

}  // namespace reel::testing
