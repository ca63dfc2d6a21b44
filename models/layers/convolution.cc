#include "reel/models/layers/convolution.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/layers/arguments.h"
#include "reel/models/layers/convolved.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// [size..., further...]
Shape kernel_shape(const PerAxis& size, int axes, std::initializer_list<int64_t> further) {
  std::vector<int64_t> extents;
  for (int axis = 0; axis < axes; ++axis) extents.push_back(size[axis]);
  extents.insert(extents.end(), further);
  return Shape(extents);
}

/// Throws ShapeError where an input has not the axes of a sequence or of images.
int64_t channels_of(const Type& input, int axes, std::string_view data_format, std::string_view layer) {
  if (input.shape.rank() != axes + 2) {
    throw ShapeError(fmt::format("{}: needs [rows, {}channels], got {}", layer,
                                 axes == 1 ? "steps, " : "height, width, ", input.str()));
  }
  return input.shape[data_format == "channels_first" ? 1 : input.shape.rank() - 1];
}

template <class Options>
void window_fields(Fields& f, int axes, Options& options) {
  options.strides.spread(axes);
  options.dilation_rate.spread(axes);
  f("strides", options.strides);
  std::string& padding = options.padding;
  f("padding", padding);
}

/// Each channel of images by itself, by a kernel [size..., channels, multiplier] -> [rows, down, across, channels
/// multiplier].
Var convolved_by_channel(Var images, Var kernel, const WindowAxes& axes) {
  const int64_t channels = images.shape().back(), multiplier = kernel.shape().back();
  const int64_t size = kernel.shape().size() / channels / multiplier;
  const Var parts = windows_by_channel(images, axes);
  if (multiplier == 1) return reduce_sum(parts * reshape(kernel, {size, channels}), 3);
  const Shape& shape = parts.shape();
  const Var all = reshape(parts, shape.with_inserted(shape.rank(), 1)) * reshape(kernel, {size, channels, multiplier});
  return reshape(reduce_sum(all, 3), {shape[0], shape[1], shape[2], channels * multiplier});
}

/// In whatever place the channels are: y + b.
Var with_bias(Call& call, Var images, const Variable& bias) { return bias ? images + call[bias] : images; }

Var as_float(Var x, const Variable& like, Call& call) { return cast(x, call[like].dtype()); }

}  // namespace

Convolution::Convolution(int axes, int64_t filters, PerAxis kernel_size, ConvOptions options)
    : axes_(axes), filters_(filters), kernel_size_(std::move(kernel_size)), options_(std::move(options)) {
  set_default_name(options_.name);
  set_activity_regularizer(options_.activity_regularizer);
}

void Convolution::fields(Fields& f) {
  kernel_size_.spread(axes_);
  f.required("filters", filters_);
  f.required("kernel_size", kernel_size_);
  window_fields(f, axes_, options_);
  data_format_field(f, options_.data_format);
  f("dilation_rate", options_.dilation_rate);
  f("groups", options_.groups);
  f("activation", options_.activation);
  f("use_bias", options_.use_bias);
  f("kernel_initializer", options_.kernel_initializer);
  f("bias_initializer", options_.bias_initializer);
  f("kernel_regularizer", options_.kernel_regularizer);
  f("bias_regularizer", options_.bias_regularizer);
  activity_regularizer_field(f);
  f("kernel_constraint", options_.kernel_constraint);
  f("bias_constraint", options_.bias_constraint);
}

void Convolution::check() const {
  const std::string layer = class_name();
  check_positive(layer, "filters", filters_);
  check_positive(layer, "groups", options_.groups);
  if (filters_ % options_.groups != 0) {
    throw ValueError(fmt::format("{}: {} filters do not make {} groups", layer, filters_, options_.groups));
  }
  check_windows(windows_of(kernel_size_, options_), axes_, axes_ == 1, layer);
}

