#include "reel/models/layers/activations.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/activations/activation.h"
#include "reel/models/layers/arguments.h"
#include "reel/models/losses/reduce.h"

namespace reel {
namespace {

Var number(Var like, double value) { return like.graph().constant(value, like.dtype()); }

}  // namespace

ReLU::ReLU(ReLUOptions options) : options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

void ReLU::fields(Fields& f) {
  f("max_value", options_.max_value);
  f("negative_slope", options_.negative_slope);
  f("threshold", options_.threshold);
}

void ReLU::check() const {
  check_not_negative("ReLU", "max_value", options_.max_value.value_or(0));
  check_not_negative("ReLU", "negative_slope", options_.negative_slope);
  check_not_negative("ReLU", "threshold", options_.threshold);
}

Var ReLU::call(Call&, Var x) const {
  const double limit = options_.threshold, slope = options_.negative_slope;
  Var y = limit == 0 ? relu(x) : threshold(x, limit, 0);
  if (options_.max_value)
    y = where(greater_equal(y, number(y, *options_.max_value)), number(y, *options_.max_value), y);
  if (slope == 0) return y;
  return where(greater(x, number(x, limit)), y, slope * (x - limit));
}

LeakyReLU::LeakyReLU(double negative_slope, const std::string& name) : negative_slope_(negative_slope) {
  set_default_name(name);
  check();
}

void LeakyReLU::check() const { check_not_negative("LeakyReLU", "negative_slope", negative_slope_); }

Var LeakyReLU::call(Call&, Var x) const { return leaky_relu(x, negative_slope_); }

void ELU::all_fields(Fields& f) {
  name_field(f);
  f("alpha", alpha_);
  trainable_fields(f);
}

Var ELU::call(Call&, Var x) const { return elu(x, alpha_); }

void PReLU::fields(Fields& f) {
  f("alpha_initializer", options_.alpha_initializer);
  f("alpha_regularizer", options_.alpha_regularizer);
  f("alpha_constraint", options_.alpha_constraint);
  f("shared_axes", options_.shared_axes);
}

void PReLU::build(const Type& input) {
  Shape shape = input.shape.without_axis(0);
  for (const int64_t axis : options_.shared_axes.value_or(std::vector<int64_t>())) {
    if (axis < 1 || axis >= input.shape.rank()) {
      throw ShapeError(fmt::format("PReLU: shared_axes are axes of {} but the rows, got {}", input.str(), axis));
    }
    shape = shape.with_axis(static_cast<int>(axis) - 1, 1);
  }
  alpha_ = add_weight("alpha", shape, options_.alpha_initializer,
                      {.regularizer = options_.alpha_regularizer, .constraint = options_.alpha_constraint});
}

Var PReLU::call(Call& call, Var x) const { return where(greater(x, number(x, 0)), x, call[alpha_] * x); }

Flow Softmax::call_masked(Call&, Flow input) const {
  Var x = input.value;
  const std::vector<int64_t> axes = axis_.of(x.shape(), "Softmax");
  if (std::ranges::find(axes, 0) != axes.end()) throw ShapeError("Softmax: axis 0 is that of the rows");
  if (!input.mask && axes == std::vector<int64_t>{x.shape().rank() - 1}) {
    return {softmax(x), {}, Flow::Of::softmax, x};
  }
  Var valid = input.mask ? broadcast_to(with_axes_of(x, input.mask), x.shape()) : Var{};
  if (valid) x = where(valid, x, number(x, -1e9));
  Var largest = x;
  for (const int64_t axis : axes) largest = reduce_max(largest, static_cast<int>(axis), true);
  const Var e = exp(x - stop_gradient(largest));
  Var total = e;
  for (const int64_t axis : axes) total = reduce_sum(total, static_cast<int>(axis), true);
  const Var y = e / total;
  return {valid ? where(valid, y, number(y, 0)) : y, input.mask};
}

}  // namespace reel
