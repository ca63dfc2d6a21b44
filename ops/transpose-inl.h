// Rows that become columns. Include after hwy/foreach_target.h.

#include <hwy/highway.h>  // for every target: it has its own guards

#include <algorithm>
#include <cstdint>

#include "reel/ops/kernel_flags.h"

#if defined(REEL_OPS_TRANSPOSE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef REEL_OPS_TRANSPOSE_INL
#undef REEL_OPS_TRANSPOSE_INL
#else
#define REEL_OPS_TRANSPOSE_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR
template <class T>
constexpr int64_t kSide = 1;

template <class T>
void transpose_square(const T* x, int64_t, T* y, int64_t) {
  *y = *x;
}
#else
/// Rows of a square that fill a vector of 16 bytes, which every other target has.
template <class T>
constexpr int64_t kSide = 16 / sizeof(T);

/// Rows of x, x_row apart, become columns of y.
HWY_INLINE void transpose_square(const float* x, int64_t x_row, float* y, int64_t y_row) {
  const hn::Full128<float> d;
  const hn::RepartitionToWide<decltype(d)> wide;
  const auto a = hn::LoadU(d, x), b = hn::LoadU(d, x + x_row);
  const auto e = hn::LoadU(d, x + 2 * x_row), f = hn::LoadU(d, x + 3 * x_row);
  const auto ab = hn::BitCast(wide, hn::InterleaveLower(d, a, b)), ef = hn::BitCast(wide, hn::InterleaveLower(d, e, f));
  const auto ab_high = hn::BitCast(wide, hn::InterleaveUpper(d, a, b));
  const auto ef_high = hn::BitCast(wide, hn::InterleaveUpper(d, e, f));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(wide, ab, ef)), d, y);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(wide, ab, ef)), d, y + y_row);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(wide, ab_high, ef_high)), d, y + 2 * y_row);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(wide, ab_high, ef_high)), d, y + 3 * y_row);
}

HWY_INLINE void transpose_square(const double* x, int64_t x_row, double* y, int64_t y_row) {
  const hn::Full128<double> d;
  const auto a = hn::LoadU(d, x), b = hn::LoadU(d, x + x_row);
  hn::StoreU(hn::InterleaveLower(d, a, b), d, y);
  hn::StoreU(hn::InterleaveUpper(d, a, b), d, y + y_row);
}
#endif

/// The first `columns` elements of `rows` rows of x, x_row apart, become columns of y: y [columns, rows], its rows
/// y_row apart. In squares of a few cache lines, so that both sides stay within what has been fetched.
template <class T>
void transpose_block(const T* x, int64_t x_row, int64_t rows, int64_t columns, T* y, int64_t y_row) {
  constexpr int64_t kNear = 16, side = kSide<T>;
  const auto one_by_one = [&](int64_t row, int64_t last_row, int64_t column, int64_t last_column) {
    for (int64_t r = row; r < last_row; ++r) {
      for (int64_t c = column; c < last_column; ++c) y[c * y_row + r] = x[r * x_row + c];
    }
  };
  for (int64_t column = 0; column < columns; column += kNear) {
    const int64_t last_column = std::min(column + kNear, columns), whole_columns = last_column - last_column % side;
    for (int64_t row = 0; row < rows; row += kNear) {
      const int64_t last_row = std::min(row + kNear, rows), whole_rows = last_row - last_row % side;
      for (int64_t c = column; c < whole_columns; c += side) {
        for (int64_t r = row; r < whole_rows; r += side) {
          transpose_square(x + r * x_row + c, x_row, y + c * y_row + r, y_row);
        }
      }
      one_by_one(row, last_row, whole_columns, last_column);
      one_by_one(whole_rows, last_row, column, whole_columns);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