void Convolution::build(const Type& input) {
  const int64_t channels = channels_of(input, axes_, options_.data_format, class_name());
  if (channels % options_.groups != 0) {
    throw ShapeError(fmt::format("{}: {} channels of {} do not make {} groups", class_name(), channels, input.str(),
                                 options_.groups));
  }
  kernel_ = add_weight("kernel", kernel_shape(kernel_size_, axes_, {channels / options_.groups, filters_}),
                       options_.kernel_initializer,
                       {.regularizer = options_.kernel_regularizer, .constraint = options_.kernel_constraint});
  if (!options_.use_bias) return;
  bias_ = add_weight("bias", {filters_}, options_.bias_initializer,
                     {.regularizer = options_.bias_regularizer, .constraint = options_.bias_constraint});
}

Var Convolution::call(Call& call, Var x) const {
  const std::string layer = class_name();
  const Var images = to_images(as_float(x, kernel_, call), axes_, options_.data_format, layer);
  const WindowAxes axes = window_axes(windows_of(kernel_size_, options_), axes_, images.shape(), layer);
  const Var kernel = call[kernel_];
  Var y;
  if (options_.groups == 1) {
    y = convolved(images, kernel, axes);
  } else {
    const std::vector<Var> parts = split(images, options_.groups), kernels = split(kernel, options_.groups);
    std::vector<Var> results;
    for (size_t i = 0; i < parts.size(); ++i) results.push_back(convolved(parts[i], kernels[i], axes));
    y = concatenate(results);
  }
  return options_.activation(from_images(with_bias(call, y, bias_), axes_, options_.data_format));
}

TransposedConvolution::TransposedConvolution(int axes, int64_t filters, PerAxis kernel_size,
                                             ConvTransposeOptions options)
    : axes_(axes), filters_(filters), kernel_size_(std::move(kernel_size)), options_(std::move(options)) {
  set_default_name(options_.name);
  set_activity_regularizer(options_.activity_regularizer);
}

void TransposedConvolution::fields(Fields& f) {
  kernel_size_.spread(axes_);
  options_.output_padding.spread(axes_);
  f.required("filters", filters_);
  f.required("kernel_size", kernel_size_);
  window_fields(f, axes_, options_);
  f("output_padding", options_.output_padding);
  data_format_field(f, options_.data_format);
  f("dilation_rate", options_.dilation_rate);
  f("activation", options_.activation);
  f("use_bias", options_.use_bias);
  f("kernel_initializer", options_.kernel_initializer);
  f("bias_initializer", options_.bias_initializer);
  f("kernel_regularizer", options_.kernel_regularizer);
  f("bias_regularizer", options_.bias_regularizer);
  activity_regularizer_field(f);
  f("kernel_constraint", options_.kernel_constraint);
  f("bias_constraint", options_.bias_constraint);
}

void TransposedConvolution::check() const {
  const std::string layer = class_name();
  check_positive(layer, "filters", filters_);
  check_windows(windows_of(kernel_size_, options_), axes_, false, layer);
  if (!options_.output_padding) return;
  options_.output_padding.check(axes_, 0, layer + ": output_padding");
  for (int axis = 0; axis < axes_; ++axis) {
    if (options_.output_padding[axis] < options_.strides[axis]) continue;
    throw ValueError(fmt::format("{}: output_padding must be below the strides, got {} and {}", layer,
                                 options_.output_padding[axis], options_.strides[axis]));
  }
}

void TransposedConvolution::build(const Type& input) {
  const int64_t channels = channels_of(input, axes_, options_.data_format, class_name());
  kernel_ = add_weight("kernel", kernel_shape(kernel_size_, axes_, {filters_, channels}), options_.kernel_initializer,
                       {.regularizer = options_.kernel_regularizer, .constraint = options_.kernel_constraint});
  if (!options_.use_bias) return;
  bias_ = add_weight("bias", {filters_}, options_.bias_initializer,
                     {.regularizer = options_.bias_regularizer, .constraint = options_.bias_constraint});
}

