#include "reel/models/optimizers/lion.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/optimizers/arithmetic.h"

namespace reel {

void Lion::fields(Fields& f) {
  f("beta_1", beta_1);
  f("beta_2", beta_2);
}

void Lion::check() const {
  if (beta_1 == 0) throw ValueError("lion: beta_1 must be positive, for without it all steps are signs of gradients");
}

std::vector<OptimizerNumber> Lion::numbers() const {
  return {{"beta_1", beta_1, NumberRange::share}, {"beta_2", beta_2, NumberRange::lasting}};
}

/// Means of gradients, and steps of the rate.
double Lion::safe_gradient(double rate, int64_t) const { return rate < kSafeStep ? kSafeStep : 0; }

std::vector<Slot> Lion::slots(const Shape& weight) const { return {{"momentum", weight}}; }

std::vector<Var> Lion::update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
  return {w - sign(mixed(slots[0], g, beta_1)) * scalars[0], mixed(slots[0], g, beta_2)};
}

}  // namespace reel
