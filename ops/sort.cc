// Elements in order.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <utility>

#include "reel/graph/error.h"
#include "reel/ops/axes.h"
#include "reel/ops/movement.h"
#include "reel/ops/ops.h"
#include "reel/ops/sequences.h"

namespace reel {
namespace {

// Unsigned integers in the order of the elements: both zeros are one, and every NaN comes after all numbers.
uint32_t key_of(int32_t x) {
  return static_cast<uint32_t>(x) ^ uint32_t { 1 } << 31;
}
template <class T, class Bits>
Bits key_of_float(T x) {
  constexpr Bits kSign = Bits{1} << (8 * sizeof(Bits) - 1);
  if (x != x) return ~Bits{0};
  const Bits bits = std::bit_cast<Bits>(x == 0 ? T(0) : x);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}
uint32_t key_of(float x) { return key_of_float<float, uint32_t>(x); }
uint64_t key_of(double x) { return key_of_float<double, uint64_t>(x); }

template <class T>
using Key = decltype(key_of(T()));
template <class T>
using Ranked = std::pair<Key<T>, int32_t>;

/// The first `count` of the indices that put each vector along the last axis in order, of equals the first first.
class Argsort final : public Op {
 public:
  Argsort(int64_t count, bool descending) : count_(count), descending_(descending) {}
  std::string_view name() const override { return "argsort"; }
  std::string attributes() const override {
    return fmt::format("count={}{}", count_, descending_ ? ", descending" : "");
  }
  Type infer(std::span<const Type> inputs) const override {
    const Shape& x = inputs[0].shape;
    if (x.rank() < 2) throw ShapeError("argsort: needs [..., n] with at least two axes, got " + inputs[0].str());
    if (x.back() > std::numeric_limits<int32_t>::max())
      throw ShapeError("argsort: i32 does not hold all indices of " + inputs[0].str());
    return {DType::i32, x.with_axis(x.rank() - 1, count_)};
  }
  double flops_per_row(std::span<const Type> inputs, const Type&) const override {
    const double n = static_cast<double>(inputs[0].shape.back());
    return static_cast<double>(inputs[0].shape.row_size()) * (n < 2 ? 1 : std::bit_width(static_cast<uint64_t>(n)));
  }
  int64_t scratch_bytes(std::span<const Type> inputs, const Type&, int64_t) const override {
    return inputs[0].shape.back() * static_cast<int64_t>(sizeof(Ranked<double>));
  }
  void run(const Block& block) const override {
    switch (block.inputs[0].type->dtype) {
      case DType::f32: return run_typed<float>(block);
      case DType::f64: return run_typed<double>(block);
      case DType::i32: return run_typed<int32_t>(block);
    }
  }
  std::vector<Var> gradient(std::span<const Var>, Var, Var) const override { return {Var{}}; }

 private:
  template <class T>
  void run_typed(const Block& block) const {
    const Shape& shape = block.inputs[0].type->shape;
    const int64_t n = shape.back(), vectors = block.rows * shape.product(1, shape.rank() - 1);
    const T* x = block.in<T>(0);
    int32_t* y = block.out<int32_t>();
    auto* ranked = reinterpret_cast<Ranked<T>*>(block.scratch);
    for (int64_t i = 0; i < vectors; ++i, x += n, y += count_) {
      for (int64_t j = 0; j < n; ++j) {
        const Key<T> key = key_of(x[j]);
        ranked[j] = {descending_ ? ~key : key, static_cast<int32_t>(j)};
      }
      count_ < n ? std::partial_sort(ranked, ranked + count_, ranked + n) : std::sort(ranked, ranked + n);
      for (int64_t j = 0; j < count_; ++j) y[j] = ranked[j].second;
    }
  }

  int64_t count_;
  bool descending_;
};

}  // namespace

Var argsort(Var x, int axis, bool descending) {
  const int along = axis_of("argsort", x, axis);
  refuse_row_axis("argsort", x, along);
  return along_any_axis(x, along, [&](Var v, int at) {
    const Var last = moveaxis(v, at, -1);
    const Var order = apply_op(std::make_shared<Argsort>(last.shape().back(), descending), std::array{last});
    return moveaxis(order, -1, at);
  });
}

Var sort(Var x, int axis, bool descending) { return take_along_axis(x, argsort(x, axis, descending), axis); }

TopK top_k(Var x, int64_t k) {
  const int last = axis_of("top_k", x, -1);
  refuse_row_axis("top_k", x, last);
  if (k < 1 || k > x.shape()[last])
    throw ShapeError(
        fmt::format("top_k: needs 1 to {} elements, got k = {} of {}", x.shape()[last], k, x.type().str()));
  const Var indices =
      along_any_axis(x, last, [&](Var v, int) { return apply_op(std::make_shared<Argsort>(k, true), std::array{v}); });
  return {take_along_axis(x, indices, -1), indices};
}

}  // namespace reel
