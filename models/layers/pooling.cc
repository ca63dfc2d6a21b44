#include "reel/models/layers/pooling.h"

#include <fmt/format.h>

#include <limits>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/losses/reduce.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// How many elements of an image each window holds: [down, across, 1]. What it is of is there in any window.
Tensor elements_in_windows(const WindowAxes& axes, const Shape& images) {
  const int64_t down = axes[0].count(images[1]), across = axes[1].count(images[2]);
  const auto within = [](const WindowAxis& axis, int64_t window, int64_t extent) {
    int64_t count = 0;
    for (int64_t i = 0; i < axis.size; ++i) {
      const int64_t element = window * axis.stride + i * axis.dilation - axis.before;
      if (element >= 0 && element < extent) ++count;
    }
    return count;
  };
  Tensor counts(DType::f32, {down, across, 1});
  for (int64_t y = 0; y < down; ++y) {
    for (int64_t x = 0; x < across; ++x) {
      counts.data<float>()[static_cast<size_t>(y * across + x)] =
          static_cast<float>(within(axes[0], y, images[1]) * within(axes[1], x, images[2]));
    }
  }
  return counts;
}

bool is_padded(const WindowAxes& axes) { return axes[0].before + axes[0].after + axes[1].before + axes[1].after > 0; }

Var as_float(Var x) { return x.dtype() == DType::i32 ? cast(x, DType::f32) : x; }

}  // namespace

Pooling::Pooling(int axes, Kind kind, PerAxis pool_size, PoolingOptions options)
    : axes_(axes), kind_(kind), pool_size_(std::move(pool_size)), options_(std::move(options)) {
  set_default_name(options_.name);
}

void Pooling::fields(Fields& f) {
  pool_size_.spread(axes_);
  if (!options_.strides) options_.strides = pool_size_;
  options_.strides.spread(axes_);
  f("pool_size", pool_size_);
  f("padding", options_.padding, {"valid", "same"});
  f("strides", options_.strides);
  data_format_field(f, options_.data_format);
}

void Pooling::check() const {
  const std::string layer = class_name();
  pool_size_.check(axes_, 1, layer + ": pool_size");
  if (options_.strides) options_.strides.check(axes_, 1, layer + ": strides");
  if (options_.padding == "valid" || options_.padding == "same") return;
  throw ValueError(fmt::format("{}: padding must be \"valid\" or \"same\", got \"{}\"", layer, options_.padding));
}

Var Pooling::call(Call&, Var x) const {
  const std::string layer = class_name();
  const Var images = to_images(as_float(x), axes_, options_.data_format, layer);
  const WindowAxes axes = window_axes(
      {.size = pool_size_, .strides = options_.strides ? options_.strides : pool_size_, .padding = options_.padding},
      axes_, images.shape(), layer);
  const bool is_max = kind_ == Kind::max;
  const Var all = windows(images, axes, is_max ? -std::numeric_limits<double>::infinity() : 0);
  const Shape& shape = all.shape();
  const Var parts = reshape(all, {shape[0], shape[1], shape[2], shape[3] * shape[4], shape[5]});
  Var y;
  if (is_max)
    y = reduce_max(parts, 3);
  else if (is_padded(axes))
    y = reduce_sum(parts, 3) / cast(x.graph().constant(elements_in_windows(axes, images.shape())), parts.dtype());
  else
    y = reduce_mean(parts, 3);
  return from_images(y, axes_, options_.data_format);
}

GlobalPooling::GlobalPooling(int axes, Kind kind, GlobalPoolingOptions options)
    : axes_(axes), kind_(kind), options_(std::move(options)) {
  set_default_name(options_.name);
}

void GlobalPooling::fields(Fields& f) {
  data_format_field(f, options_.data_format);
  f("keepdims", options_.keepdims);
}

Flow GlobalPooling::call_masked(Call&, Flow input) const {
  Var x = as_float(input.value);
  const int rank = x.shape().rank();
  if (rank != axes_ + 2) {
    throw ShapeError(
        fmt::format("{}: needs {} axes besides rows and channels, got {}", class_name(), axes_, x.type().str()));
  }
  const bool is_first = options_.data_format == "channels_first",
             is_masked = input.mask && kind_ == Kind::average && axes_ == 1;
  const int first = is_first ? 2 : 1;
  Var count;
  if (is_masked) {  // [rows, steps], beside channels in front or behind
    const Shape& steps = input.mask.shape();
    const Var valid = cast(reshape(input.mask, steps.with_inserted(is_first ? 1 : 2, 1)), x.dtype());
    x = multiply_no_nan(x, valid);
    count = reduce_sum(valid, first, options_.keepdims);
  }
  for (int i = 0; i < axes_; ++i) {
    const int axis = options_.keepdims ? first + i : first;
    x = kind_ == Kind::max ? reduce_max(x, axis, options_.keepdims)
        : is_masked        ? reduce_sum(x, axis, options_.keepdims)
                           : reduce_mean(x, axis, options_.keepdims);
  }
  return is_masked ? x / count : x;
}

AdaptivePooling::AdaptivePooling(int axes, Kind kind, PerAxis output_size, std::string data_format,
                                 const std::string& name)
    : axes_(axes), kind_(kind), output_size_(std::move(output_size)), data_format_(std::move(data_format)) {
  set_default_name(name);
}

void AdaptivePooling::fields(Fields& f) {
  output_size_.spread(axes_);
  f.required("output_size", output_size_);
  data_format_field(f, data_format_);
}

void AdaptivePooling::check() const { output_size_.check(axes_, 1, class_name() + ": output_size"); }

Var AdaptivePooling::call(Call&, Var x) const {
  Var y = to_images(as_float(x), axes_, data_format_, class_name());
  for (int axis = 0; axis < axes_; ++axis) {
    const int image_axis = axis + 3 - axes_;
    const int64_t extent = y.shape()[image_axis], count = output_size_[axis];
    std::vector<Var> parts;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t begin = i * extent / count, end = ((i + 1) * extent + count - 1) / count;
      const Var part = slice(y, image_axis, begin, end - begin);
      parts.push_back(kind_ == Kind::max ? reduce_max(part, image_axis, true) : reduce_mean(part, image_axis, true));
    }
    y = concatenate(parts, image_axis);
  }
  return from_images(y, axes_, data_format_);
}

}  // namespace reel
