#include "reel/models/layers/dropout.h"

#include <fmt/format.h>

#include <cmath>

#include "reel/graph/error.h"
#include "reel/models/describe/extents.h"
#include "reel/models/layer/symbolic_tensor.h"
#include "reel/models/layers/arguments.h"
#include "reel/ops/ops.h"

namespace reel {

namespace {

struct NoiseShape final : Field {
  explicit NoiseShape(std::optional<std::vector<int64_t>>& to) : shape(to) {}
  Config get() const override { return (shape ? Extents(*shape) : Extents()).config(); }
  void set(const Config& value) override {
    shape.reset();
    if (const Extents read = Extents::from_config(value)) shape = read.extents();
  }
  std::optional<std::vector<int64_t>>& shape;
};

/// 1 with probability 1 - rate, and otherwise 0; an empty Var where nothing is dropped.
Var kept(Call& call, const Shape& of_row, double rate) {
  if (!call.training() || rate == 0) return {};
  const Var drawn = call.uniform(of_row);
  return greater_equal(drawn, drawn.graph().constant(rate, drawn.dtype()));
}

double scale_of_kept(double rate) { return rate < 1 ? 1 / (1 - rate) : 0; }  // with a rate of 1 none is

}  // namespace

Var dropout_mask(Call& call, const Shape& of_row, double rate) {
  const Var keeps = kept(call, of_row, rate);
  if (!keeps) return {};
  const auto number = [&](double value) { return keeps.graph().constant(value, keeps.dtype()); };
  return where(keeps, number(scale_of_kept(rate)), number(0));
}

Dropout::Dropout(double rate, DropoutOptions options) : rate_(rate), options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

void Dropout::fields(Fields& f) {
  f.required("rate", rate_);
  f("seed", options_.seed);
  f.as("noise_shape", NoiseShape(options_.noise_shape));
}

void Dropout::check() const {
  if (!(rate_ >= 0 && rate_ <= 1)) throw ValueError(fmt::format("Dropout: rate must be in [0, 1], got {}", rate_));
}

void Dropout::build(const Type&) { set_seed(options_.seed); }

Shape Dropout::noise_shape(const Type& x) const {
  Shape of_row = x.shape.without_axis(0);
  if (!options_.noise_shape) return of_row;
  const std::vector<int64_t>& extents = *options_.noise_shape;
  if (extents.size() != static_cast<size_t>(x.shape.rank())) {
    throw ShapeError(
        fmt::format("Dropout: noise_shape needs an extent for each axis of {}, the rows among them, got {}", x.str(),
                    extents.size()));
  }
  if (extents[0] == 1)
    throw ShapeError("Dropout: noise_shape cannot let all rows share one draw, its first extent is 1");
  for (int axis = 1; axis < x.shape.rank(); ++axis) {
    const int64_t extent = extents[static_cast<size_t>(axis)];
    if (extent == unknown) continue;
    if (extent != 1 && extent != x.shape[axis]) {
      throw ShapeError(fmt::format("Dropout: noise_shape has extent {} on axis {} of {}, expected 1 or its own", extent,
                                   axis, x.str()));
    }
    of_row = of_row.with_axis(axis - 1, extent);
  }
  return of_row;
}

Var Dropout::call(Call& call, Var x) const {
  const Var keeps = kept(call, noise_shape(x.type()), rate_);
  if (!keeps) return x;
  // What is dropped is 0 whatever it was, and not 0 x infinity.
  return where(cast(keeps, x.dtype()), x * scale_of_kept(rate_), x.graph().constant(0, x.dtype()));
}

namespace {

/// One draw for each feature, those of the last axis or of that behind the rows.
Shape draws_of_features(const Type& x, int rank, bool channels_first, std::string_view layer) {
  if (x.shape.rank() != rank) {
    throw ShapeError(fmt::format("{}: needs values of {} axes, got {}", layer, rank, x.str()));
  }
  Shape of_row;
  const int features = channels_first ? 1 : rank - 1;
  for (int axis = 1; axis < rank; ++axis) {
    of_row = of_row.with_inserted(of_row.rank(), axis == features ? x.shape[axis] : 1);
  }
  return of_row;
}

}  // namespace

SpatialDropout1D::SpatialDropout1D(double rate, const SpatialDropoutOptions& options)
    : LayerOf(rate, DropoutOptions{.seed = options.seed, .name = options.name}) {}

void SpatialDropout1D::all_fields(Fields& f) {
  f.required("rate", rate_);
  f("seed", options_.seed);
  name_field(f);
  f.only("dtype", "\"float32\"");
}

Shape SpatialDropout1D::noise_shape(const Type& x) const { return draws_of_features(x, 3, false, class_name()); }

SpatialDropout2D::SpatialDropout2D(double rate, const SpatialDropoutOptions& options)
    : LayerOf(rate, DropoutOptions{.seed = options.seed, .name = options.name}) {}

void SpatialDropout2D::all_fields(Fields& f) {
  f.required("rate", rate_);
  f("seed", options_.seed);
  name_field(f);
  f.only("dtype", "\"float32\"");
  f("data_format", data_format_, {"channels_last", "channels_first"});
}

Shape SpatialDropout2D::noise_shape(const Type& x) const {
  return draws_of_features(x, 4, data_format_ == "channels_first", class_name());
}

AlphaDropout::AlphaDropout(double rate, DropoutOptions options) : LayerOf(rate, std::move(options)) { check(); }

void AlphaDropout::check() const { check_share("AlphaDropout", "rate", rate_); }

Var AlphaDropout::call(Call& call, Var x) const {
  constexpr double kLowest = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946;
  const Var keeps = kept(call, noise_shape(x.type()), rate_);
  if (!keeps) return x;
  const double a = 1 / std::sqrt((1 - rate_) * (1 + rate_ * kLowest * kLowest)), b = -a * kLowest * rate_;
  return where(cast(keeps, x.dtype()), x * a + b, x.graph().constant(kLowest * a + b, x.dtype()));
}

GaussianDropout::GaussianDropout(double rate, GaussianNoiseOptions options)
    : rate_(rate), options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

void GaussianDropout::fields(Fields& f) {
  f.required("rate", rate_);
  f("seed", options_.seed);
}

void GaussianDropout::check() const { check_share("GaussianDropout", "rate", rate_); }

void GaussianDropout::build(const Type&) { set_seed(options_.seed); }

Var GaussianDropout::call(Call& call, Var x) const {
  if (!call.training() || rate_ == 0) return x;
  const double deviation = std::sqrt(rate_ / (1 - rate_));
  return x * (cast(call.normal(x.shape().without_axis(0)), x.dtype()) * deviation + 1.0);
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