namespace {

struct Unfolded {
  WindowAxis axis;
  int64_t extent;  ///< of what the windows are taken from
};

/// Keras's rule for what a transposed convolution gives of `count` windows.
Unfolded unfolded(int64_t count, const WindowAxis& plain, bool same, std::optional<int64_t> output_padding) {
  const int64_t reach = (plain.size - 1) * plain.dilation, size = reach + 1;
  int64_t left = reach, right = 0;  // zeros around the windows, of which those of the kernel's reach are the fewest
  if (!same) {
    right = reach + output_padding.value_or(std::max(size, plain.stride) - size);
  } else {
    const int64_t both = output_padding ? size + size % 2 - 2 + *output_padding : plain.stride + size - 2;
    left = std::min(both / 2 + both % 2, reach);
    right = both - left;
  }
  Unfolded made{plain, (count - 1) * plain.stride + left + right - reach + 1};
  made.axis.before = reach - left;
  made.axis.after = std::max<int64_t>(reach - right, 0);
  return made;
}

}  // namespace

Var TransposedConvolution::call(Call& call, Var x) const {
  const std::string layer = class_name();
  const Var images = to_images(as_float(x, kernel_, call), axes_, options_.data_format, layer);
  WindowAxes axes;
  int64_t extents[2] = {1, 1};
  for (int axis = 0; axis < axes_; ++axis) {
    const int image_axis = axis + 3 - axes_;
    const auto at = static_cast<size_t>(image_axis) - 1;
    const WindowAxis plain{
        .size = kernel_size_[axis], .stride = options_.strides[axis], .dilation = options_.dilation_rate[axis]};
    const std::optional<int64_t> padding =
        options_.output_padding ? std::optional(options_.output_padding[axis]) : std::nullopt;
    const Unfolded made = unfolded(images.shape()[image_axis], plain, options_.padding == "same", padding);
    axes[at] = made.axis;
    extents[at] = made.extent;
  }
  const Var kernel = call[kernel_];
  const int64_t channels = kernel.shape().back();
  const Var products = matmul_nt(images, reshape(kernel, {kernel.shape().size() / channels, channels}));
  const Shape& shape = images.shape();
  const Var parts = reshape(products, {shape[0], shape[1], shape[2], axes[0].size, axes[1].size, filters_});
  const Var y = fold_windows(parts, axes, extents[0], extents[1]);
  return options_.activation(from_images(with_bias(call, y, bias_), axes_, options_.data_format));
}

DepthwiseConvolution::DepthwiseConvolution(int axes, PerAxis kernel_size, DepthwiseConvOptions options)
    : axes_(axes), kernel_size_(std::move(kernel_size)), options_(std::move(options)) {
  set_default_name(options_.name);
  set_activity_regularizer(options_.activity_regularizer);
}

void DepthwiseConvolution::fields(Fields& f) {
  kernel_size_.spread(axes_);
  f("depth_multiplier", options_.depth_multiplier);
  f.required("kernel_size", kernel_size_);
  window_fields(f, axes_, options_);
  data_format_field(f, options_.data_format);
  f("dilation_rate", options_.dilation_rate);
  f("activation", options_.activation);
  f("use_bias", options_.use_bias);
  f("depthwise_initializer", options_.depthwise_initializer);
  f("bias_initializer", options_.bias_initializer);
  f("depthwise_regularizer", options_.depthwise_regularizer);
  f("bias_regularizer", options_.bias_regularizer);
  activity_regularizer_field(f);
  f("depthwise_constraint", options_.depthwise_constraint);
  f("bias_constraint", options_.bias_constraint);
}

void DepthwiseConvolution::check() const {
  const std::string layer = class_name();
  check_positive(layer, "depth_multiplier", options_.depth_multiplier);
  check_windows(windows_of(kernel_size_, options_), axes_, false, layer);
}

