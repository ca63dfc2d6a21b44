#include "reel/models/layers/dropout.h"

#include <fmt/format.h>

#include <cmath>

#include "reel/graph/error.h"
#include "reel/ops/ops.h"

namespace reel {

Var dropout_mask(Call& call, const Shape& of_row, double rate) {
  if (!call.training() || rate == 0) return {};
  const Var drawn = call.uniform(of_row);
  const auto number = [&](double value) { return drawn.graph().constant(value, drawn.dtype()); };
  const double scale = rate < 1 ? 1 / (1 - rate) : 0;  // all is dropped
  return where(greater_equal(drawn, number(rate)), number(scale), number(0));
}

Dropout::Dropout(double rate, DropoutOptions options) : rate_(rate), options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

void Dropout::fields(Fields& f) {
  f.required("rate", rate_);
  f("seed", options_.seed);
  f("noise_shape", options_.noise_shape);
}

void Dropout::check() const {
  if (!(rate_ >= 0 && rate_ <= 1)) throw ValueError(fmt::format("Dropout: rate must be in [0, 1], got {}", rate_));
}

void Dropout::build(const Type&) { set_seed(options_.seed); }

Var Dropout::call(Call& call, Var x) const {
  Shape of_row = x.shape().without_axis(0);
  if (options_.noise_shape) {
    // As in Keras, which counts the rows among the axes and calls them None.
    for (int axis = 1; axis < x.shape().rank(); ++axis) {
      if (options_.noise_shape->size() != static_cast<size_t>(x.shape().rank())) {
        throw ShapeError(fmt::format("Dropout: noise_shape needs an extent for each axis of {}, got {}", x.type().str(),
                                     options_.noise_shape->size()));
      }
      of_row = of_row.with_axis(axis - 1, (*options_.noise_shape)[static_cast<size_t>(axis)]);
    }
  }
  const Var mask = dropout_mask(call, of_row, rate_);
  return mask ? x * cast(mask, x.dtype()) : x;
}

GaussianNoise::GaussianNoise(double stddev, GaussianNoiseOptions options)
    : stddev_(stddev), options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

void GaussianNoise::fields(Fields& f) {
  f.required("stddev", stddev_);
  f("seed", options_.seed);
}

void GaussianNoise::check() const {
  if (std::isfinite(stddev_) && stddev_ >= 0) return;
  throw ValueError(fmt::format("GaussianNoise: stddev must be finite and not negative, got {}", stddev_));
}

void GaussianNoise::build(const Type&) { set_seed(options_.seed); }

Var GaussianNoise::call(Call& call, Var x) const {
  if (!call.training() || stddev_ == 0) return x;
  return x + cast(call.normal(x.shape().without_axis(0)), x.dtype()) * stddev_;
}

}  // namespace reel
