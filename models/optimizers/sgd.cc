#include "reel/models/optimizers/sgd.h"

#include "reel/models/optimizers/arithmetic.h"

namespace reel {

void SGD::fields(Fields& f) {
  f("momentum", momentum);
  f("nesterov", nesterov);
}

std::vector<OptimizerNumber> SGD::numbers() const { return {{"momentum", momentum, NumberRange::share}}; }

/// Velocities add up; Nesterov's is taken together with another step.
double SGD::safe_gradient(double rate, int64_t step) const {
  return kSafeStep / (rate * (momentum != 0 ? 2 * static_cast<double>(step) : 1));
}

std::vector<Slot> SGD::slots(const Shape& weight) const {
  return momentum != 0 ? std::vector<Slot>{{"momentum", weight}} : std::vector<Slot>{};
}

std::vector<Var> SGD::update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
  const Var step = g * scalars[0];
  if (slots.empty()) return {w - step};
  const Var velocity = slots[0] * momentum - step;
  return {w + (nesterov ? velocity * momentum - step : velocity), velocity};
}

}  // namespace reel
