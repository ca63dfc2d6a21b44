#include "reel/models/layers/row_normalization.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/layers/arguments.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// In their order. Throws ShapeError where that of the rows is among them.
std::vector<int64_t> axes_of_row(const AxisList& axis, const Shape& shape, std::string_view layer) {
  std::vector<int64_t> axes = axis.of(shape, layer);
  std::ranges::sort(axes);
  if (axes.empty() || axes[0] == 0) {
    throw ShapeError(fmt::format("{}: axis must be of those behind the rows of {}, got {}", layer, shape.str(),
                                 axis.config().str()));
  }
  return axes;
}

/// The extents of these axes.
Shape extents_of(const std::vector<int64_t>& axes, const Shape& shape) {
  std::vector<int64_t> extents;
  for (const int64_t axis : axes) extents.push_back(shape[static_cast<int>(axis)]);
  return Shape(extents);
}

/// A weight of the extents of these axes, beside values of this shape.
Var along(Var weight, const std::vector<int64_t>& axes, const Shape& shape) {
  std::vector<int64_t> extents(static_cast<size_t>(shape.rank()) - 1, 1);
  for (const int64_t axis : axes) extents[static_cast<size_t>(axis) - 1] = shape[static_cast<int>(axis)];
  return reshape(weight, Shape(extents));
}

/// Over these axes, which become of extent 1.
Var mean_over(Var x, const std::vector<int64_t>& axes) {
  for (const int64_t axis : axes) x = reduce_mean(x, static_cast<int>(axis), true);
  return x;
}

/// (x - mean) / sqrt(variance + epsilon); the variance is taken about the mean.
Var standardized(Var x, const std::vector<int64_t>& axes, double epsilon) {
  const Var centered = x - mean_over(x, axes);
  return centered / sqrt(mean_over(square(centered), axes) + epsilon);
}

Var as_float(Var x) { return x.dtype() == DType::i32 ? cast(x, DType::f32) : x; }

/// Gamma and beta, of what has them.
template <class Options>
void center_and_scale_fields(Fields& f, Options& options) {
  f("beta_initializer", options.beta_initializer);
  f("gamma_initializer", options.gamma_initializer);
  f("beta_regularizer", options.beta_regularizer);
  f("gamma_regularizer", options.gamma_regularizer);
  f("beta_constraint", options.beta_constraint);
  f("gamma_constraint", options.gamma_constraint);
}

}  // namespace

LayerNormalization::LayerNormalization(LayerNormalizationOptions options) : options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

void LayerNormalization::fields(Fields& f) {
  f("axis", options_.axis);
  f("epsilon", options_.epsilon);
  f("center", options_.center);
  f("scale", options_.scale);
  f.only("rms_scaling", "false");
  center_and_scale_fields(f, options_);
}

void LayerNormalization::check() const { check_not_negative("LayerNormalization", "epsilon", options_.epsilon); }

void LayerNormalization::build(const Type& input) {
  const std::vector<int64_t> axes = axes_of_row(options_.axis, input.shape, "LayerNormalization");
  options_.axis.as_list();  // as Keras writes it from then on
  const Shape extents = extents_of(axes, input.shape);
  if (options_.scale) {
    gamma_ = add_weight("gamma", extents, options_.gamma_initializer,
                        {.regularizer = options_.gamma_regularizer, .constraint = options_.gamma_constraint});
  }
  if (options_.center) {
    beta_ = add_weight("beta", extents, options_.beta_initializer,
                       {.regularizer = options_.beta_regularizer, .constraint = options_.beta_constraint});
  }
}

Var LayerNormalization::call(Call& call, Var input) const {
  const Var x = as_float(input);
  const std::vector<int64_t> axes = axes_of_row(options_.axis, x.shape(), "LayerNormalization");
  Var y = standardized(x, axes, options_.epsilon);
  if (gamma_) y = y * along(call[gamma_], axes, x.shape());
  return beta_ ? y + along(call[beta_], axes, x.shape()) : y;
}

