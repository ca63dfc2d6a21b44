// NumPy's seeded shuffle, bit for bit, for data sets whose published order depends on it.
#pragma once

#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace reel {

/// What `numpy.random.RandomState(seed)` does to `shuffle` an array of one axis: Fisher and Yates from the end, each
/// index drawn from MT19937 by masking and rejection. Source: numpy/random/mtrand.pyx, frozen by NumPy's NEP 19.
class NumpyShuffle {
 public:
  explicit NumpyShuffle(uint32_t seed) : bits_(seed) {}

  /// A permutation of 0..n-1, `rng.shuffle(numpy.arange(n))`; the next call continues the same stream.
  std::vector<uint32_t> permutation(uint32_t n) {
    std::vector<uint32_t> out(n);
    std::iota(out.begin(), out.end(), 0u);
    for (uint32_t i = n; i-- > 1;) std::swap(out[i], out[below_or_equal(i)]);
    return out;
  }

 private:
  uint32_t below_or_equal(uint32_t max) {
    uint32_t mask = max;
    for (const int shift : {1, 2, 4, 8, 16}) mask |= mask >> shift;
    uint32_t value;
    do value = static_cast<uint32_t>(bits_()) & mask;
    while (value > max);
    return value;
  }

  std::mt19937 bits_;
};

}  // namespace reel
