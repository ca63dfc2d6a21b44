#include "reel/models/optimizers/optimizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "reel/models/describe/names.h"
#include "reel/models/describe/users_code.h"

namespace reel {
namespace {

Var number(Var like, double value) { return like.graph().constant(value, like.dtype()); }

/// The length of all gradients together, in double: squares of floats neither overflow nor vanish there.
Var norm(std::span<const Var> gradients) {
  std::vector<Var> squares;
  for (const Var& g : gradients) squares.push_back(sum(square(cast(g, DType::f64))));
  return sqrt(add_n(squares));
}

/// g limit / max(norm, limit), where neither g limit nor the quotient need be a float.
Var scale_to_norm(Var g, Var norm, double limit) {
  return cast(cast(g, DType::f64) * (limit / maximum(norm, number(norm, limit))), g.dtype());
}

std::vector<Var> clipped(std::span<const Var> gradients, const GradientOptions& options) {
  std::vector<Var> out(gradients.begin(), gradients.end());
  const Var all = options.global_clipnorm > 0 && !gradients.empty() ? norm(gradients) : Var{};
  for (Var& g : out) {
    if (options.clipnorm > 0) g = scale_to_norm(g, norm(std::span(&g, 1)), options.clipnorm);
    if (options.clipvalue > 0) g = minimum(maximum(g, number(g, -options.clipvalue)), number(g, options.clipvalue));
    if (all) g = scale_to_norm(g, all, options.global_clipnorm);
  }
  return out;
}

constexpr double kLargestFloat = std::numeric_limits<float>::max(), kLeastFloat = std::numeric_limits<float>::min();

/// What the number must be but is not; empty if it is.
std::string_view missed_range(double value, NumberRange range) {
  if (!(value >= 0 && value <= kLargestFloat)) {
    return range == NumberRange::share     ? "in [0, 1]"
           : range == NumberRange::lasting ? "in [0, 1)"
                                           : "finite and not negative";
  }
  switch (range) {
    case NumberRange::not_negative: return {};
    case NumberRange::share: return value <= 1 ? std::string_view() : "in [0, 1]";
    case NumberRange::lasting: return static_cast<float>(value) < 1 ? std::string_view() : "in [0, 1)";
    case NumberRange::denominator:
      return value == 0 || value >= kLeastFloat ? std::string_view() : "0 or a normal float";
  }
  return {};
}

void check_number(std::string_view optimizer, const OptimizerNumber& number) {
  const std::string_view missed = missed_range(number.value, number.range);
  if (missed.empty()) return;
  throw ValueError(fmt::format("{}: {} must be {}, got {}", optimizer, number.name, missed, number.value));
}

OptimizerNumber rate_number(double rate) { return {"learning_rate", rate, NumberRange::not_negative}; }

std::array<OptimizerNumber, 4> numbers_of(const GradientOptions& options) {
  return {{{"clipnorm", options.clipnorm, NumberRange::not_negative},
           {"clipvalue", options.clipvalue, NumberRange::not_negative},
           {"global_clipnorm", options.global_clipnorm, NumberRange::not_negative},
           {"weight_decay", options.weight_decay, NumberRange::not_negative}}};
}

/// A step below this makes no finite float infinite: half of what lies between the largest two is 2^103. The rest is
/// for rounding, which many steps add up.
constexpr double kSafeStep = 0x1p80;
/// Whose square is below it, too.
constexpr double kSafeSquare = 0x1p40;

/// base^exponent as a float, for 0 <= base < 1. By squares in double, which any machine rounds alike; the C library's
/// own power is not the same everywhere.
float power(float base, int64_t exponent) {
  double result = 1, square = base;
  for (; exponent > 0; exponent /= 2, square *= square) {
    if (exponent % 2 == 1) result *= square;
  }
  return static_cast<float>(result);
}

/// How small epsilon makes a denominator; at most 1, as numerators must be floats as well.
double least_denominator(double epsilon) { return std::min<double>(static_cast<float>(epsilon), 1); }

/// Whether a weight's decay only takes from it.
bool decay_is_safe(double decay, double rate) { return decay <= 1 && decay * rate <= 1; }

/// w after this step's decay.
Var decayed(Var w, double decay, Var rate) { return decay > 0 ? w - w * decay * rate : w; }

Adam without_decay(const AdamW& o) {
  return {.beta_1 = o.beta_1, .beta_2 = o.beta_2, .epsilon = o.epsilon, .amsgrad = o.amsgrad};
}

/// Throws ShapeError unless these are a new weight and as many new slots as the optimizer has, all of the weight's
/// type.
void check_update(std::string_view optimizer, Var weight, size_t slots, std::span<const Var> made) {
  if (made.size() != 1 + slots) {
    throw ShapeError(fmt::format("{}: an update is a weight and {} slots, {} values, got {} for a weight {}", optimizer,
                                 slots, 1 + slots, made.size(), weight.type().str()));
  }
  for (const Var& value : made) {
    require_var(value, weight.graph(), {"optimizer", optimizer});
    if (value.type() == weight.type()) continue;
    throw ShapeError(fmt::format("{}: an update of a weight {} has its type, got {}", optimizer, weight.type().str(),
                                 value.type().str()));
  }
}

constexpr Maker<Optimizer> kOptimizers[] = {
    maker<Optimizer, SGD>(SGD::name, "SGD"),
    maker<Optimizer, Adam>(Adam::name, "Adam"),
    maker<Optimizer, AdamW>(AdamW::name, "AdamW"),
    maker<Optimizer, RMSprop>(RMSprop::name, "RMSprop"),
};

}  // namespace

std::vector<OptimizerNumber> SGD::numbers() const { return {{"momentum", momentum, NumberRange::share}}; }

/// Velocities add up; Nesterov's is taken together with another step.
double SGD::safe_gradient(double rate, int64_t step) const {
  return kSafeStep / (rate * (momentum != 0 ? 2 * static_cast<double>(step) : 1));
}

std::vector<std::string> SGD::slots() const {
  return momentum != 0 ? std::vector<std::string>{"momentum"} : std::vector<std::string>{};
}

StepScalars SGD::scalars(double rate, int64_t) const { return {rate}; }

std::vector<Var> SGD::update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
  const Var step = g * scalars[0];
  if (slots.empty()) return {w - step};
  const Var velocity = slots[0] * momentum - step;
  return {w + (nesterov ? velocity * momentum - step : velocity), velocity};
}