GroupNormalization::GroupNormalization(GroupNormalizationOptions options) : options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

void GroupNormalization::fields(Fields& f) {
  f("groups", options_.groups);
  f("axis", options_.axis);
  f("epsilon", options_.epsilon);
  f("center", options_.center);
  f("scale", options_.scale);
  center_and_scale_fields(f, options_);
}

void GroupNormalization::check() const {
  check_not_negative("GroupNormalization", "epsilon", options_.epsilon);
  if (options_.groups > 0 || options_.groups == -1) return;
  throw ValueError(fmt::format("GroupNormalization: groups must be positive, or -1, got {}", options_.groups));
}

void GroupNormalization::build(const Type& input) {
  const int64_t axis = axes_of_row(options_.axis, input.shape, "GroupNormalization")[0];
  const int64_t features = input.shape[static_cast<int>(axis)];
  if (options_.groups == -1) options_.groups = features;  // as Keras writes it from then on
  if (features % options_.groups != 0) {
    throw ShapeError(fmt::format("GroupNormalization: {} features on axis {} of {} do not make {} groups", features,
                                 axis, input.str(), options_.groups));
  }
  if (options_.scale) {
    gamma_ = add_weight("gamma", {features}, options_.gamma_initializer,
                        {.regularizer = options_.gamma_regularizer, .constraint = options_.gamma_constraint});
  }
  if (options_.center) {
    beta_ = add_weight("beta", {features}, options_.beta_initializer,
                       {.regularizer = options_.beta_regularizer, .constraint = options_.beta_constraint});
  }
}

Var GroupNormalization::call(Call& call, Var input) const {
  const Var x = as_float(input);
  const std::vector<int64_t> axes = axes_of_row(options_.axis, x.shape(), "GroupNormalization");
  const int axis = static_cast<int>(axes[0]);
  const Shape& shape = x.shape();
  const Shape grouped = shape.with_axis(axis, shape[axis] / options_.groups).with_inserted(axis, options_.groups);
  std::vector<int64_t> others;
  for (int other = 1; other < grouped.rank(); ++other) {
    if (other != axis) others.push_back(other);
  }
  Var y = reshape(standardized(reshape(x, grouped), others, options_.epsilon), shape);
  if (gamma_) y = y * along(call[gamma_], axes, shape);
  return beta_ ? y + along(call[beta_], axes, shape) : y;
}

RMSNormalization::RMSNormalization(RMSNormalizationOptions options) : options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

void RMSNormalization::fields(Fields& f) {
  f("axis", options_.axis);
  f("epsilon", options_.epsilon);
}

void RMSNormalization::check() const { check_not_negative("RMSNormalization", "epsilon", options_.epsilon); }

void RMSNormalization::build(const Type& input) {
  const std::vector<int64_t> axes = axes_of_row(options_.axis, input.shape, "RMSNormalization");
  options_.axis.as_list();
  scale_ = add_weight("scale", extents_of(axes, input.shape), "ones");
}

Var RMSNormalization::call(Call& call, Var input) const {
  const Var x = as_float(input);
  const std::vector<int64_t> axes = axes_of_row(options_.axis, x.shape(), "RMSNormalization");
  return x / sqrt(mean_over(square(x), axes) + options_.epsilon) * along(call[scale_], axes, x.shape());
}

Var UnitNormalization::call(Call&, Var input) const {
  constexpr double kLeastSquare = 1e-24;
  const Var x = as_float(input);
  Var squares = square(x);
  for (const int64_t axis : axes_of_row(axis_, x.shape(), "UnitNormalization")) {
    squares = reduce_sum(squares, static_cast<int>(axis), true);
  }
  return x / sqrt(maximum(squares, x.graph().constant(kLeastSquare, x.dtype())));
}

}  // namespace reel
