// Matrix products.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/matmul.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reel/graph/error.h"
#include "reel/ops/axes.h"
#include "reel/ops/batched_matmul.h"
#include "reel/ops/gemm/gemm-inl.h"
#include "reel/ops/gemm/pack-inl.h"
#include "reel/ops/layout.h"
#include "reel/ops/ops.h"

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

/// Columns that a group of panels holds for every vector width: the unit in which packed operands are cut.
constexpr int64_t kGroupColumns = 32;

/// C [m, n] = A [m, k] B [k, n], plus a third operand if there is one: [m, n], or a row [n] that is added to all.
template <class T>
void multiply_rows(const Block& block, int64_t m, int64_t k, int64_t n, Layout layout) {
  constexpr int64_t columns = kGemmColumns<T>;
  const T* addend = block.inputs.size() > 2 ? block.in<T>(2) : nullptr;
  const int64_t addend_row = addend != nullptr && block.inputs[2].type->shape.rank() > 1 ? n : 0;
  const bool plain = layout == Layout::plain, transposed = layout == Layout::transposed;
  gemm<T>({m, n, k, block.in<T>(0), k, 1, block.in<T>(1), plain ? columns : k * columns,
           plain        ? n
           : transposed ? 1
                        : columns,
           block.out<T>(), n, nullptr, addend, addend_row, transposed ? k : 1});
}

/// C [k, n] += sum over the blocks of A [m, k]^T B [m, n], m = block rows * vectors
template <class T>
void multiply_transposed(std::span<const Block> blocks, int64_t vectors, int64_t k, int64_t n) {
  constexpr size_t kMostPairs = 16;  // at a time
  std::array<GemmPair<T>, kMostPairs> pairs;
  for (size_t begin = 0; begin < blocks.size(); begin += kMostPairs) {
    const size_t count = std::min(kMostPairs, blocks.size() - begin);
    for (size_t i = 0; i < count; ++i) {
      const Block& block = blocks[begin + i];
      pairs[i] = {block.in<T>(0), block.in<T>(1), block.rows * vectors};
    }
    gemm_transposed<T>({pairs.data(), count}, k, k, n, blocks[0].out<T>());
  }
}

/// Some rows of the same C, made anew: sums over all of the batch of some columns of A.
template <class T>
void multiply_columns(const Block& block, int64_t vectors, int64_t k, int64_t n) {
  const Gemm<T> g{.m = block.rows,
                  .n = n,
                  .k = vectors,
                  .a = block.in<T>(0) + block.first_row,
                  .a_row = 1,
                  .a_k = k,
                  .b = block.in<T>(1),
                  .b_panel = kGemmColumns<T>,
                  .b_k = n,
                  .c = block.out<T>(),
                  .c_row = n,
                  .initial = nullptr,
                  .addend = nullptr,
                  .addend_row = 0};
  g.has_far_b() ? gemm(g) : gemm_in_order(g);
}

template <class T>
void pack_groups(const Block& block, int64_t k, int64_t n, bool transposed) {
  constexpr int64_t panels = kGroupColumns / kGemmColumns<T>;
  pack_panels(block.in<T>(0), k, n, transposed, block.first_row * panels, block.rows * panels, block.out<T>());
}

