// Sums of floats to which many are added one after the other lose digits with each: rows of a sparse sum that are added
// to often keep what they have come to in double.
#pragma once

#include <algorithm>
#include <cstdint>

namespace reel {

/// Every few additions, what a row holds is moved to doubles of its own, packed in order of need; few rows ever have
/// any.
class OftenAdded {
 public:
  /// Additions to a row of floats before they are moved.
  static constexpr int32_t kMost = 16;

  /// Of so many rows: `states` are as many numbers, all 0, and `sums` doubles for every row, of any value.
  OftenAdded(int32_t* states, double* sums) : states_(states), sums_(sums) {}

  /// Counts one more addition to a row; whether it must be moved before.
  bool is_due(int64_t row) { return (++states_[row] & kCount) > kMost; }

  /// Moves what a row holds.
  void take(int64_t row, float* values, int64_t width) {
    int32_t& state = states_[row];
    if (state < kPlace) {
      state += ++taken_ * kPlace;
      std::fill_n(sums_of(state, width), width, 0.0);
    }
    state = (state & ~kCount) + 1;
    double* sums = sums_of(state, width);
    for (int64_t i = 0; i < width; ++i) sums[i] += static_cast<double>(values[i]), values[i] = 0;
  }

  /// Rounds to rows [0, count) of `values` what has been moved and what they still hold.
  void finish(float* values, int64_t count, int64_t width) const {
    if (taken_ == 0) return;
    for (int64_t row = 0; row < count; ++row, values += width) {
      if (states_[row] < kPlace) continue;
      const double* sums = sums_of(states_[row], width);
      for (int64_t i = 0; i < width; ++i) values[i] = static_cast<float>(sums[i] + static_cast<double>(values[i]));
    }
  }

 private:
  static constexpr int32_t kCount = 31, kPlace = 32;  // a state is a count and, above it, a place from 1 on

  double* sums_of(int32_t state, int64_t width) const { return sums_ + (state / kPlace - 1) * width; }

  int32_t* states_;
  double* sums_;
  int32_t taken_ = 0;
};

}  // namespace reel