std::vector<OptimizerNumber> Adam::numbers() const {
  return {{"beta_1", beta_1, NumberRange::lasting},
          {"beta_2", beta_2, NumberRange::lasting},
          {"epsilon", epsilon, NumberRange::denominator}};
}

/// m and v are means of gradients and their squares, and v, to the last bit, is not negative. The numerator's factor is
/// at most rate / (1 - beta_1).
double Adam::safe_gradient(double rate, int64_t) const {
  return std::min(kSafeSquare, kSafeStep * (1 - static_cast<float>(beta_1)) * least_denominator(epsilon) / rate);
}

std::vector<std::string> Adam::slots() const {
  std::vector<std::string> names{"momentum", "velocity"};
  if (amsgrad) names.push_back("velocity_hat");
  return names;
}

/// In float32, as Keras computes it.
StepScalars Adam::scalars(double rate, int64_t step) const {
  const float power_1 = power(static_cast<float>(beta_1), step), power_2 = power(static_cast<float>(beta_2), step);
  return {rate, static_cast<float>(rate) * std::sqrt(1.0f - power_2) / (1.0f - power_1)};
}

std::vector<Var> Adam::update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
  const Var m = slots[0] + (g - slots[0]) * (1 - beta_1);
  const Var v = slots[1] + (square(g) - slots[1]) * (1 - beta_2);
  std::vector<Var> out{{}, m, v};
  if (amsgrad) out.push_back(maximum(slots[2], v));
  out[0] = w - m * scalars[1] / (sqrt(out.back()) + epsilon);
  return out;
}

void AdamW::check() const {
  if (gradient.weight_decay > 0) throw ValueError("adamw: takes weight_decay itself, not in its gradient's options");
}

