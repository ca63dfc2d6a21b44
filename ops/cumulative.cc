// Running sums and products.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <type_traits>

#include "reel/graph/error.h"
#include "reel/ops/axes.h"
#include "reel/ops/movement.h"
#include "reel/ops/ops.h"
#include "reel/ops/sequences.h"

namespace reel {
namespace {

class CumulativeSum final : public Op {
 public:
  CumulativeSum(int axis, bool reverse) : axis_(axis), reverse_(reverse) {}
  std::string_view name() const override { return "cumsum"; }
  std::string attributes() const override { return fmt::format("axis={}{}", axis_, reverse_ ? ", reverse" : ""); }
  Type infer(std::span<const Type> inputs) const override { return inputs[0]; }
  double flops_per_row(std::span<const Type>, const Type& output) const override {
    return static_cast<double>(output.shape.row_size());
  }
  /// Floats are added in double, integers as their bits.
  void run(const Block& block) const override {
    switch (block.type->dtype) {
      case DType::f32: return run_typed<float, double>(block);
      case DType::f64: return run_typed<double, double>(block);
      case DType::i32: return run_typed<uint32_t, uint32_t>(block);
    }
  }
  std::vector<Var> gradient(std::span<const Var>, Var, Var dy) const override {
    return {reverse_ ? cumsum(dy, axis_) : reverse_cumsum(dy, axis_)};
  }

 private:
  /// Some columns at a time, from one end of the axis to the other.
  template <class T, class Sum>
  void run_typed(const Block& block) const {
    constexpr int64_t kColumns = 64;
    const Shape& shape = block.type->shape;
    const int64_t outer = block.rows * shape.product(1, axis_), n = shape[axis_],
                  inner = shape.product(axis_ + 1, shape.rank());
    const int64_t step = reverse_ ? -inner : inner;
    for (int64_t o = 0; o < outer; ++o) {
      for (int64_t column = 0; column < inner; column += kColumns) {
        const int64_t width = std::min(kColumns, inner - column);
        std::array<Sum, kColumns> sums{};
        int64_t at = (o * n + (reverse_ ? n - 1 : 0)) * inner + column;
        for (int64_t i = 0; i < n; ++i, at += step) {
          for (int64_t j = 0; j < width; ++j) {
            sums[static_cast<size_t>(j)] += static_cast<Sum>(block.in<T>(0)[at + j]);
            block.out<T>()[at + j] = static_cast<T>(sums[static_cast<size_t>(j)]);
          }
        }
      }
    }
  }

  int axis_;
  bool reverse_;
};

Var cumulative_sum(Var x, int axis, bool reverse) {
  const int along = axis_of("cumsum", x, axis);
  refuse_row_axis("cumsum", x, along);
  return along_any_axis(
      x, along, [&](Var v, int at) { return apply_op(std::make_shared<CumulativeSum>(at, reverse), std::array{v}); });
}

}  // namespace

Var cumsum(Var x, int axis) { return cumulative_sum(x, axis, false); }
Var reverse_cumsum(Var x, int axis) { return cumulative_sum(x, axis, true); }

Var cumprod(Var x, int axis) {
  const int along = axis_of("cumprod", x, axis);
  refuse_row_axis("cumprod", x, along);
  return along_any_axis(x, along, [](Var y, int at) {
    const int64_t n = y.shape()[at];
    std::vector<PadWidth> widths(static_cast<size_t>(y.shape().rank()));
    for (int64_t before = 1; before < n; before *= 2) {
      widths[static_cast<size_t>(at)].before = before;
      y = y * pad(slice(y, at, 0, n - before), widths, 1.0);
    }
    return y;
  });
}

}  // namespace reel
