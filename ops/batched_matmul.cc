// Products of matrices, one for each index of the batch axes.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/batched_matmul.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "reel/graph/error.h"
#include "reel/ops/batched_matmul.h"
#include "reel/ops/gemm/gemm-inl.h"
#include "reel/ops/gemm/pack-inl.h"
#include "reel/ops/ops.h"

#ifndef REEL_OPS_BATCHED_MATMUL_ONCE
#define REEL_OPS_BATCHED_MATMUL_ONCE
namespace reel {

/// Columns that a group of panels holds for every vector width.
constexpr int64_t kWidestPanels = 32;

/// Extents of one product, read off the output and the first operand.
struct MatrixExtents {
  int64_t m, k, n;

  MatrixExtents(const Shape& a, const Shape& y, Transposed transposed)
      : m(y[y.rank() - 2]), k(a[a.rank() - (transposed.a ? 2 : 1)]), n(y.back()) {}
};

/// Where in `x` the matrix lies that belongs to matrix `item` of a row of the output, in matrices from the row's first.
inline int64_t matrix_of(const Shape& x, const Shape& y, int64_t item) {
  int64_t at = 0, step = 1;
  for (int axis = y.rank() - 3; axis > 0; --axis) {
    const int own = axis - (y.rank() - x.rank());
    const int64_t index = item % y[axis];
    item /= y[axis];
    if (own < 0) continue;
    if (x[own] != 1) at += index * step;
    if (own > 0) step *= x[own];
  }
  return at;
}

/// Whether x has the output's axis 0, and is cut along it.
inline bool has_rows_of(const Shape& x, const Shape& y) { return x.rank() == y.rank() && x[0] == y[0]; }

}  // namespace reel
#endif  // REEL_OPS_BATCHED_MATMUL_ONCE

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

/// One product after the other. A transposed b is packed first, where it is another than the last.
template <class T>
void multiply_items(const Block& block, Transposed transposed) {
  const Shape &y = block.type->shape, &a = block.inputs[0].type->shape, &b = block.inputs[1].type->shape;
  const auto [m, k, n] = MatrixExtents(a, y, transposed);
  constexpr int64_t columns = kGemmColumns<T>;
  const int64_t items = y.product(1, y.rank() - 2);
  const int64_t a_step = has_rows_of(a, y) ? a.row_size() : 0, b_step = has_rows_of(b, y) ? b.row_size() : 0;
  T* const packed = reinterpret_cast<T*>(block.scratch);
  T* c = block.out<T>();
  const T* last = nullptr;
  Gemm<T> g{m, n,       k,       nullptr, transposed.a ? 1 : k, transposed.a ? m : 1, nullptr, columns, n, nullptr,
            n, nullptr, nullptr, 0};
  if (transposed.b) g.b = packed, g.b_panel = k * columns, g.b_k = columns;
  for (int64_t row = 0; row < block.rows; ++row) {
    for (int64_t item = 0; item < items; ++item, c += m * n) {
      const T* from = block.in<T>(1) + row * b_step + matrix_of(b, y, item) * k * n;
      if (!transposed.b) {
        g.b = from;
      } else if (from != last) {
        pack_panels(from, k, n, true, 0, (n + columns - 1) / columns, packed);
        last = from;
      }
      g.a = block.in<T>(0) + row * a_step + matrix_of(a, y, item) * m * k;
      g.c = c;
      gemm(g);
    }
  }
}

