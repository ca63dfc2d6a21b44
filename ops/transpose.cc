// Axes in another order.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reel/ops/transpose.cc"
#include <hwy/foreach_target.h>  // before all other includes

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "reel/graph/error.h"
#include "reel/ops/axes.h"
#include "reel/ops/movement.h"
#include "reel/ops/ops.h"
#include "reel/ops/transpose-inl.h"

#ifndef REEL_OPS_TRANSPOSE_ONCE
#define REEL_OPS_TRANSPOSE_ONCE
namespace reel {

/// The axes of a block of the output, as few as describe it, with their strides in elements. What lies together on both
/// sides is one axis.
struct AxisWalk {
  int rank = 0;
  std::array<int64_t, Shape::kMaxRank> extent{}, from{}, to{};
  int64_t first = 0;  ///< element of the input that comes first

  void append(int64_t n, int64_t stride) {
    if (n == 1) return;
    if (rank > 0 && from[rank - 1] == stride * n) {
      extent[rank - 1] *= n, from[rank - 1] = stride;
      return;
    }
    extent[rank] = n, from[rank++] = stride;
  }

  AxisWalk(const Block& block, std::span<const int> axes) {
    const Shape& x = block.inputs[0].type->shape;
    for (size_t i = 0; i < axes.size(); ++i) {
      const int64_t stride = x.product(axes[i] + 1, x.rank());
      append(i == 0 ? block.rows : x[axes[i]], stride);
      if (i == 0 && axes[i] != 0) first = block.first_row * stride;
    }
    for (int64_t axis = rank - 1, step = 1; axis >= 0; step *= extent[axis--]) to[axis] = step;
  }

  /// The axis along which the input lies in one piece; -1 if there is none.
  int near_axis() const {
    const auto at = std::find(from.begin(), from.begin() + rank, 1);
    return at == from.begin() + rank ? -1 : static_cast<int>(at - from.begin());
  }
};

}  // namespace reel
#endif  // REEL_OPS_TRANSPOSE_ONCE

HWY_BEFORE_NAMESPACE();
namespace reel {
namespace HWY_NAMESPACE {

/// Pieces where the last axis lies in one piece on both sides; otherwise one matrix after the other is transposed.
template <class T>
void transpose_axes(const Block& block, std::span<const int> axes) {
  const AxisWalk walk(block, axes);
  const T* x = block.in<T>(0) + walk.first;
  T* y = block.out<T>();
  if (block.rows == 0 || block.type->shape.row_size() == 0) return;
  if (walk.rank == 0) {
    *y = *x;
    return;
  }
  const int last = walk.rank - 1, near = walk.near_axis();
  std::array<int64_t, Shape::kMaxRank> at{};
  for (;;) {
    if (near == last) {
      std::copy_n(x, walk.extent[last], y);
    } else if (near < 0) {
      transpose_block(x, walk.from[last], walk.extent[last], 1, y, 1);
    } else {
      transpose_block(x, walk.from[last], walk.extent[last], walk.extent[near], y, walk.to[near]);
    }
    int axis = last - 1;
    for (; axis >= 0; --axis) {
      if (axis == near) continue;
      x += walk.from[axis], y += walk.to[axis];
      if (++at[axis] < walk.extent[axis]) break;
      x -= walk.from[axis] * walk.extent[axis], y -= walk.to[axis] * walk.extent[axis];
      at[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/// Elements of 4 bytes pass as floats.
void transpose_kernel(const Block& block, std::span<const int> axes) {
  block.type->dtype == DType::f64 ? transpose_axes<double>(block, axes) : transpose_axes<float>(block, axes);
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
  /// Axes counted from the front; each of them once.
  explicit Transpose(std::vector<int> axes) : axes_(std::move(axes)) {}
  std::string_view name() const override { return "transpose"; }
  std::string attributes() const override { return fmt::format("axes={}", fmt::join(axes_, ", ")); }
  const std::vector<int>& axes() const { return axes_; }

  Type infer(std::span<const Type> inputs) const override {
    const Shape& x = inputs[0].shape;
    if (x.has_rows() && axes_[0] != 0) {
      throw ShapeError(fmt::format("transpose: the row axis stays axis 0, but the axes of {} are to become {}",
                                   inputs[0].str(), fmt::join(axes_, ", ")));
    }
    std::vector<int64_t> dims;
    for (const int axis : axes_) dims.push_back(x[axis]);
    return {inputs[0].dtype, Shape(dims)};
  }

  bool by_row(size_t, std::span<const Type>, const Type&) const override { return axes_[0] == 0; }
  void run(const Block& block) const override { HWY_DYNAMIC_DISPATCH(transpose_kernel)(block, axes_); }
  std::vector<Var> gradient(std::span<const Var>, Var, Var dy) const override {
    std::vector<int> back(axes_.size());
    for (size_t i = 0; i < axes_.size(); ++i) back[static_cast<size_t>(axes_[i])] = static_cast<int>(i);
    return {transpose(dy, back)};
  }

 private:
  std::vector<int> axes_;
};

/// The op that made x, if it is one of these.
const Transpose* transpose_of(Var x) { return dynamic_cast<const Transpose*>(x.graph().node(x).op.get()); }

std::vector<int> in_order(int rank) {
  std::vector<int> axes(static_cast<size_t>(rank));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

}  // namespace

Var transpose(Var x, std::span<const int> axes) {
  std::vector<int> sorted, from_front;
  for (const int axis : axes) from_front.push_back(axis_of("transpose", x, axis));
  sorted = from_front;
  std::ranges::sort(sorted);
  const std::vector<int> all = in_order(x.shape().rank());
  if (sorted != all) {
    throw ShapeError(
        fmt::format("transpose: needs each axis of {} once, got {}", x.type().str(), fmt::join(axes, ", ")));
  }
  if (from_front == all) return x;
  if (const Transpose* before = transpose_of(x)) {  // two are one
    for (int& axis : from_front) axis = before->axes()[static_cast<size_t>(axis)];
    return transpose(x.graph().var(x.graph().node(x).inputs[0]), from_front);
  }
  return apply_op(std::make_shared<Transpose>(from_front), std::array{x});
}

Var transpose(Var x) {
  std::vector<int> axes = in_order(x ? x.shape().rank() : 0);
  std::ranges::reverse(axes);
  return x && axes.size() < 2 ? x : apply_op(std::make_shared<Transpose>(axes), std::array{x});
}

Var swapaxes(Var x, int first, int second) {
  std::vector<int> axes = in_order(x.shape().rank());
  std::swap(axes[static_cast<size_t>(axis_of("swapaxes", x, first))],
            axes[static_cast<size_t>(axis_of("swapaxes", x, second))]);
  return transpose(x, axes);
}

Var moveaxis(Var x, int from, int to) {
  std::vector<int> axes = in_order(x.shape().rank());
  const int moved = axis_of("moveaxis", x, from);
  axes.erase(axes.begin() + moved);
  axes.insert(axes.begin() + axis_of("moveaxis", x, to), moved);
  return transpose(x, axes);
}

Var transposed_from(Var x) {
  const Transpose* op = transpose_of(x);
  if (op == nullptr || op->axes().size() < 3) return {};
  std::vector<int> axes = op->axes();
  std::iter_swap(axes.end() - 1, axes.end() - 2);
  return axes == in_order(static_cast<int>(axes.size())) ? x.graph().var(x.graph().node(x).inputs[0]) : Var{};
}

}  // namespace reel
#endif  // HWY_ONCE
