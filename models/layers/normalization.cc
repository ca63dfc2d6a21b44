#include "reel/models/layers/normalization.h"

#include <fmt/format.h>

#include <cmath>

#include "reel/graph/error.h"
#include "reel/models/describe/json.h"
#include "reel/models/losses/reduce.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// null without renorm.
struct ClippingField final : Field {
  explicit ClippingField(BatchNormalizationOptions& to) : options(to) {}
  Config get() const override { return options.renorm ? options.renorm_clipping.config() : Config(); }
  void set(const Config& value) override { options.renorm_clipping = RenormClipping::from_config(value); }
  BatchNormalizationOptions& options;
};

/// Square roots of what another initializer makes.
Initializer roots_of(const Initializer& variances) {
  return [variances](const Shape& shape, Random& random) {
    Tensor made = variances(shape, random);
    for (float& value : made.data<float>()) value = std::sqrt(value);
    return made;
  };
}

/// Sum over all axes but one, [features].
Var sum_over_others(Var x, int axis) {
  for (int other = x.shape().rank() - 1; other > 0; --other) {
    if (other != axis) x = reduce_sum(x, other, true);
  }
  const Var summed = sum_rows(x);
  return reshape(summed, {summed.shape().size()});
}

/// `of_features` [features] beside values whose axis `axis` has them.
Var along(Var of_features, int axis, int rank) {
  Shape shape = of_features.shape();
  for (int other = axis + 1; other < rank; ++other) shape = shape.with_inserted(shape.rank(), 1);
  return reshape(of_features, shape);
}

}  // namespace

Config RenormClipping::config() const {
  Json json = Json::object();
  if (rmax) json["rmax"] = *rmax;
  if (rmin) json["rmin"] = *rmin;
  if (dmax) json["dmax"] = *dmax;
  return config_of(std::move(json));
}

RenormClipping RenormClipping::from_config(const Config& config) {
  RenormClipping made;
  const Json& json = json_of(config);
  for (const auto& [key, value] : json.items()) {
    std::optional<double>* bound = key == "rmax" ? &made.rmax : key == "rmin" ? &made.rmin : &made.dmax;
    if ((bound == &made.dmax && key != "dmax") || !value.is_number()) {
      throw ValueError(fmt::format("expected numbers for \"rmax\", \"rmin\" and \"dmax\", got {}", excerpt_of(json)));
    }
    *bound = value.get<double>();
  }
  return made;
}

BatchNormalization::BatchNormalization(BatchNormalizationOptions options) : options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

void BatchNormalization::fields(Fields& f) {
  f("axis", options_.axis);
  f("momentum", options_.momentum);
  f("epsilon", options_.epsilon);
  f("center", options_.center);
  f("scale", options_.scale);
  f("beta_initializer", options_.beta_initializer);
  f("gamma_initializer", options_.gamma_initializer);
  f("moving_mean_initializer", options_.moving_mean_initializer);
  f("moving_variance_initializer", options_.moving_variance_initializer);
  f("beta_regularizer", options_.beta_regularizer);
  f("gamma_regularizer", options_.gamma_regularizer);
  f("beta_constraint", options_.beta_constraint);
  f("gamma_constraint", options_.gamma_constraint);
  f.only("synchronized", "false");
  f("renorm", options_.renorm);
  f.as("renorm_clipping", ClippingField(options_));
  f("renorm_momentum", options_.renorm_momentum);
}

void BatchNormalization::check() const {
  if (!(options_.momentum >= 0 && options_.momentum <= 1)) {
    throw ValueError(fmt::format("BatchNormalization: momentum must be in [0, 1], got {}", options_.momentum));
  }
  if (std::isfinite(options_.epsilon) && options_.epsilon >= 0) return;
  throw ValueError(
      fmt::format("BatchNormalization: epsilon must be finite and not negative, got {}", options_.epsilon));
}

