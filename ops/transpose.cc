// Transposition of matrices.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/transpose.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include <fmt/format.h>

#include <array>

#include "reel/graph/error.h"
#include "reel/ops/ops.h"
#include "reel/ops/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

/// x [columns, stride], of which columns [first_row, first_row + rows) become rows of y.
template <class T>
void transpose_rows(const Block& block) {
  const int64_t columns = block.type->shape[1], stride = block.type->shape[0];
  transpose_block(block.in<T>(0) + block.first_row, stride, columns, block.rows, block.out<T>(), columns);
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

Var transpose(Var x) { return apply_op(std::make_shared<Transpose>(), std::array{x}); }

}  // namespace reel
#endif  // HWY_ONCE
