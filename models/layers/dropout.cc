#include "reel/models/layers/dropout.h"

#include <fmt/format.h>

#include <cmath>

#include "reel/graph/error.h"
#include "reel/models/describe/json.h"
#include "reel/models/layer/symbolic_tensor.h"
#include "reel/ops/ops.h"

namespace reel {

namespace {

/// None, or extents with null for those that are the input's.
struct NoiseShape final : Field {
  explicit NoiseShape(std::optional<std::vector<int64_t>>& to) : shape(to) {}
  Config get() const override {
    if (!shape) return config_of(Json());
    Json list = Json::array();
    for (const int64_t extent : *shape) list.push_back(extent == unknown ? Json() : Json(extent));
    return config_of(std::move(list));
  }
  void set(const Config& value) override {
    const Json& list = json_of(value);
    shape.reset();
    if (list.is_null()) return;
    std::vector<int64_t> read;
    for (const Json& extent : list) {
      if (!list.is_array() || !(extent.is_null() || extent.is_number_integer())) {
        throw ValueError(fmt::format("expected null or a list of whole numbers and null, got {}", excerpt_of(list)));
      }
      read.push_back(extent.is_null() ? unknown : extent.get<int64_t>());
    }
    shape = std::move(read);
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