void DepthwiseConvolution::build(const Type& input) {
  const int64_t channels = channels_of(input, axes_, options_.data_format, class_name());
  kernel_ = add_weight("kernel", kernel_shape(kernel_size_, axes_, {channels, options_.depth_multiplier}),
                       options_.depthwise_initializer,
                       {.regularizer = options_.depthwise_regularizer, .constraint = options_.depthwise_constraint});
  if (!options_.use_bias) return;
  bias_ = add_weight("bias", {channels * options_.depth_multiplier}, options_.bias_initializer,
                     {.regularizer = options_.bias_regularizer, .constraint = options_.bias_constraint});
}

Var DepthwiseConvolution::call(Call& call, Var x) const {
  const std::string layer = class_name();
  const Var images = to_images(as_float(x, kernel_, call), axes_, options_.data_format, layer);
  const WindowAxes axes = window_axes(windows_of(kernel_size_, options_), axes_, images.shape(), layer);
  const Var y = convolved_by_channel(images, call[kernel_], axes);
  return options_.activation(from_images(with_bias(call, y, bias_), axes_, options_.data_format));
}

SeparableConvolution::SeparableConvolution(int axes, int64_t filters, PerAxis kernel_size, SeparableConvOptions options)
    : axes_(axes), filters_(filters), kernel_size_(std::move(kernel_size)), options_(std::move(options)) {
  set_default_name(options_.name);
  set_activity_regularizer(options_.activity_regularizer);
}

void SeparableConvolution::fields(Fields& f) {
  kernel_size_.spread(axes_);
  f("depth_multiplier", options_.depth_multiplier);
  f.required("filters", filters_);
  f.required("kernel_size", kernel_size_);
  window_fields(f, axes_, options_);
  data_format_field(f, options_.data_format);
  f("dilation_rate", options_.dilation_rate);
  f("activation", options_.activation);
  f("use_bias", options_.use_bias);
  f("depthwise_initializer", options_.depthwise_initializer);
  f("pointwise_initializer", options_.pointwise_initializer);
  f("bias_initializer", options_.bias_initializer);
  f("depthwise_regularizer", options_.depthwise_regularizer);
  f("pointwise_regularizer", options_.pointwise_regularizer);
  f("bias_regularizer", options_.bias_regularizer);
  activity_regularizer_field(f);
  f("depthwise_constraint", options_.depthwise_constraint);
  f("pointwise_constraint", options_.pointwise_constraint);
  f("bias_constraint", options_.bias_constraint);
}

void SeparableConvolution::check() const {
  const std::string layer = class_name();
  check_positive(layer, "filters", filters_);
  check_positive(layer, "depth_multiplier", options_.depth_multiplier);
  check_windows(windows_of(kernel_size_, options_), axes_, axes_ == 1, layer);
}

void SeparableConvolution::build(const Type& input) {
  const int64_t channels = channels_of(input, axes_, options_.data_format, class_name());
  depthwise_kernel_ =
      add_weight("depthwise_kernel", kernel_shape(kernel_size_, axes_, {channels, options_.depth_multiplier}),
                 options_.depthwise_initializer,
                 {.regularizer = options_.depthwise_regularizer, .constraint = options_.depthwise_constraint});
  pointwise_kernel_ =
      add_weight("pointwise_kernel", kernel_shape(1, axes_, {channels * options_.depth_multiplier, filters_}),
                 options_.pointwise_initializer,
                 {.regularizer = options_.pointwise_regularizer, .constraint = options_.pointwise_constraint});
  if (!options_.use_bias) return;
  bias_ = add_weight("bias", {filters_}, options_.bias_initializer,
                     {.regularizer = options_.bias_regularizer, .constraint = options_.bias_constraint});
}

Var SeparableConvolution::call(Call& call, Var x) const {
  const std::string layer = class_name();
  const Var images = to_images(as_float(x, depthwise_kernel_, call), axes_, options_.data_format, layer);
  const WindowAxes axes = window_axes(windows_of(kernel_size_, options_), axes_, images.shape(), layer);
  const Var y = convolved(convolved_by_channel(images, call[depthwise_kernel_], axes), call[pointwise_kernel_], {});
  return options_.activation(from_images(with_bias(call, y, bias_), axes_, options_.data_format));
}

}  // namespace reel
