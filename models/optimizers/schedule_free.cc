#include "reel/models/optimizers/schedule_free.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/optimizers/arithmetic.h"

namespace reel {

void ScheduleFreeAdamW::fields(Fields& f) {
  f("beta_1", beta_1);
  f("beta_2", beta_2);
  f("epsilon", epsilon);
  f("warmup_steps", warmup_steps);
}

void ScheduleFreeAdamW::check() const {
  if (static_cast<float>(beta_1) <= 0) {
    throw ValueError(fmt::format("{}: beta_1 must be above 0, got {}", class_name, beta_1));
  }
  if (warmup_steps < 0) {
    throw ValueError(fmt::format("{}: warmup_steps must not be negative, got {}", class_name, warmup_steps));
  }
}

std::vector<OptimizerNumber> ScheduleFreeAdamW::numbers() const {
  return {{"beta_1", beta_1, NumberRange::lasting},
          {"beta_2", beta_2, NumberRange::lasting},
          {"epsilon", epsilon, NumberRange::denominator}};
}

std::vector<Slot> ScheduleFreeAdamW::slots(const Shape& weight) const {
  return {{.name = "momentum", .shape = weight, .starts_as_weight = true}, {.name = "velocity", .shape = weight}};
}

StepScalars ScheduleFreeAdamW::scalars(double rate, int64_t step) const {
  const double warm =
      warmup_steps > 0 ? std::min(static_cast<double>(step) / static_cast<double>(warmup_steps), 1.0) : 1;
  return {rate, static_cast<float>(rate) * static_cast<float>(warm), 1.0f - power(static_cast<float>(beta_2), step),
          1.0f / static_cast<float>(step)};
}

std::vector<Var> ScheduleFreeAdamW::update(Var w, Var g, std::span<const Var> slots,
                                           std::span<const Var> scalars) const {
  const Var rate = scalars[1], left = scalars[2], share = scalars[3], before = slots[0];
  const Var v = moved(slots[1], square(g), beta_2);
  const Var z = before - rate * g / (sqrt(v / left) + epsilon);
  const Var x = (w - before * (1 - beta_1)) / beta_1;
  const Var mean = x * (1.0 - share) + z * share;
  return {z * (1 - beta_1) + mean * beta_1, z, v};
}

}  // namespace reel
