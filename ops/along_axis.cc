// Elements picked by an index each along an axis, and the transpose: elements added at indices.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "reel/graph/error.h"
#include "reel/ops/axes.h"
#include "reel/ops/movement.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// Both ops move elements between a wide value [rows, outer..., n, inner...] and a narrow one [rows, outer..., m,
/// inner...], of which indices of the narrow one's shape say where in n they belong. Rows, outer axes and inner axes of
/// the indices may each be of extent 1: then one index stands for all.
class AlongAxis : public Op {
 public:
  explicit AlongAxis(int axis) : axis_(axis) {}
  bool by_row(size_t input, std::span<const Type> inputs, const Type& output) const override {
    return inputs[input].shape[0] == output.shape[0];
  }

 protected:
  void check_indices(const Type& indices, const Type& value) const {
    const Shape &own = indices.shape, &shape = value.shape;
    const auto fits = [&](int begin, int end) {
      const bool is_one = own.product(begin, end) == 1;
      return is_one || std::equal(own.dims().begin() + begin, own.dims().begin() + end, shape.dims().begin() + begin);
    };
    if (indices.dtype == DType::i32 && own.rank() == shape.rank() && axis_ > 0 && axis_ < shape.rank() && fits(0, 1) &&
        fits(1, axis_) && fits(axis_ + 1, shape.rank()))
      return;
    throw ShapeError(fmt::format("{}: needs i32 indices that broadcast along all axes but axis {}, got {} for {}",
                                 name(), axis_, indices.str(), value.str()));
  }

  /// f(wide, narrow, count): the offsets of what belongs together, `count` elements in one piece, for all of the block.
  template <class F>
  void each_piece(const Block& block, const int32_t* indices, const Shape& index, const Shape& wide,
                  const Shape& narrow, F&& f) const {
    const int64_t outer = narrow.product(1, axis_), m = narrow[axis_], n = wide[axis_],
                  inner = narrow.product(axis_ + 1, narrow.rank());
    const int64_t own_inner = index.product(axis_ + 1, index.rank());
    const int64_t outer_step = index.product(1, axis_) == outer ? m * own_inner : 0,
                  row_step = index[0] == narrow[0] ? index.row_size() : 0;
    int64_t to = 0;
    for (int64_t row = 0; row < block.rows; ++row) {
      for (int64_t o = 0; o < outer; ++o) {
        const int32_t* at = indices + row * row_step + o * outer_step;
        const int64_t begin = (row * outer + o) * n * inner;
        for (int64_t j = 0; j < m; ++j, at += own_inner, to += inner) {
          if (own_inner != inner) {
            f(begin + checked(*at, n) * inner, to, inner);
            continue;
          }
          for (int64_t i = 0; i < inner; ++i) f(begin + checked(at[i], n) * inner + i, to + i, int64_t{1});
        }
      }
    }
  }

  int axis_;

 private:
  int64_t checked(int32_t index, int64_t n) const {
    const int64_t from_front = index < 0 ? index + n : index;
    if (from_front < 0 || from_front >= n) {
      throw ValueError(fmt::format("{}: index {} is outside the axis, which has {} elements", name(), index, n));
    }
    return from_front;
  }
};

class TakeAlongAxis final : public AlongAxis {
 public:
  using AlongAxis::AlongAxis;
  std::string_view name() const override { return "take_along_axis"; }
  std::string attributes() const override { return fmt::format("axis={}", axis_); }
  Type infer(std::span<const Type> inputs) const override {
    check_indices(inputs[1], inputs[0]);
    return {inputs[0].dtype, inputs[0].shape.with_axis(axis_, inputs[1].shape[axis_])};
  }
  /// Elements of 4 bytes pass as integers.
  void run(const Block& block) const override {
    block.type->dtype == DType::f64 ? run_typed<double>(block) : run_typed<int32_t>(block);
  }
  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    return {add_along_axis(x[1], dy, axis_, x[0].shape()[axis_]), Var{}};
  }

 private:
  template <class T>
  void run_typed(const Block& block) const {
    const T* x = block.in<T>(0);
    T* y = block.out<T>();
    each_piece(block, block.in<int32_t>(1), block.inputs[1].type->shape, block.inputs[0].type->shape, block.type->shape,
               [=](int64_t wide, int64_t narrow, int64_t count) { std::copy_n(x + wide, count, y + narrow); });
  }
};