void BatchNormalization::build(const Type& input) {
  const int rank = input.shape.rank(),
            axis = static_cast<int>(options_.axis < 0 ? options_.axis + rank : options_.axis);
  if (axis < 1 || axis >= rank) {
    throw ShapeError(fmt::format("BatchNormalization: axis {} of {} is none of features", options_.axis, input.str()));
  }
  const Shape features{input.shape[axis]};
  if (options_.scale) {
    gamma_ = add_weight("gamma", features, options_.gamma_initializer,
                        {.regularizer = options_.gamma_regularizer, .constraint = options_.gamma_constraint});
  }
  if (options_.center) {
    beta_ = add_weight("beta", features, options_.beta_initializer,
                       {.regularizer = options_.beta_regularizer, .constraint = options_.beta_constraint});
  }
  const VariableOptions statistic{.kind = VariableKind::statistic};
  moving_mean_ = add_weight("moving_mean", features, options_.moving_mean_initializer, statistic);
  moving_variance_ = add_weight("moving_variance", features, options_.moving_variance_initializer, statistic);
  if (!options_.renorm) return;
  const Initializer roots = roots_of(options_.moving_variance_initializer);
  moving_stddev_ = add_weight("moving_stddev", features, roots, statistic);
  renorm_mean_ = add_weight("renorm_mean", features, options_.moving_mean_initializer, statistic);
  renorm_stddev_ = add_weight("renorm_stddev", features, roots, statistic);
}

BatchNormalization::Moments BatchNormalization::moments(Var x, Var mask, int axis) const {
  const int rank = x.shape().rank();
  Var count;
  Var weights;
  if (mask) {
    weights = with_axes_of(x, cast(mask, x.dtype()));
    Var valid = sum(weights);  // of all axes that the mask has, for the others count alike
    for (int other = 1; other < rank; ++other) {
      if (other != axis && weights.shape()[other] == 1) valid = valid * static_cast<double>(x.shape()[other]);
    }
    count = valid + kEpsilon;
  } else {
    const double in_row = static_cast<double>(x.shape().row_size() / x.shape()[axis]);
    count = row_count(x.graph(), x.dtype()) * in_row;
  }
  const auto mean_of = [&](Var values) { return sum_over_others(weights ? values * weights : values, axis) / count; };
  const Var mean = mean_of(x);
  return {mean, mean_of(square(x - along(mean, axis, rank)))};
}

void BatchNormalization::move_statistics(Call& call, const Moments& batch) const {
  const auto move = [&](const Variable& variable, Var now, double momentum) {
    call.assign(variable, call[variable] * momentum + stop_gradient(now) * (1 - momentum));
  };
  move(moving_mean_, batch.mean, options_.momentum);
  if (!options_.renorm) return move(moving_variance_, batch.variance, options_.momentum);
  const Var stddev = sqrt(batch.variance + options_.epsilon);
  move(renorm_mean_, batch.mean, options_.renorm_momentum);
  move(renorm_stddev_, stddev, options_.renorm_momentum);
  move(moving_stddev_, stddev, options_.momentum);
  call.assign(moving_variance_, relu(square(call[moving_stddev_]) - options_.epsilon));
}

BatchNormalization::Correction BatchNormalization::renormalized(Call& call, const Moments& batch) const {
  if (!options_.renorm) return {};
  const auto number = [&](double value) { return call.graph().constant(value, batch.mean.dtype()); };
  const Var least = number(std::sqrt(options_.epsilon));
  const Var stddev = maximum(call[renorm_stddev_], least);
  Var r = sqrt(batch.variance + options_.epsilon) / stddev, d = (batch.mean - call[renorm_mean_]) / stddev;
  const RenormClipping& bounds = options_.renorm_clipping;
  if (bounds.rmin) r = maximum(r, number(*bounds.rmin));
  if (bounds.rmax) r = minimum(r, number(*bounds.rmax));
  if (bounds.dmax) d = minimum(maximum(d, number(-*bounds.dmax)), number(*bounds.dmax));
  return {stop_gradient(r), stop_gradient(d)};
}

Flow BatchNormalization::call_masked(Call& call, Flow input) const {
  const Var x = input.value.dtype() == DType::i32 ? cast(input.value, DType::f32) : input.value;
  const int rank = x.shape().rank(), axis = static_cast<int>(options_.axis < 0 ? options_.axis + rank : options_.axis);
  Moments used{call[moving_mean_], call[moving_variance_]};
  Correction by;
  if (call.training() && trainable()) {
    used = moments(x, input.mask, axis);
    by = renormalized(call, used);
    move_statistics(call, used);
  }
  Var scale = 1.0 / sqrt(used.variance + options_.epsilon), offset = by.d;
  if (by.r) scale = scale * by.r;
  if (options_.scale) scale = scale * call[gamma_];
  if (options_.scale && offset) offset = offset * call[gamma_];
  if (options_.center) offset = offset ? offset + call[beta_] : call[beta_];
  const Var y = (x - along(used.mean, axis, rank)) * along(scale, axis, rank);
  return {offset ? y + along(offset, axis, rank) : y, input.mask};
}

}  // namespace reel