void batched_matmul_kernel(const Block& block, Transposed transposed) {
  block.type->dtype == DType::f64 ? multiply_items<double>(block, transposed)
                                  : multiply_items<float>(block, transposed);
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reel {
namespace {

HWY_EXPORT(batched_matmul_kernel);

/// The matrices of each row of the batch, however tiles cut it: no product knows of another.
class BatchedMatmul final : public Op {
 public:
  explicit BatchedMatmul(Transposed transposed) : transposed_(transposed) {}
  std::string_view name() const override { return "batched_matmul"; }
  std::string attributes() const override {
    return fmt::format("{}{}", transposed_.a ? "a transposed" : "",
                       transposed_.b ? (transposed_.a ? ", b transposed" : "b transposed") : "");
  }
  Traits traits() const override { return {.finite_gradient = true}; }

  Type infer(std::span<const Type> inputs) const override {
    const Shape &a = inputs[0].shape, &b = inputs[1].shape;
    if (inputs[0].dtype == DType::i32 || inputs[0].dtype != inputs[1].dtype)
      fail("needs operands of one float type", inputs);
    if (!holds_matrices(a) || !holds_matrices(b) || std::max(a.rank(), b.rank()) < 3)
      fail("needs matrices [..., m, k] and [..., k, n], whose axes are not the row axis", inputs);
    const int64_t depth = a[a.rank() - (transposed_.a ? 2 : 1)], other = b[b.rank() - (transposed_.b ? 1 : 2)];
    if (depth != other) fail(fmt::format("inner dimensions differ ({} against {})", depth, other), inputs);
    std::vector<int64_t> dims = batch_axes(inputs);
    dims.push_back(a[a.rank() - (transposed_.a ? 1 : 2)]);
    dims.push_back(b[b.rank() - (transposed_.b ? 2 : 1)]);
    return {inputs[0].dtype, Shape(dims)};
  }
  bool by_row(size_t input, std::span<const Type> inputs, const Type& output) const override {
    return has_rows_of(inputs[input].shape, output.shape);
  }
  double flops_per_row(std::span<const Type> inputs, const Type& output) const override {
    return 2.0 *
           static_cast<double>(output.shape.row_size() * MatrixExtents(inputs[0].shape, output.shape, transposed_).k);
  }
  int64_t scratch_bytes(std::span<const Type> inputs, const Type& output, int64_t) const override {
    if (!transposed_.b) return 0;
    const auto [m, k, n] = MatrixExtents(inputs[0].shape, output.shape, transposed_);
    const int64_t columns = (n + kWidestPanels - 1) / kWidestPanels * kWidestPanels;
    return k * columns * static_cast<int64_t>(size_of(output.dtype));
  }
  void run(const Block& block) const override { HWY_DYNAMIC_DISPATCH(batched_matmul_kernel)(block, transposed_); }

  /// C = A B: dA = dC B^T and dB = A^T dC; of a transposed operand the transpose of that. Summed over the axes along
  /// which an operand was broadcast.
  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    const auto [ta, tb] = transposed_;
    const Var da = ta ? batched_matmul(x[1], dy, {tb, true}) : batched_matmul(dy, x[1], {false, !tb});
    const Var db = tb ? batched_matmul(dy, x[0], {true, ta}) : batched_matmul(x[0], dy, {!ta, false});
    return {sum_to(da, x[0].shape()), sum_to(db, x[1].shape())};
  }

 private:
  [[noreturn]] static void fail(const std::string& what, std::span<const Type> inputs) {
    throw ShapeError(fmt::format("matmul: {}, {} x {}", what, inputs[0].str(), inputs[1].str()));
  }

  static bool holds_matrices(const Shape& x) { return x.rank() >= (x.has_rows() ? 3 : 2); }

  static std::vector<int64_t> batch_axes(std::span<const Type> inputs) {
    const int rank = std::max(inputs[0].shape.rank(), inputs[1].shape.rank()) - 2;
    std::vector<int64_t> dims(rank, 1);
    for (const Type& input : inputs) {
      const int more = rank - (input.shape.rank() - 2);
      for (int axis = 0; axis < rank - more; ++axis) {
        int64_t& dim = dims[more + axis];
        const int64_t extent = input.shape[axis];
        if ((extent == rows && more > 0) || (dim != 1 && extent != 1 && extent != dim))
          fail("batch axes do not broadcast together", inputs);
        if (dim == 1) dim = extent;
      }
    }
    return dims;
  }

  Transposed transposed_;
};

}  // namespace

Var batched_matmul(Var a, Var b, Transposed transposed) {
  return apply_op(std::make_shared<BatchedMatmul>(transposed), std::array{a, b});
}

}  // namespace reel
#endif  // HWY_ONCE
