#include "reel/models/optimizer.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

#include "reel/models/names.h"
#include "reel/models/users_code.h"

namespace reel {
namespace {

Var number(Var like, double value) { return like.graph().constant(value, like.dtype()); }

Var norm(std::span<const Var> gradients) {
  std::vector<Var> squares;
  for (const Var& g : gradients) squares.push_back(sum(square(g)));
  return sqrt(add_n(squares));
}

Var scale_to_norm(Var g, Var norm, double limit) { return g * limit / maximum(norm, number(norm, limit)); }

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

/// Throws ValueError unless 0 <= value and, as a float too, value < infinity.
void check_not_negative(std::string_view optimizer, std::string_view what, double value) {
  if (value >= 0 && value <= std::numeric_limits<float>::max()) return;
  throw ValueError(fmt::format("{}: {} must be finite and not negative, got {}", optimizer, what, value));
}

void check_gradient_options(std::string_view optimizer, const GradientOptions& options) {
  const std::pair<std::string_view, double> all[] = {{"clipnorm", options.clipnorm},
                                                     {"clipvalue", options.clipvalue},
                                                     {"global_clipnorm", options.global_clipnorm},
                                                     {"weight_decay", options.weight_decay}};
  for (const auto& [what, value] : all) check_not_negative(optimizer, what, value);
  if ((options.clipnorm > 0) + (options.clipvalue > 0) + (options.global_clipnorm > 0) > 1) {
    throw ValueError(fmt::format("{}: at most one of clipnorm, clipvalue and global_clipnorm can be set", optimizer));
  }
}

/// A share of what was before, which is kept from step to step. One of 1 makes steps of 0 / 0, or learns nothing.
void check_kept(std::string_view optimizer, std::string_view what, double share) {
  const bool fits = share >= 0 && static_cast<float>(share) < 1;
  if (!fits) throw ValueError(fmt::format("{}: {} must be in [0, 1), got {}", optimizer, what, share));
}

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

void Adam::check() const {
  check_kept(name, "beta_1", beta_1);
  check_kept(name, "beta_2", beta_2);
}

std::vector<std::string> Adam::slots() const {
  std::vector<std::string> names{"momentum", "velocity"};
  if (amsgrad) names.push_back("velocity_hat");
  return names;
}

/// In float32, as Keras computes it.
StepScalars Adam::scalars(double rate, int64_t step) const {
  const float t = static_cast<float>(step);
  const float power_1 = std::pow(static_cast<float>(beta_1), t), power_2 = std::pow(static_cast<float>(beta_2), t);
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
  check_kept(name, "beta_1", beta_1);
  check_kept(name, "beta_2", beta_2);
  check_not_negative(name, "weight_decay", weight_decay);
  if (gradient.weight_decay > 0) throw ValueError("adamw: takes weight_decay itself, not in its gradient's options");
}

std::vector<std::string> AdamW::slots() const { return without_decay(*this).slots(); }
StepScalars AdamW::scalars(double rate, int64_t step) const { return without_decay(*this).scalars(rate, step); }

std::vector<Var> AdamW::update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
  return without_decay(*this).update(decayed(w, weight_decay, scalars[0]), g, slots, scalars);
}

void RMSprop::check() const {
  check_kept(name, "rho", rho);
  check_not_negative(name, "momentum", momentum);
  check_not_negative(name, "epsilon", epsilon);
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
  check_gradient_options(name(), rule().gradient());
  rule().check();
}

double Optimizer::learning_rate() const {
  rule();
  return learning_rate_;
}

void Optimizer::set_learning_rate(double rate) {
  check_not_negative(name(), "learning_rate", rate);
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
