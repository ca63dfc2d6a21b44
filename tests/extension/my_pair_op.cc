// An op with several outputs: it packs them along axis 1, and whoever wants one picks its part, which is a view.
#include <cmath>

#include "extension/my_op.h"
#include "reel/graph/error.h"
#include "reel/ops/ops.h"

namespace mine {
namespace {

using reel::Type, reel::Var;

/// [rows, n] to [rows, 2]: mean m and variance v of each row; d = (dm + 2 (x - m) dv) / n
struct Moments final : reel::Op {
  std::string_view name() const override { return "mine.moments"; }
  Type infer(std::span<const Type> x) const override {
    if (x[0].shape.rank() != 2 || x[0].dtype == reel::DType::i32)
      throw reel::ShapeError("mine.moments: needs floats [rows, n], got " + x[0].str());
    return {x[0].dtype, x[0].shape.with_axis(1, 2)};
  }
  template <class T>
  void run_typed(const reel::Block& block) const {
    const int64_t n = block.inputs[0].type->shape.back();
    for (int64_t row = 0; row < block.rows; ++row) {
      const T* x = block.in<T>(0) + row * n;
      T mean = 0, variance = 0;
      for (int64_t i = 0; i < n; ++i) mean += x[i] / static_cast<T>(n);
      for (int64_t i = 0; i < n; ++i) variance += (x[i] - mean) * (x[i] - mean) / static_cast<T>(n);
      block.out<T>()[2 * row] = mean, block.out<T>()[2 * row + 1] = variance;
    }
  }
  void run(const reel::Block& block) const override {
    block.type->dtype == reel::DType::f64 ? run_typed<double>(block) : run_typed<float>(block);
  }
  std::vector<Var> gradient(std::span<const Var> x, Var y, Var dy) const override {
    const auto part = [](Var both, int64_t i) { return slice(both, 1, i, 1); };
    return {(part(dy, 0) + 2.0 * (x[0] - part(y, 0)) * part(dy, 1)) / static_cast<double>(x[0].shape().back())};
  }
};

}  // namespace

std::pair<Var, Var> moments(Var x) {
  const Var both = apply_op(std::make_shared<Moments>(), std::array{x});
  return {slice(both, 1, 0, 1), slice(both, 1, 1, 1)};
}

}  // namespace mine
