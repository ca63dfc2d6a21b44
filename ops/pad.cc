// Values surrounded by a constant.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "reel/graph/error.h"
#include "reel/ops/axes.h"
#include "reel/ops/elementwise.h"
#include "reel/ops/movement.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// Along all axes but axis 0.
class Pad final : public Op {
 public:
  Pad(std::vector<PadWidth> widths, double value) : widths_(std::move(widths)), value_(value) {}
  std::string_view name() const override { return "pad"; }
  std::string attributes() const override {
    std::string text = fmt::format("value={}", value_);
    for (const auto& [before, after] : widths_) text += fmt::format(", {}+{}", before, after);
    return text;
  }

  Type infer(std::span<const Type> inputs) const override {
    const Shape& x = inputs[0].shape;
    std::vector<int64_t> dims(x.dims().begin(), x.dims().end());
    for (size_t i = 1; i < dims.size(); ++i) dims[i] += widths_[i].before + widths_[i].after;
    return {inputs[0].dtype, Shape(dims)};
  }

  void run(const Block& block) const override {
    switch (block.type->dtype) {
      case DType::f32: return run_typed<float>(block);
      case DType::f64: return run_typed<double>(block);
      case DType::i32: return run_typed<int32_t>(block);
    }
  }

  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    for (int axis = 1; axis < x[0].shape().rank(); ++axis) {
      const int64_t extent = x[0].shape()[axis];
      if (dy.shape()[axis] != extent) dy = slice(dy, axis, widths_[static_cast<size_t>(axis)].before, extent);
    }
    return {dy};
  }

 private:
  template <class T>
  void run_typed(const Block& block) const {
    T* to = block.out<T>();
    const T* from = block.in<T>(0);
    std::fill_n(to, block.rows * block.type->shape.row_size(), static_cast<T>(value_));
    copy_axis(block, 0, from, to);
  }

  /// Copies one axis after the other, outermost first; at most as deep as a shape has axes.
  template <class T>
  void copy_axis(const Block& block, int axis, const T*& from, T* to) const {
    const Shape &x = block.inputs[0].type->shape, &y = block.type->shape;
    const int64_t extent = axis == 0 ? block.rows : x[axis], step = y.product(axis + 1, y.rank());
    if (axis > 0) to += widths_[static_cast<size_t>(axis)].before * step;
    if (axis == x.rank() - 1) {
      std::copy_n(from, extent, to);
      from += extent;
      return;
    }
    for (int64_t i = 0; i < extent; ++i) copy_axis(block, axis + 1, from, to + i * step);
  }

  std::vector<PadWidth> widths_;
  double value_;
};

}  // namespace

Var pad(Var x, std::span<const PadWidth> widths, double value) {
  const Shape& shape = x.shape();
  const auto is_any = [](const PadWidth& width) { return width.before != 0 || width.after != 0; };
  const bool fits = std::ranges::all_of(widths, [](const PadWidth& width) {
    return std::min(width.before, width.after) >= 0 && std::max(width.before, width.after) <= Shape::kMaxSize;
  });
  if (!fits || widths.size() != shape.dims().size()) {
    throw ShapeError(fmt::format("pad: needs widths of 0 or more for each of the {} axes of {}, got {} of them",
                                 shape.rank(), x.type().str(), widths.size()));
  }
  check_number("pad", value, x.dtype());
  if (std::ranges::none_of(widths, is_any)) return x;
  std::vector<PadWidth> all(widths.begin(), widths.end());
  const auto padded = [&](Var v) { return apply_op(std::make_shared<Pad>(all, value), std::array{v}); };
  if (!is_any(all[0])) return padded(x);
  refuse_row_axis("pad", x, 0);
  all.insert(all.begin(), PadWidth{});
  return from_one_row(padded(as_one_row(x)));
}

}  // namespace reel
