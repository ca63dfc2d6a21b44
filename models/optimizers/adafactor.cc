#include "reel/models/optimizers/adafactor.h"

#include <fmt/format.h>

#include <cmath>

#include "reel/graph/error.h"
#include "reel/models/optimizers/arithmetic.h"

namespace reel {
namespace {

Var rms(Var x) { return sqrt(mean(square(x))); }

/// Without the axis.
Shape without(const Shape& shape, int axis) {
  std::vector<int64_t> extents;
  for (int i = 0; i < shape.rank(); ++i) {
    if (i != axis) extents.push_back(shape[i]);
  }
  return Shape(extents);
}

/// The mean along any axis, which keeps one element.
Var mean_along(Var x, int axis) {
  std::vector<int64_t> extents;
  for (int i = 0; i < x.shape().rank(); ++i) extents.push_back(i == axis ? 1 : x.shape()[i]);
  return sum_to(x, Shape(extents)) / static_cast<double>(x.shape()[axis]);
}

}  // namespace

void Adafactor::fields(Fields& f) {
  f("beta_2_decay", beta_2_decay);
  f("epsilon_1", epsilon_1);
  f("epsilon_2", epsilon_2);
  f("clip_threshold", clip_threshold);
  f("relative_step", relative_step);
}

void Adafactor::check() const {
  if (!(beta_2_decay <= 0 && std::isfinite(beta_2_decay))) {
    throw ValueError(fmt::format("adafactor: beta_2_decay must be finite and not positive, got {}", beta_2_decay));
  }
  if (!(clip_threshold > 0)) {
    throw ValueError(fmt::format("adafactor: clip_threshold must be positive, got {}", clip_threshold));
  }
}

std::vector<OptimizerNumber> Adafactor::numbers() const {
  return {{"epsilon_1", epsilon_1, NumberRange::denominator},
          {"epsilon_2", epsilon_2, NumberRange::not_negative},
          {"clip_threshold", clip_threshold, NumberRange::not_negative}};
}

/// Of weights without rows and columns, Keras keeps two scalars that nothing changes.
std::vector<Slot> Adafactor::slots(const Shape& weight) const {
  const int rank = weight.rank();
  const Shape of_rows = rank < 2 ? Shape{} : without(weight, rank - 1);
  const Shape of_columns = rank < 2 ? Shape{} : without(weight, rank - 2);
  return {{"", of_rows}, {"", of_columns}, {"velocity", weight}};
}

StepScalars Adafactor::scalars(double rate, int64_t step) const {
  const auto t = static_cast<double>(step);
  const double kept = plain_exp(beta_2_decay * plain_log(t));
  return {rate, std::min(rate, 1 / std::sqrt(t)), 1 - static_cast<double>(static_cast<float>(kept))};
}

std::vector<Var> Adafactor::update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
  const Var squares = square(g) + epsilon_1;
  const auto mean_with = [&](Var before, Var now) { return before * scalars[2] + now * (1.0 - scalars[2]); };
  Var r = slots[0], c = slots[1], v;
  if (const int rank = w.shape().rank(); rank < 2) {
    v = mean_with(slots[2], squares);
  } else {
    const Var of_rows = mean_along(squares, rank - 1), of_columns = mean_along(squares, rank - 2);
    r = mean_with(r, reshape(of_rows, r.shape()));
    c = mean_with(c, reshape(of_columns, c.shape()));
    const Var shares = r / mean_along(r, r.shape().rank() - 1);
    v = reshape(shares, of_rows.shape()) * reshape(c, of_columns.shape());
  }
  const Var u = g / sqrt(v), size = maximum(rms(w), number(w, epsilon_2));
  const Var limited = u / maximum(rms(u) / clip_threshold, number(w, 1));
  return {w - limited * (size * scalars[1]), r, c, v};
}

}  // namespace reel
