// Transposition of matrices.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/transpose.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include <fmt/format.h>
#include <hwy/highway.h>

#include <algorithm>
#include <array>

#include "reel/graph/error.h"
#include "reel/ops/ops.h"

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

/// x [columns, stride], of which columns [first_row, first_row + rows) become rows of y. In squares of a few cache
/// lines, so that both sides stay within what has been fetched.
template <class T>
void transpose_rows(const Block& block) {
  constexpr int64_t kNear = 16, side = kSide<T>;
  const int64_t columns = block.type->shape[1], stride = block.type->shape[0];
  const T* x = block.in<T>(0) + block.first_row;
  T* y = block.out<T>();
  const auto one_by_one = [&](int64_t row, int64_t last_row, int64_t column, int64_t last_column) {
    for (int64_t r = row; r < last_row; ++r) {
      for (int64_t c = column; c < last_column; ++c) y[r * columns + c] = x[c * stride + r];
    }
  };
  for (int64_t row = 0; row < block.rows; row += kNear) {
    const int64_t last_row = std::min(row + kNear, block.rows), whole_rows = last_row - last_row % side;
    for (int64_t column = 0; column < columns; column += kNear) {
      const int64_t last_column = std::min(column + kNear, columns), whole_columns = last_column - last_column % side;
      for (int64_t r = row; r < whole_rows; r += side) {
        for (int64_t c = column; c < whole_columns; c += side) {
          transpose_square(x + c * stride + r, stride, y + r * columns + c, columns);
        }
      }
      one_by_one(row, whole_rows, whole_columns, last_column);
      one_by_one(whole_rows, last_row, column, last_column);
    }
  }
}

/// Elements of 4 bytes pass as floats.
void transpose_kernel(const Block& block) {
  block.type->dtype == DType::f64 ? transpose_rows<double>(block) : transpose_rows<float>(block);
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reel {
namespace {

HWY_EXPORT(transpose_kernel);

class Transpose final : public Op {
 public:
  std::string_view name() const override { return "transpose"; }

  Type infer(std::span<const Type> inputs) const override {
    const Shape& x = inputs[0].shape;
    if (x.rank() != 2 || x.has_rows()) {
      throw ShapeError(fmt::format("transpose: needs two axes, without the row axis, got {}", inputs[0].str()));
    }
    return {inputs[0].dtype, {x[1], x[0]}};
  }

  bool by_row(size_t, std::span<const Type>, const Type&) const override { return false; }
  void run(const Block& block) const override { HWY_DYNAMIC_DISPATCH(transpose_kernel)(block); }
  std::vector<Var> gradient(std::span<const Var>, Var, Var dy) const override { return {transpose(dy)}; }
};

}  // namespace

Var transpose(Var x) { return x.graph().add(std::make_shared<Transpose>(), std::array{x}); }

}  // namespace reel
#endif  // HWY_ONCE
