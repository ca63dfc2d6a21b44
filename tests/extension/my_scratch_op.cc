// An op that needs memory beside its operands.
#include <algorithm>

#include "extension/my_op.h"
#include "reel/graph/error.h"
#include "reel/ops/ops.h"

namespace mine {
namespace {

using reel::Type, reel::Var;

/// [..., n] to [..., 1]: the upper median of each vector; d = dy where x is it, shared among equals
struct Median final : reel::Op {
  std::string_view name() const override { return "mine.median"; }
  reel::Traits traits() const override { return {.vectorwise = true, .finite_gradient = true}; }
  Type infer(std::span<const Type> x) const override {
    if (x[0].shape.rank() < 2 || x[0].shape.back() == 0 || x[0].dtype == reel::DType::i32)
      throw reel::ShapeError("mine.median: needs floats [..., n], got " + x[0].str());
    return {x[0].dtype, x[0].shape.with_axis(x[0].shape.rank() - 1, 1)};
  }
  int64_t scratch_bytes(std::span<const Type> x, const Type&, int64_t) const override {
    return Type{x[0].dtype, {x[0].shape.back()}}.bytes();  // one vector, however many rows
  }
  template <class T>
  void run_typed(const reel::Block& block) const {
    const int64_t n = block.inputs[0].type->shape.back(), vectors = block.rows * block.type->shape.row_size();
    T* sorted = reinterpret_cast<T*>(block.scratch);
    for (int64_t i = 0; i < vectors; ++i) {
      std::copy_n(block.in<T>(0) + i * n, n, sorted);
      std::nth_element(sorted, sorted + n / 2, sorted + n);
      block.out<T>()[i] = sorted[n / 2];
    }
  }
  void run(const reel::Block& block) const override {
    block.type->dtype == reel::DType::f64 ? run_typed<double>(block) : run_typed<float>(block);
  }
  std::vector<Var> gradient(std::span<const Var> x, Var y, Var dy) const override {
    const Var is_median = equal(x[0], y);
    return {dy * is_median / reduce_sum(is_median, -1, true)};
  }
};

}  // namespace

Var median(Var x) { return apply_op(std::make_shared<Median>(), std::array{x}); }

}  // namespace mine