class AddAlongAxis final : public AlongAxis {
 public:
  AddAlongAxis(int axis, int64_t extent) : AlongAxis(axis), extent_(extent) {}
  std::string_view name() const override { return "add_along_axis"; }
  std::string attributes() const override { return fmt::format("axis={}, extent={}", axis_, extent_); }
  Traits traits() const override { return {.accumulates = true}; }
  Type infer(std::span<const Type> inputs) const override {
    check_indices(inputs[0], inputs[1]);
    if (inputs[1].dtype == DType::i32 || inputs[0].shape[axis_] != inputs[1].shape[axis_]) {
      throw ShapeError(
          fmt::format("add_along_axis: needs float updates with an index each along axis {}, got {} and {}", axis_,
                      inputs[0].str(), inputs[1].str()));
    }
    return {inputs[1].dtype, inputs[1].shape.with_axis(axis_, extent_)};
  }
  void run(const Block& block) const override {
    block.type->dtype == DType::f64 ? run_typed<double>(block) : run_typed<float>(block);
  }
  double flops_per_row(std::span<const Type> inputs, const Type&) const override {
    return static_cast<double>(inputs[1].shape.row_size());
  }
  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    return {Var{}, take_along_axis(dy, x[0], axis_)};
  }

 private:
  template <class T>
  void run_typed(const Block& block) const {
    const T* x = block.in<T>(1);
    T* y = block.out<T>();
    each_piece(block, block.in<int32_t>(0), block.inputs[0].type->shape, block.type->shape, block.inputs[1].type->shape,
               [=](int64_t wide, int64_t narrow, int64_t count) {
                 for (int64_t i = 0; i < count; ++i) y[wide + i] += x[narrow + i];
               });
  }

  int64_t extent_;
};

/// What x and indices broadcast to, each with its own extent along the axis.
Shape broadcast_beside(Var x, Var indices, int axis) {
  std::vector<int64_t> dims(x.shape().dims().begin(), x.shape().dims().end());
  for (int i = 0; i < x.shape().rank(); ++i) {
    if (i != axis && dims[static_cast<size_t>(i)] == 1) dims[static_cast<size_t>(i)] = indices.shape()[i];
  }
  return Shape(dims);
}

/// Indices of which the outer or the inner axes are neither all there nor all of extent 1, broadcast so that they are.
Var walkable(Var indices, const Shape& whole, int axis) {
  Shape shape = indices.shape();
  for (const auto& [begin, end] : {std::pair{1, axis}, std::pair{axis + 1, shape.rank()}}) {
    if (shape.product(begin, end) == 1) continue;
    for (int i = begin; i < end; ++i) shape = shape.with_axis(i, shape[i] == 1 ? whole[i] : shape[i]);
  }
  return broadcast_to(indices, shape);
}

}  // namespace

Var take_along_axis(Var x, Var indices, int axis) {
  const int along = axis_of("take_along_axis", x, axis);
  refuse_row_axis("take_along_axis", x, along);
  if (indices.shape().rank() != x.shape().rank()) {
    throw ShapeError(fmt::format("take_along_axis: needs indices of as many axes as the values have, got {} for {}",
                                 indices.type().str(), x.type().str()));
  }
  if (along == 0) return from_one_row(take_along_axis(as_one_row(x), as_one_row(indices), 1));
  const Var wide = broadcast_to(x, broadcast_beside(x, indices, along));
  return apply_op(std::make_shared<TakeAlongAxis>(along), std::array{wide, walkable(indices, wide.shape(), along)});
}

Var add_along_axis(Var indices, Var updates, int axis, int64_t extent) {
  const int along = axis_of("add_along_axis", updates, axis);
  refuse_row_axis("add_along_axis", updates, along);
  if (along == 0) return from_one_row(add_along_axis(as_one_row(indices), as_one_row(updates), 1, extent));
  if (indices.shape().rank() == updates.shape().rank()) indices = walkable(indices, updates.shape(), along);
  return apply_op(std::make_shared<AddAlongAxis>(along, extent), std::array{indices, updates});
}

}  // namespace reel
