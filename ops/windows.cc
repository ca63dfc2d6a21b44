#include "reel/ops/windows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "reel/graph/error.h"
#include "reel/ops/ops.h"

namespace reel {

int64_t WindowAxis::count(int64_t extent) const {
  const int64_t room = extent + before + after - (size - 1) * dilation - 1;
  return room < 0 ? 0 : room / stride + 1;
}

std::string WindowAxis::str() const {
  return fmt::format("{} (stride {}, dilation {}, padding {} and {})", size, stride, dilation, before, after);
}

namespace {

std::string str_of(const WindowAxes& axes) { return fmt::format("windows {} x {}", axes[0].str(), axes[1].str()); }

void check(const WindowAxes& axes) {
  for (const WindowAxis& axis : axes) {
    if (axis.size >= 1 && axis.stride >= 1 && axis.dilation >= 1 && axis.before >= 0 && axis.after >= 0) continue;
    throw ValueError(
        fmt::format("windows: sizes, strides and dilations are at least 1, padding at least 0, got {}", str_of(axes)));
  }
}

/// The parts of a line of an image that a line of a window takes, which begins at element `first` of it: calls
/// `copy(element, place in the window, count)` for what is there, and `pad(place, count)` for what is not.
template <class Copy, class Pad>
void for_each_part(const WindowAxis& axis, int64_t width, int64_t first, Copy&& copy, Pad&& pad) {
  if (axis.dilation == 1) {
    const int64_t begin = std::clamp<int64_t>(-first, 0, axis.size);
    const int64_t end = std::clamp<int64_t>(width - first, begin, axis.size);
    if (begin > 0) pad(0, begin);
    if (end > begin) copy(first + begin, begin, end - begin);
    if (end < axis.size) pad(end, axis.size - end);
    return;
  }
  for (int64_t j = 0; j < axis.size; ++j) {
    const int64_t element = first + j * axis.dilation;
    if (element >= 0 && element < width)
      copy(element, j, 1);
    else
      pad(j, 1);
  }
}

/// The same for all windows of an image [rows, height, width, channels]: `copy(offset in the image, offset in the
/// windows, count)` and `pad(offset in the windows, count)`, where each element of a channel counts.
template <class Copy, class Pad>
void for_each_run(const WindowAxes& axes, const Shape& image, Copy&& copy, Pad&& pad) {
  const auto& [tall, wide] = axes;
  const int64_t height = image[1], width = image[2], channels = image[3];
  const int64_t down = tall.count(height), across = wide.count(width);
  int64_t at = 0;
  const auto take_line = [&](int64_t line, int64_t first) {
    if (line < 0 || line >= height) return pad(at, wide.size * channels);
    for_each_part(
        wide, width, first,
        [&](int64_t element, int64_t place, int64_t count) {
          copy((line * width + element) * channels, at + place * channels, count * channels);
        },
        [&](int64_t place, int64_t count) { pad(at + place * channels, count * channels); });
  };
  for (int64_t y = 0; y < down; ++y) {
    for (int64_t x = 0; x < across; ++x) {
      for (int64_t i = 0; i < tall.size; ++i, at += wide.size * channels) {
        take_line(y * tall.stride - tall.before + i * tall.dilation, x * wide.stride - wide.before);
      }
    }
  }
}

class Windows final : public Op {
 public:
  Windows(const WindowAxes& axes, double padding) : axes_(axes), padding_(padding) {}
  std::string_view name() const override { return "windows"; }
  std::string attributes() const override { return fmt::format("{}, padded with {}", str_of(axes_), padding_); }

  Type infer(std::span<const Type> inputs) const override {
    check(axes_);
    const Shape& x = inputs[0].shape;
    if (x.rank() != 4) throw ShapeError(fmt::format("windows: needs [rows, height, width, channels], got {}", x.str()));
    const int64_t down = axes_[0].count(x[1]), across = axes_[1].count(x[2]);
    if (down < 1 || across < 1) throw ShapeError(fmt::format("windows: {} do not fit in {}", str_of(axes_), x.str()));
    return {inputs[0].dtype, {x[0], down, across, axes_[0].size, axes_[1].size, x[3]}};
  }

