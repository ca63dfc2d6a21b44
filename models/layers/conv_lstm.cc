#include "reel/models/layers/conv_lstm.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/layers/arguments.h"
#include "reel/models/layers/convolved.h"
#include "reel/models/layers/dropout.h"
#include "reel/models/layers/lstm.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

constexpr int64_t kGates = 4;

/// Images by each gate's part of a kernel, of which those that masks drop differ from gate to gate; or by all at once.
Var by_gates(Var images, Var kernel, const WindowAxes& axes, std::span<const Var> masks) {
  if (!masks[0]) return convolved(images, kernel, axes);
  const std::vector<Var> kernels = split(kernel, kGates);
  std::vector<Var> gates;
  for (size_t gate = 0; gate < kernels.size(); ++gate) {
    gates.push_back(convolved(masked(images, masks[gate]), kernels[gate], axes));
  }
  return concatenate(gates);
}

}  // namespace

ConvLSTMCell::ConvLSTMCell(int axes, int64_t filters, PerAxis kernel_size, ConvLSTMOptions options, std::string layer)
    : axes_(axes),
      filters_(filters),
      kernel_size_(std::move(kernel_size)),
      options_(std::move(options)),
      layer_(std::move(layer)) {
  set_default_name("conv_lstm_cell");
  check();
}

void ConvLSTMCell::fields_with(Fields& f, const std::function<void()>& between) {
  kernel_size_.spread(axes_);
  options_.strides.spread(axes_);
  options_.dilation_rate.spread(axes_);
  f.required("filters", filters_);
  f.required("kernel_size", kernel_size_);
  f("strides", options_.strides);
  f("padding", options_.padding, {"valid", "same"});
  data_format_field(f, options_.data_format);
  f("dilation_rate", options_.dilation_rate);
  f("activation", options_.activation);
  f("recurrent_activation", options_.recurrent_activation);
  f("use_bias", options_.use_bias);
  initializer_fields(f, options_);
  f("unit_forget_bias", options_.unit_forget_bias);
  rule_fields(f, options_, between);
  f("seed", options_.seed);
}

void ConvLSTMCell::check() const {
  check_positive(layer_, "filters", filters_);
  check_windows(windows_of(kernel_size_, options_), axes_, false, layer_);
  check_share(layer_, "dropout", options_.dropout);
  check_share(layer_, "recurrent_dropout", options_.recurrent_dropout);
}

WindowAxes ConvLSTMCell::windows_of_input(const Shape& of_images) const {
  return window_axes(windows_of(kernel_size_, options_), axes_, of_images, layer_);
}

WindowAxes ConvLSTMCell::windows_of_state(const Shape& of_images) const {
  return window_axes({.size = kernel_size_, .padding = "same"}, axes_, of_images, layer_);
}

void ConvLSTMCell::set_step(const Type& x) {
  const bool channels_first = options_.data_format == "channels_first";
  std::vector<int64_t> of_row;
  for (int axis = 0; axis < axes_; ++axis) of_row.push_back(x.shape[axis + (channels_first ? 2 : 1)]);
  Shape of_images = axes_ == 1 ? Shape{rows, 1, of_row[0], 1} : Shape{rows, of_row[0], of_row[1], 1};
  const WindowAxes axes = windows_of_input(of_images);
  for (int axis = 0; axis < axes_; ++axis) {
    const int of = axis + 2 - axes_;
    of_row[static_cast<size_t>(axis)] = axes[static_cast<size_t>(of)].count(of_images[of + 1]);
  }
  of_row.insert(channels_first ? of_row.begin() : of_row.end(), filters_);
  state_ = Shape(of_row);
}

void ConvLSTMCell::build(const Type& x) {
  set_step(x);
  set_seed(options_.seed);
  std::vector<int64_t> size;
  for (int axis = 0; axis < axes_; ++axis) size.push_back(kernel_size_[axis]);
  const auto shape = [&](int64_t channels) {
    std::vector<int64_t> extents = size;
    extents.insert(extents.end(), {channels, kGates * filters_});
    return Shape(extents);
  };
  kernel_ = add_weight("kernel", shape(x.shape[options_.data_format == "channels_first" ? 1 : axes_ + 1]),
                       options_.kernel_initializer,
                       {.regularizer = options_.kernel_regularizer, .constraint = options_.kernel_constraint});
  recurrent_kernel_ =
      add_weight("recurrent_kernel", shape(filters_), options_.recurrent_initializer,
                 {.regularizer = options_.recurrent_regularizer, .constraint = options_.recurrent_constraint});
  if (!options_.use_bias) return;
  const Initializer& bias = options_.bias_initializer;
  bias_ = add_weight("bias", {kGates * filters_}, options_.unit_forget_bias ? with_open_forget_gate(bias) : bias,
                     {.regularizer = options_.bias_regularizer, .constraint = options_.bias_constraint});
}

/// Four masks of the input, then four of the state.
CellStart ConvLSTMCell::begin(Call& call, const Type& x) const {
  CellStart start;
  for (int64_t gate = 0; gate < 2 * kGates; ++gate) {
    const bool of_input = gate < kGates;
    const Shape shape = of_input ? x.shape.without_axis(0) : state_;
    Var mask = dropout_mask(call, shape, of_input ? options_.dropout : options_.recurrent_dropout);
    start.values.push_back(mask ? images(mask) : mask);
  }
  return start;
}

CellStep ConvLSTMCell::step(Call& call, Var x, const std::vector<Var>& states, const CellStart& start) const {
  const std::span<const Var> masks(start.values);
  const Var input = images(x), h = images(states[0]), c = images(states[1]);
  Var z = by_gates(input, call[kernel_], windows_of_input(input.shape()), masks.first(kGates));
  if (options_.use_bias) z = z + call[bias_];
  const Var of_state = by_gates(h, call[recurrent_kernel_], windows_of_state(h.shape()), masks.last(kGates));
  const std::vector<Var> gates = split(z + of_state, kGates);
  const auto open = [&](size_t gate) { return options_.recurrent_activation(gates[gate]); };
  const Var next = open(1) * c + open(0) * options_.activation(gates[2]);
  const Var output = open(3) * options_.activation(next);
  const auto in_format = [&](Var y) { return from_images(y, axes_, options_.data_format); };
  const Var given = in_format(output);
  return {given, {given, in_format(next)}};
}

ConvLSTM::ConvLSTM(int axes, int64_t filters, PerAxis kernel_size, const ConvLSTMOptions& options,
                   const std::string& layer)
    : RNN(ConvLSTMCell(axes, filters, std::move(kernel_size), options, layer), unrolling_of(options)), axes_(axes) {
  set_activity_regularizer(options.activity_regularizer);
}

void ConvLSTM::fields(Fields& f) {
  unrolling_fields(f);
  f.part(cell_);
  static_cast<ConvLSTMCell&>(*cell_).fields_with(f, [&] { activity_regularizer_field(f); });
}

void ConvLSTM::build(const Type& input) {
  if (input.shape.rank() != axes_ + 3) {
    throw ShapeError(fmt::format("{}: needs [rows, time, {}channels], got {}", class_name(),
                                 axes_ == 1 ? "steps, " : "height, width, ", input.str()));
  }
  static_cast<ConvLSTMCell&>(*cell_).set_step({input.dtype, input.shape.without_axis(1)});
  RNN::build(input);
}

}  // namespace reel