void matmul_kernel(const Block& block, int64_t m, int64_t k, int64_t n, Layout layout) {
  block.type->dtype == DType::f64 ? multiply_rows<double>(block, m, k, n, layout)
                                  : multiply_rows<float>(block, m, k, n, layout);
}
void matmul_tn_kernel(std::span<const Block> blocks, int64_t vectors, int64_t k, int64_t n) {
  blocks[0].type->dtype == DType::f64 ? multiply_transposed<double>(blocks, vectors, k, n)
                                      : multiply_transposed<float>(blocks, vectors, k, n);
}
void matmul_tn_by_output_kernel(const Block& block, int64_t vectors, int64_t k, int64_t n) {
  block.type->dtype == DType::f64 ? multiply_columns<double>(block, vectors, k, n)
                                  : multiply_columns<float>(block, vectors, k, n);
}
void pack_kernel(const Block& block, int64_t k, int64_t n, bool transposed) {
  block.type->dtype == DType::f64 ? pack_groups<double>(block, k, n, transposed)
                                  : pack_groups<float>(block, k, n, transposed);
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reel {
namespace {

HWY_EXPORT(matmul_kernel);
HWY_EXPORT(matmul_tn_kernel);
HWY_EXPORT(matmul_tn_by_output_kernel);
HWY_EXPORT(pack_kernel);

using HWY_NAMESPACE::kFarBytes;
using HWY_NAMESPACE::kGemmDepth;
using HWY_NAMESPACE::kGroupColumns;

/// Vectors along the last axis in one row.
int64_t vectors_per_row(const Shape& shape) { return shape.product(1, shape.rank() - 1); }

[[noreturn]] void fail(std::string_view op, const std::string& what, std::span<const Type> inputs) {
  throw ShapeError(fmt::format("{}: {}, {} x {}", op, what, inputs[0].str(), inputs[1].str()));
}

void check_floats(std::string_view op, std::span<const Type> inputs) {
  if (inputs[0].dtype == DType::i32 || inputs[0].dtype != inputs[1].dtype)
    fail(op, "needs operands of one float type", inputs);
}

double product_flops(const Shape& a, int64_t n) { return 2.0 * static_cast<double>(vectors_per_row(a) * a.back() * n); }

/// Elements of a second operand that is better packed: smaller ones lie in the nearest cache as they are.
constexpr int64_t kWorthPacking = 512;

/// B laid out in panels for the product kernel: [k, n], or transposed [n, k] -> [ceil(n / 32), k, 32].
class Pack final : public Op {
 public:
  explicit Pack(bool transposed) : transposed_(transposed) {}
  std::string_view name() const override { return transposed_ ? "pack_transposed" : "pack"; }
  Type infer(std::span<const Type> inputs) const override {
    const Shape& b = inputs[0].shape;
    return {inputs[0].dtype, {(columns(b) + kGroupColumns - 1) / kGroupColumns, depth(b), kGroupColumns}};
  }
  bool by_row(size_t, std::span<const Type>, const Type&) const override { return false; }
  void run(const Block& block) const override {
    const Shape& b = block.inputs[0].type->shape;
    HWY_DYNAMIC_DISPATCH(pack_kernel)(block, depth(b), columns(b), transposed_);
  }

 private:
  int64_t depth(const Shape& b) const { return b[transposed_ ? 1 : 0]; }
  int64_t columns(const Shape& b) const { return b[transposed_ ? 0 : 1]; }

  bool transposed_;
};

/// What the products of rows with a matrix that is read whole have in common: a third operand may be added.
class RowProduct : public Op {
 public:
  RowProduct(Layout layout, bool has_addend) : layout_(layout), has_addend_(has_addend) {}
  Traits traits() const override { return {.vectorwise = true, .finite_gradient = true}; }
  bool by_row(size_t input, std::span<const Type> inputs, const Type& output) const override {
    return input == 0 || (input == 2 && inputs[2].shape.rank() == output.shape.rank());
  }
  /// An element of the addend is read right before it is written, unless what is written first is part of a sum.
  bool may_overwrite(size_t input, std::span<const Type> inputs) const override {
    return input == 2 && inputs[0].shape.back() <= kGemmDepth;
  }
  double flops_per_row(std::span<const Type> inputs, const Type& output) const override {
    return product_flops(inputs[0].shape, output.shape.back());
  }
  void run(const Block& block) const override {
    const Shape& a = block.inputs[0].type->shape;
    HWY_DYNAMIC_DISPATCH(matmul_kernel)
    (block, block.rows * vectors_per_row(a), a.back(), block.type->shape.back(), layout_);
  }

 protected:
  Layout layout_;
  bool has_addend_;
};

/// A product whose second operand has been packed.
class PackedMatmul final : public RowProduct {
 public:
  explicit PackedMatmul(int64_t columns, bool has_addend = false)
      : RowProduct(Layout::packed, has_addend), columns_(columns) {}
  std::string_view name() const override { return has_addend_ ? "matmul_add_packed" : "matmul_packed"; }
  std::string attributes() const override { return fmt::format("columns={}", columns_); }
  Type infer(std::span<const Type> inputs) const override {
    const Shape& a = inputs[0].shape;
    return {inputs[0].dtype, a.with_axis(a.rank() - 1, columns_)};
  }
  OpPtr with_addend() const override { return has_addend_ ? nullptr : std::make_shared<PackedMatmul>(columns_, true); }

 private:
  int64_t columns_;
};

/// A [..., k] x B, [k, n] or transposed [n, k]
class Matmul final : public RowProduct {
 public:
  explicit Matmul(bool transposed, bool has_addend = false)
      : RowProduct(transposed ? Layout::transposed : Layout::plain, has_addend) {}
  std::string_view name() const override {
    if (transposed()) return has_addend_ ? "matmul_nt_add" : "matmul_nt";
    return has_addend_ ? "matmul_add" : "matmul";
  }

  Type infer(std::span<const Type> inputs) const override {
    check_floats(name(), inputs);
    const Shape &a = inputs[0].shape, &b = inputs[1].shape;
    if (a.rank() < 2 || b.rank() != 2) {
      fail(name(), fmt::format("needs [..., k] with at least two axes and {}", transposed() ? "[n, k]" : "[k, n]"),
           inputs);
    }
    if (b.has_rows()) fail(name(), "the second operand is read whole and cannot have the row axis", inputs);
    const int64_t depth = b[transposed() ? 1 : 0];
    if (a.back() != depth)
      fail(name(), fmt::format("inner dimensions differ ({} against {})", a.back(), depth), inputs);
    return {inputs[0].dtype, a.with_axis(a.rank() - 1, columns(b))};
  }

  OpPtr with_addend() const override { return has_addend_ ? nullptr : std::make_shared<Matmul>(transposed(), true); }

  /// Packing pays where many rows read the operand, and its panels are not mostly padding. Of a far one that is read
  /// once or by few rows the kernel packs as much as it takes at a time: laid out before, it would go to memory and
  /// back.
  std::optional<Prepack> prepack(std::span<const Type> inputs) const override {
    const Shape& b = inputs[1].shape;
    if (!transposed() && (columns(b) < kGroupColumns / 2 || b.size() < kWorthPacking)) return std::nullopt;
    const int64_t least_vectors = inputs[1].bytes() < kFarBytes ? 32 : 64;
    const int64_t vectors = std::max<int64_t>(vectors_per_row(inputs[0].shape), 1);
    return Prepack{1, (least_vectors + vectors - 1) / vectors, std::make_shared<Pack>(transposed()),
                   std::make_shared<PackedMatmul>(columns(b), has_addend_)};
  }

  /// C = A B: dA = dC B^T, dB = sum over rows of A^T dC; C = A B^T: dA = dC B, dB = sum over rows of dC^T A. An
  /// addend's is dC, summed where it was broadcast
  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    std::vector<Var> adjoints;
    if (transposed()) {
      adjoints = {matmul(dy, x[1]), matmul_tn(dy, x[0])};
    } else {
      adjoints = {matmul_nt(dy, x[1]), matmul_tn(x[0], dy)};
    }
    if (has_addend_) adjoints.push_back(sum_to(dy, x[2].shape()));
    return adjoints;
  }

 private:
  bool transposed() const { return layout_ == Layout::transposed; }
  int64_t columns(const Shape& b) const { return b[transposed() ? 0 : 1]; }
};

/// sum of A^T B over all vectors of A [..., k] and B [..., n]
class TransposedProduct : public Op {
 public:
  Type infer(std::span<const Type> inputs) const override {
    check_floats(name(), inputs);
    const Shape &a = inputs[0].shape, &b = inputs[1].shape;
    if (a.rank() < 2 || a.rank() != b.rank() || !(a.with_axis(a.rank() - 1, 1) == b.with_axis(b.rank() - 1, 1))) {
      fail(name(), "needs [..., k] and [..., n] with the same leading axes", inputs);
    }
    return {inputs[0].dtype, {a.back(), b.back()}};
  }

  /// C = sum A^T B: dA = B dC^T, dB = A dC
  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    return {matmul_nt(x[1], dy), matmul(x[0], dy)};
  }
};

/// The same by rows of the output, each from a column of A and all of B.
class MatmulTnByOutput final : public TransposedProduct {
 public:
  std::string_view name() const override { return "matmul_tn_by_output"; }
  bool by_row(size_t, std::span<const Type>, const Type&) const override { return false; }
  double flops_per_row(std::span<const Type> inputs, const Type& output) const override {
    return 2.0 * static_cast<double>(inputs[0].shape.product(0, inputs[0].shape.rank() - 1) * output.shape.back());
  }
  void run(const Block& block) const override {
    const Shape& a = block.inputs[0].type->shape;
    const int64_t rows_of_a = a.has_rows() ? block.batch_rows : a.lead();
    HWY_DYNAMIC_DISPATCH(matmul_tn_by_output_kernel)
    (block, rows_of_a * vectors_per_row(a), a.back(), block.type->shape.back());
  }
};

class MatmulTn final : public TransposedProduct {
 public:
  std::string_view name() const override { return "matmul_tn"; }
  Traits traits() const override { return {.accumulates = true, .reduces_rows = true, .contraction = true}; }
  bool by_row(size_t, std::span<const Type>, const Type&) const override { return true; }
  OpPtr by_output_rows() const override { return std::make_shared<MatmulTnByOutput>(); }

  double flops_per_row(std::span<const Type> inputs, const Type&) const override {
    return product_flops(inputs[0].shape, inputs[1].shape.back());
  }

  void run(const Block& block) const override { run_many({&block, 1}); }
  void run_many(std::span<const Block> blocks) const override {
    const Shape &a = blocks[0].inputs[0].type->shape, &b = blocks[0].inputs[1].type->shape;
    HWY_DYNAMIC_DISPATCH(matmul_tn_kernel)(blocks, vectors_per_row(a), a.back(), b.back());
  }
};

/// One matrix b for all of a is read whole, by what is made for it. Matrices each are read as they lay before they were
/// transposed.
Var product(Var a, Var b, bool transposed) {
  if (!a || !b || b.shape().rank() <= 2) return apply_op(std::make_shared<Matmul>(transposed), std::array{a, b});
  const Var a_before = transposed_from(a), b_before = transposed_from(b);
  return batched_matmul(a_before ? a_before : a, b_before ? b_before : b,
                        {.a = bool(a_before), .b = transposed != bool(b_before)});
}

}  // namespace

Var matmul(Var a, Var b) { return product(a, b, false); }
Var matmul_nt(Var a, Var b) { return product(a, b, true); }
Var matmul_tn(Var a, Var b) { return apply_op(std::make_shared<MatmulTn>(), std::array{a, b}); }

}  // namespace reel
#endif  // HWY_ONCE
