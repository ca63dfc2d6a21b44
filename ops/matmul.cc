// Matrix products.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/matmul.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reel/graph/error.h"
#include "reel/ops/gemm-inl.h"
#include "reel/ops/gemm_pack-inl.h"
#include "reel/ops/gemm_transposed-inl.h"
#include "reel/ops/ops.h"

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

/// Columns that a group of panels holds for every vector width: the unit in which packed operands are cut.
constexpr int64_t kGroupColumns = 32;

/// C [m, n] = A [m, k] B [k, n], plus a third operand if there is one: [m, n], or a row [n] that is added to all.
template <class T>
void multiply_rows(const Block& block, int64_t m, int64_t k, int64_t n, bool packed) {
  constexpr int64_t columns = kGemmColumns<T>;
  const T* addend = block.inputs.size() > 2 ? block.in<T>(2) : nullptr;
  const int64_t addend_row = addend != nullptr && block.inputs[2].type->shape.rank() > 1 ? n : 0;
  gemm<T>({m, n, k, block.in<T>(0), k, 1, block.in<T>(1), packed ? k * columns : columns, packed ? columns : n,
           block.out<T>(), n, nullptr, addend, addend_row});
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
    gemm_transposed<T>({pairs.data(), count}, k, n, blocks[0].out<T>());
  }
}

template <class T>
void pack_groups(const Block& block, int64_t k, int64_t n) {
  constexpr int64_t panels = kGroupColumns / kGemmColumns<T>;
  pack_panels(block.in<T>(0), k, n, block.first_row * panels, block.rows * panels, block.out<T>());
}

void matmul_kernel(const Block& block, int64_t m, int64_t k, int64_t n, bool packed) {
  block.type->dtype == DType::f64 ? multiply_rows<double>(block, m, k, n, packed)
                                  : multiply_rows<float>(block, m, k, n, packed);
}
void matmul_transposed_kernel(std::span<const Block> blocks, int64_t vectors, int64_t k, int64_t n) {
  blocks[0].type->dtype == DType::f64 ? multiply_transposed<double>(blocks, vectors, k, n)
                                      : multiply_transposed<float>(blocks, vectors, k, n);
}
void pack_kernel(const Block& block, int64_t k, int64_t n) {
  block.type->dtype == DType::f64 ? pack_groups<double>(block, k, n) : pack_groups<float>(block, k, n);
}

}  // namespace HWY_NAMESPACE
}  // namespace reel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace reel {
namespace {

HWY_EXPORT(matmul_kernel);
HWY_EXPORT(matmul_transposed_kernel);
HWY_EXPORT(pack_kernel);

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

/// B laid out in panels for the product kernel: [k, n] -> [ceil(n / 32), k, 32].
class Pack final : public Op {
 public:
  std::string_view name() const override { return "pack"; }
  Type infer(std::span<const Type> inputs) const override {
    const Shape& b = inputs[0].shape;
    return {inputs[0].dtype, {(b[1] + kGroupColumns - 1) / kGroupColumns, b[0], kGroupColumns}};
  }
  bool by_row(size_t, std::span<const Type>, const Type&) const override { return false; }
  void run(const Block& block) const override {
    const Shape& b = block.inputs[0].type->shape;
    HWY_DYNAMIC_DISPATCH(pack_kernel)(block, b[0], b[1]);
  }
};

/// What the two products of rows with a matrix that is read whole have in common: a third operand may be added.
class RowProduct : public Op {
 public:
  RowProduct(bool is_packed, bool has_addend) : is_packed_(is_packed), has_addend_(has_addend) {}
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
    (block, block.rows * vectors_per_row(a), a.back(), block.type->shape.back(), is_packed_);
  }

 protected:
  bool is_packed_, has_addend_;
};

/// matmul whose second operand has been packed.
class PackedMatmul final : public RowProduct {
 public:
  explicit PackedMatmul(int64_t columns, bool has_addend = false) : RowProduct(true, has_addend), columns_(columns) {}
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

class Matmul final : public RowProduct {
 public:
  explicit Matmul(bool has_addend = false) : RowProduct(false, has_addend) {}
  std::string_view name() const override { return has_addend_ ? "matmul_add" : "matmul"; }

  Type infer(std::span<const Type> inputs) const override {
    check_floats(name(), inputs);
    const Shape &a = inputs[0].shape, &b = inputs[1].shape;
    if (a.rank() < 2 || b.rank() != 2) fail(name(), "needs [..., k] with at least two axes and [k, n]", inputs);
    if (b.has_rows()) fail(name(), "the second operand is read whole and cannot have the row axis", inputs);
    if (a.back() != b[0]) fail(name(), fmt::format("inner dimensions differ ({} against {})", a.back(), b[0]), inputs);
    return {inputs[0].dtype, a.with_axis(a.rank() - 1, b[1])};
  }

  OpPtr with_addend() const override { return has_addend_ ? nullptr : std::make_shared<Matmul>(true); }

  /// Packing pays where many rows read the operand, and its panels are not mostly padding.
  std::optional<Prepack> prepack(std::span<const Type> inputs) const override {
    const int64_t columns = inputs[1].shape[1], lead = inputs[0].shape.lead();
    if ((lead != rows && lead < 64) || columns < kGroupColumns / 2 || inputs[1].shape.size() < kWorthPacking)
      return std::nullopt;
    return Prepack{1, std::make_shared<Pack>(), std::make_shared<PackedMatmul>(columns)};
  }

  /// dA = dC B^T, dB = sum over rows of A^T dC; an addend's is dC, summed where it was broadcast
  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    std::vector<Var> adjoints{matmul(dy, transpose(x[1])), matmul_transposed(x[0], dy)};
    if (has_addend_) adjoints.push_back(sum_to(dy, x[2].shape()));
    return adjoints;
  }
};

class MatmulTransposed final : public Op {
 public:
  std::string_view name() const override { return "matmul_transposed"; }
  Traits traits() const override { return {.accumulates = true, .reduces_rows = true, .contraction = true}; }

  Type infer(std::span<const Type> inputs) const override {
    check_floats(name(), inputs);
    const Shape &a = inputs[0].shape, &b = inputs[1].shape;
    if (a.rank() < 2 || a.rank() != b.rank() || !(a.with_axis(a.rank() - 1, 1) == b.with_axis(b.rank() - 1, 1))) {
      fail(name(), "needs [..., k] and [..., n] with the same leading axes", inputs);
    }
    return {inputs[0].dtype, {a.back(), b.back()}};
  }

  bool by_row(size_t, std::span<const Type>, const Type&) const override { return true; }

  double flops_per_row(std::span<const Type> inputs, const Type&) const override {
    return product_flops(inputs[0].shape, inputs[1].shape.back());
  }

  void run(const Block& block) const override { run_many({&block, 1}); }
  void run_many(std::span<const Block> blocks) const override {
    const Shape &a = blocks[0].inputs[0].type->shape, &b = blocks[0].inputs[1].type->shape;
    HWY_DYNAMIC_DISPATCH(matmul_transposed_kernel)(blocks, vectors_per_row(a), a.back(), b.back());
  }

  /// C = sum A^T B: dA = B dC^T, dB = A dC
  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    return {matmul(x[1], transpose(dy)), matmul(x[0], dy)};
  }
};

}  // namespace

Var matmul(Var a, Var b) { return a.graph().add(std::make_shared<Matmul>(), std::array{a, b}); }
Var matmul_transposed(Var a, Var b) { return a.graph().add(std::make_shared<MatmulTransposed>(), std::array{a, b}); }

}  // namespace reel
#endif  // HWY_ONCE
