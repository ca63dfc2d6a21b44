// Broadcasting, and its transpose: sums over the axes along which a value was broadcast.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reel/graph/error.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// Whether broadcasting `from` can give `to`: its axes are the last ones of `to`, or of extent 1.
bool broadcasts_to(const Shape& from, const Shape& to) {
  const int more = to.rank() - from.rank();
  if (more < 0 || (from.has_rows() && more > 0)) return false;
  for (int axis = 0; axis < from.rank(); ++axis) {
    if (from[axis] != 1 && from[axis] != to[more + axis]) return false;
  }
  return true;
}

class BroadcastTo final : public Op {
 public:
  explicit BroadcastTo(const Shape& shape) : shape_(shape) {}
  std::string_view name() const override { return "broadcast_to"; }
  std::string attributes() const override { return shape_.str(); }
  Type infer(std::span<const Type> inputs) const override {
    if (!broadcasts_to(inputs[0].shape, shape_)) {
      throw ShapeError(fmt::format("broadcast_to: {} does not broadcast to {}", inputs[0].str(), shape_.str()));
    }
    return {inputs[0].dtype, shape_};
  }
  bool by_row(size_t, std::span<const Type> inputs, const Type&) const override {
    const Shape& x = inputs[0].shape;
    return x.rank() > 0 && x.rank() == shape_.rank() && x[0] == shape_[0];
  }
  void run(const Block& block) const override {
    switch (block.type->dtype) {
      case DType::f32: return run_typed<float>(block);
      case DType::f64: return run_typed<double>(block);
      case DType::i32: return run_typed<int32_t>(block);
    }
  }
  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override { return {sum_to(dy, x[0].shape())}; }

 private:
  template <class T>
  void run_typed(const Block& block) const {
    T* to = block.out<T>();
    copy_axis(block, 0, block.in<T>(0), to);
  }

  /// Copies one axis after the other, outermost first; at most as deep as a shape has axes.
  template <class T>
  void copy_axis(const Block& block, int axis, const T* from, T*& to) const {
    if (axis == shape_.rank()) {
      *to++ = *from;
      return;
    }
    const Shape& x = block.inputs[0].type->shape;
    const int own = axis - (shape_.rank() - x.rank());
    const int64_t extent = axis == 0 ? block.rows : shape_[axis];
    const bool moves = own >= 0 && x[own] == shape_[axis] && shape_[axis] != 1;
    if (axis == shape_.rank() - 1) {
      to = moves ? std::copy_n(from, extent, to) : std::fill_n(to, extent, *from);
      return;
    }
    const int64_t step = moves ? x.product(own + 1, x.rank()) : 0;
    for (int64_t i = 0; i < extent; ++i) copy_axis(block, axis + 1, from + i * step, to);
  }

  Shape shape_;
};

}  // namespace

Var broadcast_to(Var x, const Shape& shape) {
  return x && x.shape() == shape ? x : apply_op(std::make_shared<BroadcastTo>(shape), std::array{x});
}

Var sum_to(Var x, const Shape& shape) {
  if (x.shape() == shape) return x;
  if (!broadcasts_to(shape, x.shape())) {
    throw ShapeError(
        fmt::format("sum_to: {} cannot be summed to {}, which does not broadcast to it", x.type().str(), shape.str()));
  }
  while (x.shape().rank() > shape.rank()) x = sum_rows(x);
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    if (x.shape()[axis] == shape[axis]) continue;
    x = axis > 0 ? reduce_sum(x, axis, true) : reshape(sum_rows(x), shape.with_lead(1));
  }
  return x;
}

}  // namespace reel
