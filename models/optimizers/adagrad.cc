#include "reel/models/optimizers/adagrad.h"

#include <fmt/format.h>

#include <cmath>

#include "reel/graph/error.h"
#include "reel/models/optimizers/arithmetic.h"

namespace reel {
namespace {

/// x^exponent of what is not negative, in double.
Var to_power(Var x, double exponent) { return exp(log(cast(x, DType::f64)) * exponent); }

}  // namespace

void Adagrad::fields(Fields& f) {
  f("initial_accumulator_value", initial_accumulator_value);
  f("epsilon", epsilon);
}

std::vector<OptimizerNumber> Adagrad::numbers() const {
  return {{"initial_accumulator_value", initial_accumulator_value, NumberRange::not_negative},
          {"epsilon", epsilon, NumberRange::denominator}};
}

/// Squares add up, and no denominator is below the first.
double Adagrad::safe_gradient(double rate, int64_t step) const {
  const double least = std::sqrt(least_denominator(initial_accumulator_value + epsilon));
  return std::min(kSafeSquare / std::sqrt(static_cast<double>(step)), limit_over_rate(kSafeStep * least, rate));
}

std::vector<Slot> Adagrad::slots(const Shape& weight) const {
  return {{"accumulator", weight, initial_accumulator_value}};
}

std::vector<Var> Adagrad::update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
  const Var sum = slots[0] + square(g);
  return {w - g * scalars[0] / sqrt(sum + epsilon), sum};
}

void Adadelta::fields(Fields& f) {
  f("rho", rho);
  f("epsilon", epsilon);
}

std::vector<OptimizerNumber> Adadelta::numbers() const {
  return {{"rho", rho, NumberRange::lasting}, {"epsilon", epsilon, NumberRange::denominator}};
}

std::vector<Slot> Adadelta::slots(const Shape& weight) const {
  return {{"accumulated_grad", weight}, {"accumulated_delta_var", weight}};
}

std::vector<Var> Adadelta::update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
  const Var squares = mixed(slots[0], square(g), rho);
  const Var delta = sqrt(slots[1] + epsilon) * g / sqrt(squares + epsilon);
  return {w - delta * scalars[0], squares, mixed(slots[1], square(delta), rho)};
}

void Ftrl::fields(Fields& f) {
  f("learning_rate_power", learning_rate_power);
  f("initial_accumulator_value", initial_accumulator_value);
  f("l1_regularization_strength", l1_regularization_strength);
  f("l2_regularization_strength", l2_regularization_strength);
  f("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength);
  f("beta", beta);
}

void Ftrl::check() const {
  if (learning_rate_power <= 0 && std::isfinite(learning_rate_power)) return;
  throw ValueError(
      fmt::format("ftrl: learning_rate_power must be finite and not positive, got {}", learning_rate_power));
}

std::vector<OptimizerNumber> Ftrl::numbers() const {
  return {{"initial_accumulator_value", initial_accumulator_value, NumberRange::not_negative},
          {"l1_regularization_strength", l1_regularization_strength, NumberRange::not_negative},
          {"l2_regularization_strength", l2_regularization_strength, NumberRange::not_negative},
          {"l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength, NumberRange::not_negative},
          {"beta", beta, NumberRange::not_negative}};
}

std::vector<Slot> Ftrl::slots(const Shape& weight) const {
  return {{"accumulator", weight, initial_accumulator_value}, {"linear", weight}};
}

std::vector<Var> Ftrl::update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
  const Var rate = cast(scalars[0], DType::f64), sum = slots[0] + square(g);
  const Var after = to_power(sum, -learning_rate_power), before = to_power(slots[0], -learning_rate_power);
  const Var sigma = cast((after - before) / rate, w.dtype());
  const Var linear = slots[1] + (g + w * (2 * l2_shrinkage_regularization_strength) - sigma * w);
  const Var quadratic = cast((after + beta) / rate + 2 * l2_regularization_strength, w.dtype());
  const double l1 = l1_regularization_strength;
  const Var clipped = minimum(maximum(linear, number(w, -l1)), number(w, l1));
  return {(clipped - linear) / quadratic, sum, linear};
}

}  // namespace reel
