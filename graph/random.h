// Counter-based randomness: element i of a stream is a pure function of (seed, purpose, i), so it is the same on any
// thread, tile or machine. Philox4x32-10 of Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "reel/graph/elementary.h"
#include "reel/graph/error.h"

namespace reel {

/// Four independent 32-bit words for counter `counter` of the stream keyed by (seed, purpose).
inline std::array<uint32_t, 4> philox(uint64_t seed, uint64_t purpose, uint64_t counter) {
  std::array<uint32_t, 4> x{static_cast<uint32_t>(counter), static_cast<uint32_t>(counter >> 32),
                            static_cast<uint32_t>(purpose), static_cast<uint32_t>(purpose >> 32)};
  uint32_t key0 = static_cast<uint32_t>(seed), key1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = 0xD2511F53ull * x[0], b = 0xCD9E8D57ull * x[2];
    x = {static_cast<uint32_t>(b >> 32) ^ x[1] ^ key0, static_cast<uint32_t>(b),
         static_cast<uint32_t>(a >> 32) ^ x[3] ^ key1, static_cast<uint32_t>(a)};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return x;
}

/// What the streams of one seed are for. Each use numbers its streams from its value on. Those of a model, its weights
/// and orders of rows, have none in common; a tensor and a corpus have a seed for themselves.
enum class Purpose : uint64_t {
  tensor = 0,                       ///< Tensor::uniform and normal; one stream
  weights = 1,                      ///< initial values, by the weight's place among the model's
  row_order = uint64_t{1} << 32,    ///< of `fit`, by epoch
  draws = uint64_t{1} << 33,        ///< of layers: the first word is their seed
  generated_review = 0,             ///< by its number in a corpus
  review_pair = uint64_t{1} << 63,  ///< which of two generated reviews is the first, by the pair's number
};

/// A stream of numbers read in order, for host-side work such as initial weights and shuffling.
class Random {
 public:
  explicit Random(uint64_t seed, Purpose purpose = Purpose::tensor, uint64_t number = 0)
      : seed_(seed), purpose_(static_cast<uint64_t>(purpose) + number) {}

  uint32_t bits() {
    if (used_ == 4) {
      block_ = philox(seed_, purpose_, counter_++);
      used_ = 0;
    }
    return block_[used_++];
  }
  /// Uniform on [0, 1), a multiple of 2^-24.
  double uniform() { return (bits() >> 8) * 0x1p-24; }
  /// Standard normal (Box and Muller).
  double normal() {
    const double radius = std::sqrt(-2.0 * plain_log(1.0 - uniform()));
    return radius * plain_cos_of_turns(uniform());
  }
  /// Uniform integer in [0, bound), without bias (rejection). Throws ValueError for a bound of 0.
  uint32_t below(uint32_t bound) {
    if (bound == 0) throw ValueError("random: there is no number below 0");
    const uint32_t limit = -bound % bound;
    uint64_t product;
    do product = static_cast<uint64_t>(bits()) * bound;
    while (static_cast<uint32_t>(product) < limit);
    return static_cast<uint32_t>(product >> 32);
  }

 private:
  uint64_t seed_, purpose_, counter_ = 0;
  std::array<uint32_t, 4> block_{};
  int used_ = 4;
};

}  // namespace reel