  void run(const Block& block) const override {
    switch (block.type->dtype) {
      case DType::f32: return run_as<float>(block);
      case DType::f64: return run_as<double>(block);
      case DType::i32: return run_as<int32_t>(block);
    }
  }

  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    return {fold_windows(dy, axes_, x[0].shape()[1], x[0].shape()[2])};
  }

 private:
  template <class T>
  void run_as(const Block& block) const {
    const Shape& image = block.inputs[0].type->shape;
    const T padding = static_cast<T>(padding_);
    for (int64_t row = 0; row < block.rows; ++row) {
      const T* from = block.in<T>(0) + row * image.row_size();
      T* to = block.out<T>() + row * block.type->shape.row_size();
      for_each_run(
          axes_, image,
          [&](int64_t image_at, int64_t window_at, int64_t count) {
            std::memcpy(to + window_at, from + image_at, static_cast<size_t>(count) * sizeof(T));
          },
          [&](int64_t window_at, int64_t count) { std::fill_n(to + window_at, count, padding); });
    }
  }

  WindowAxes axes_;
  double padding_;
};

class FoldWindows final : public Op {
 public:
  FoldWindows(const WindowAxes& axes, int64_t height, int64_t width) : axes_(axes), height_(height), width_(width) {}
  std::string_view name() const override { return "fold_windows"; }
  std::string attributes() const override { return fmt::format("{} of {} x {}", str_of(axes_), height_, width_); }

  Type infer(std::span<const Type> inputs) const override {
    check(axes_);
    const Shape& y = inputs[0].shape;
    const bool fits = y.rank() == 6 && y[1] == axes_[0].count(height_) && y[2] == axes_[1].count(width_) &&
                      y[3] == axes_[0].size && y[4] == axes_[1].size && inputs[0].dtype != DType::i32;
    if (!fits) {
      throw ShapeError(fmt::format("fold_windows: {} are no {} of {} x {} elements", inputs[0].str(), str_of(axes_),
                                   height_, width_));
    }
    return {inputs[0].dtype, {y[0], height_, width_, y[5]}};
  }

  double flops_per_row(std::span<const Type> inputs, const Type&) const override {
    return static_cast<double>(inputs[0].shape.row_size());
  }

  void run(const Block& block) const override {
    if (block.type->dtype == DType::f64) return run_as<double>(block);
    run_as<float>(block);
  }

  std::vector<Var> gradient(std::span<const Var>, Var, Var dy) const override { return {windows(dy, axes_)}; }

 private:
  template <class T>
  void run_as(const Block& block) const {
    const Shape& image = block.type->shape;
    std::fill_n(block.out<T>(), block.rows * image.row_size(), T(0));
    for (int64_t row = 0; row < block.rows; ++row) {
      const T* from = block.in<T>(0) + row * block.inputs[0].type->shape.row_size();
      T* to = block.out<T>() + row * image.row_size();
      for_each_run(
          axes_, image,
          [&](int64_t image_at, int64_t window_at, int64_t count) {
            for (int64_t k = 0; k < count; ++k) to[image_at + k] += from[window_at + k];
          },
          [](int64_t, int64_t) {});
    }
  }

  WindowAxes axes_;
  int64_t height_, width_;
};

}  // namespace

Var windows(Var x, const WindowAxes& axes, double padding) {
  return apply_op(std::make_shared<Windows>(axes, padding), std::array{x});
}

Var fold_windows(Var y, const WindowAxes& axes, int64_t height, int64_t width) {
  return apply_op(std::make_shared<FoldWindows>(axes, height, width), std::array{y});
}

}  // namespace reel
