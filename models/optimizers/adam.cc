#include "reel/models/optimizers/adam.h"

#include <cmath>

#include "reel/models/optimizers/arithmetic.h"

namespace reel {
namespace {

/// What all of them take.
template <class Relative>
void beta_fields(Relative& o, Fields& f) {
  f("beta_1", o.beta_1);
  f("beta_2", o.beta_2);
  f("epsilon", o.epsilon);
}

template <class Relative>
std::vector<OptimizerNumber> beta_numbers(const Relative& o) {
  return {{"beta_1", o.beta_1, NumberRange::lasting},
          {"beta_2", o.beta_2, NumberRange::lasting},
          {"epsilon", o.epsilon, NumberRange::denominator}};
}

/// What is left of 1 of the means' start after so many steps, in float32, as Keras computes it.
float left(double beta, int64_t step) { return power(static_cast<float>(beta), step); }

std::vector<Slot> two_means(const Shape& weight) { return {{"momentum", weight}, {"velocity", weight}}; }

Adam without_decay(const AdamW& o) {
  return {.beta_1 = o.beta_1, .beta_2 = o.beta_2, .epsilon = o.epsilon, .amsgrad = o.amsgrad};
}

/// |x| in double, [].
Var length(Var x) { return sqrt(sum(square(cast(x, DType::f64)))); }

}  // namespace

void Adam::fields(Fields& f) {
  beta_fields(*this, f);
  f("amsgrad", amsgrad);
}
std::vector<OptimizerNumber> Adam::numbers() const { return beta_numbers(*this); }

/// m and v are means of gradients and their squares, and v, to the last bit, is not negative. The numerator's factor is
/// at most rate / (1 - beta_1).
double Adam::safe_gradient(double rate, int64_t) const {
  return std::min(kSafeSquare,
                  limit_over_rate(kSafeStep * least_denominator(epsilon), rate / (1 - static_cast<float>(beta_1))));
}

std::vector<Slot> Adam::slots(const Shape& weight) const {
  std::vector<Slot> all = two_means(weight);
  if (amsgrad) all.push_back({"velocity_hat", weight, 0, 1});
  return all;
}

StepScalars Adam::scalars(double rate, int64_t step) const {
  const float power_1 = left(beta_1, step), power_2 = left(beta_2, step);
  return {rate, static_cast<float>(rate) * std::sqrt(1.0f - power_2) / (1.0f - power_1)};
}

std::vector<Var> Adam::update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
  const Var m = moved(slots[0], g, beta_1), v = moved(slots[1], square(g), beta_2);
  std::vector<Var> out{{}, m, v};
  if (amsgrad) out.push_back(maximum(slots[2], v));
  out[0] = w - m * scalars[1] / (sqrt(out.back()) + epsilon);
  return out;
}

void AdamW::fields(Fields& f) {
  beta_fields(*this, f);
  f("amsgrad", amsgrad);
}
std::vector<OptimizerNumber> AdamW::numbers() const { return beta_numbers(*this); }
double AdamW::safe_gradient(double rate, int64_t step) const { return without_decay(*this).safe_gradient(rate, step); }
std::vector<Slot> AdamW::slots(const Shape& weight) const { return without_decay(*this).slots(weight); }
StepScalars AdamW::scalars(double rate, int64_t step) const { return without_decay(*this).scalars(rate, step); }
std::vector<Var> AdamW::update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
  return without_decay(*this).update(w, g, slots, scalars);
}

void Adamax::fields(Fields& f) { beta_fields(*this, f); }
std::vector<OptimizerNumber> Adamax::numbers() const { return beta_numbers(*this); }

/// As Adam's, without squares.
double Adamax::safe_gradient(double rate, int64_t) const {
  return std::min(kSafeStep,
                  limit_over_rate(kSafeStep * least_denominator(epsilon), rate / (1 - static_cast<float>(beta_1))));
}

std::vector<Slot> Adamax::slots(const Shape& weight) const { return {{"momentum", weight}, {"norm", weight}}; }

StepScalars Adamax::scalars(double rate, int64_t step) const {
  return {rate, static_cast<float>(rate) / (1.0f - left(beta_1, step))};
}

std::vector<Var> Adamax::update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
  const Var m = moved(slots[0], g, beta_1), u = maximum(slots[1] * beta_2, abs(g));
  return {w - m * scalars[1] / (u + epsilon), m, u};
}

void Nadam::fields(Fields& f) { beta_fields(*this, f); }
std::vector<OptimizerNumber> Nadam::numbers() const { return beta_numbers(*this); }

/// P_t is at most u_1 = 0.52 beta_1, so that what m and g are multiplied with is together below 8.
double Nadam::safe_gradient(double rate, int64_t) const {
  return std::min(kSafeSquare, limit_over_rate(kSafeStep * least_denominator(epsilon) / 8, rate));
}

std::vector<Slot> Nadam::slots(const Shape& weight) const { return two_means(weight); }

/// u_t
double Nadam::share(int64_t step) const { return beta_1 * (1 - 0.5 * static_cast<double>(power(0.96f, step))); }

/// P_t; as good as 0 beside 1, as a float and as a double, once it is small.
double Nadam::product_of_shares(int64_t steps) const {
  constexpr double kNone = 1e-30;
  double product = 1;
  for (int64_t t = 1; t <= steps && product > kNone; ++t) product *= share(t);
  return product;
}

std::vector<StepNumber> Nadam::step_numbers(int64_t steps) const { return {{"variable", product_of_shares(steps)}}; }

/// The rate is the float that a config tells, as it is to all of them.
StepScalars Nadam::scalars(double given_rate, int64_t step) const {
  const double rate = static_cast<float>(given_rate), product = product_of_shares(step), ahead = share(step + 1);
  return {rate, rate * ahead / (1 - product * ahead), rate * (1 - share(step)) / (1 - product),
          1 / (1 - static_cast<double>(left(beta_2, step)))};
}

std::vector<Var> Nadam::update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
  const Var m = moved(slots[0], g, beta_1), v = moved(slots[1], square(g), beta_2);
  return {w - (m * scalars[1] + g * scalars[2]) / (sqrt(v * scalars[3]) + epsilon), m, v};
}

void Lamb::fields(Fields& f) { beta_fields(*this, f); }
std::vector<OptimizerNumber> Lamb::numbers() const { return beta_numbers(*this); }
std::vector<Slot> Lamb::slots(const Shape& weight) const { return two_means(weight); }

StepScalars Lamb::scalars(double rate, int64_t step) const {
  return {rate, 1.0f / (1.0f - left(beta_1, step)), 1.0f / (1.0f - left(beta_2, step))};
}

std::vector<Var> Lamb::update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
  const Var m = moved(slots[0], g, beta_1), v = moved(slots[1], square(g), beta_2);
  const Var u = m * scalars[1] / (sqrt(v * scalars[2]) + epsilon);
  const Var of_w = length(w), of_u = length(u), zero = number(of_w, 0), one = number(of_w, 1);
  const Var ratio = where(greater(of_w, zero), where(greater(of_u, zero), of_w / of_u, one), one);
  return {w - u * scalars[0] * cast(ratio, w.dtype()), m, v};
}

}  // namespace reel