std::vector<OptimizerNumber> AdamW::numbers() const {
  std::vector<OptimizerNumber> all = without_decay(*this).numbers();
  all.push_back({"weight_decay", weight_decay, NumberRange::not_negative});
  return all;
}

double AdamW::safe_gradient(double rate, int64_t step) const {
  return decay_is_safe(weight_decay, rate) ? without_decay(*this).safe_gradient(rate, step) : 0;
}

std::vector<std::string> AdamW::slots() const { return without_decay(*this).slots(); }
StepScalars AdamW::scalars(double rate, int64_t step) const { return without_decay(*this).scalars(rate, step); }

std::vector<Var> AdamW::update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
  return without_decay(*this).update(decayed(w, weight_decay, scalars[0]), g, slots, scalars);
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
  return std::min(kSafeSquare, kSafeStep * std::sqrt(least_denominator(epsilon)) / (rate * steps));
}

std::vector<std::string> RMSprop::slots() const {
  std::vector<std::string> names{"velocity"};
  if (momentum > 0) names.push_back("momentum");
  if (centered) names.push_back("average_gradient");
  return names;
}

StepScalars RMSprop::scalars(double rate, int64_t) const { return {rate}; }

std::vector<Var> RMSprop::update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
  const auto mean_with = [&](Var before, Var now) { return before * rho + now * (1 - rho); };
  const Var velocity = mean_with(slots[0], square(g));
  const Var average = centered ? mean_with(slots.back(), g) : Var{};
  Var step = g * scalars[0] / sqrt((centered ? velocity - square(average) : velocity) + epsilon);
  std::vector<Var> out{{}, velocity};
  if (momentum > 0) out.push_back(step = slots[1] * momentum + step);
  if (centered) out.push_back(average);
  out[0] = w - step;
  return out;
}

Optimizer::Optimizer(std::string_view name)
    : Optimizer(entry_named<Maker<Optimizer>>("optimizer", name, {kOptimizers}).make()) {}

Optimizer::Optimizer(const char* name) : Optimizer(given_name("optimizer", name)) {}

const Optimizer::Rule& Optimizer::rule() const {
  if (!rule_) throw Error("optimizer: there is none");
  return *rule_;
}

void Optimizer::check_options() const {
  const GradientOptions& options = rule().gradient();
  for (const OptimizerNumber& number : numbers_of(options)) check_number(name(), number);
  for (const OptimizerNumber& number : rule().numbers()) check_number(name(), number);
  if ((options.clipnorm > 0) + (options.clipvalue > 0) + (options.global_clipnorm > 0) > 1) {
    throw ValueError(fmt::format("{}: at most one of clipnorm, clipvalue and global_clipnorm can be set", name()));
  }
  rule().check();
}

double Optimizer::safe_gradient(double rate, int64_t step) const {
  return decay_is_safe(rule().gradient().weight_decay, rate) ? rule().safe_gradient(rate, step) : 0;
}

double Optimizer::clip_bound() const {
  const GradientOptions& options = rule().gradient();
  const double limit = std::max({options.clipnorm, options.clipvalue, options.global_clipnorm});
  return limit > 0 ? limit : std::numeric_limits<double>::infinity();
}

double Optimizer::learning_rate() const {
  rule();
  return learning_rate_;
}

void Optimizer::set_learning_rate(double rate) {
  check_number(name(), rate_number(rate));
  learning_rate_ = rate;
}

std::vector<Optimizer::Updated> Optimizer::update(std::span<const Var> weights, std::span<const Var> gradients,
                                                  const std::vector<std::vector<Var>>& slots,
                                                  std::span<const Var> scalars) const {
  const GradientOptions& options = rule().gradient();
  const std::vector<Var> clipped_gradients = clipped(gradients, options);
  std::vector<Updated> updated;
  for (size_t i = 0; i < weights.size(); ++i) {
    const Var w = decayed(weights[i], options.weight_decay, scalars[0]);
    std::vector<Var> made = rule_->update(w, clipped_gradients[i], slots[i], scalars);
    check_update(rule_->name(), w, slots[i].size(), made);
    updated.push_back({made[0], {made.begin() + 1, made.end()}});
  }
  return updated;
}

}  // namespace reel
