// Python's seeded shuffle, number for number.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace reel {

/// The state that MT19937 gets from an array of one word (Matsumoto and Nishimura 2002), which is how Python seeds it.
class SeedByArray {
 public:
  using result_type = uint32_t;
  explicit SeedByArray(std::vector<uint32_t> key) : key_(std::move(key)) {}

  template <class Iterator>
  void generate(Iterator begin, Iterator end) const {
    constexpr uint32_t kWords = 624;
    std::array<uint32_t, kWords> state{19650218};
    const auto mixed = [&](uint32_t i) { return state[i - 1] ^ (state[i - 1] >> 30); };
    for (uint32_t i = 1; i < kWords; ++i) state[i] = 1812433253u * mixed(i) + i;
    uint32_t i = 1, j = 0;
    const auto next = [&] {
      if (++i >= kWords) state[0] = state[kWords - 1], i = 1;
    };
    for (uint32_t k = std::max<uint32_t>(kWords, static_cast<uint32_t>(key_.size())); k > 0; --k) {
      state[i] = (state[i] ^ (mixed(i) * 1664525u)) + key_[j] + j;
      j = (j + 1) % static_cast<uint32_t>(key_.size());
      next();
    }
    for (uint32_t k = kWords - 1; k > 0; --k) {
      state[i] = (state[i] ^ (mixed(i) * 1566083941u)) - i;
      next();
    }
    state[0] = 0x80000000u;
    for (size_t at = 0; begin != end; ++begin, ++at) *begin = state[at % kWords];
  }
  size_t size() const { return key_.size(); }

 private:
  std::vector<uint32_t> key_;
};

/// What `random.seed(seed); random.shuffle(x)` does to a list 0..n-1. Source: Lib/random.py,
/// `_randbelow_with_getrandbits`.
inline std::vector<int64_t> python_permutation(int64_t count, int64_t seed) {
  const auto size = static_cast<uint64_t>(seed < 0 ? -seed : seed);
  std::vector<uint32_t> key{static_cast<uint32_t>(size)};
  if (size >> 32 != 0) key.push_back(static_cast<uint32_t>(size >> 32));
  SeedByArray by_array(key);
  std::mt19937 bits(by_array);
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), int64_t{0});
  for (uint32_t i = static_cast<uint32_t>(order.size()); i-- > 1;) {
    const int width = std::bit_width(i + 1);
    uint32_t drawn;
    do drawn = static_cast<uint32_t>(bits()) >> (32 - width);
    while (drawn > i);
    std::swap(order[i], order[drawn]);
  }
  return order;
}

}  // namespace reel
