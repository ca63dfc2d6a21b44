#include "reel/models/optimizers/rmsprop.h"

#include <cmath>

#include "reel/models/optimizers/arithmetic.h"

namespace reel {

void RMSprop::fields(Fields& f) {
  f("rho", rho);
  f("momentum", momentum);
  f("epsilon", epsilon);
  f("centered", centered);
}

std::vector<OptimizerNumber> RMSprop::numbers() const {
  return {{"rho", rho, NumberRange::lasting},
          {"momentum", momentum, NumberRange::share},
          {"epsilon", epsilon, NumberRange::denominator}};
}

/// Centered there is none: v - a^2, of which the root is taken, may be rounded to less than -epsilon.
double RMSprop::safe_gradient(double rate, int64_t step) const {
  if (centered) return 0;
  const double steps = momentum > 0 ? static_cast<double>(step) : 1;
  return std::min(kSafeSquare, limit_over_rate(kSafeStep * std::sqrt(least_denominator(epsilon)) / steps, rate));
}

std::vector<Slot> RMSprop::slots(const Shape& weight) const {
  std::vector<Slot> all{{"velocity", weight}};
  if (momentum > 0) all.push_back({"momentum", weight, 0, 1});
  if (centered) all.push_back({"average_gradient", weight, 0, 2});
  return all;
}

std::vector<Var> RMSprop::update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
  const Var velocity = mixed(slots[0], square(g), rho);
  const Var average = centered ? mixed(slots.back(), g, rho) : Var{};
  Var step = g * scalars[0] / sqrt((centered ? velocity - square(average) : velocity) + epsilon);
  std::vector<Var> out{{}, velocity};
  if (momentum > 0) out.push_back(step = slots[1] * momentum + step);
  if (centered) out.push_back(average);
  out[0] = w - step;
  return out;
}

}  // namespace reel
