#include "reel/models/schedules/learning_rate_schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "reel/graph/elementary.h"
#include "reel/graph/error.h"
#include "reel/models/describe/family.h"
#include "reel/models/describe/users_code.h"

namespace reel {
namespace {

// What is written as float here is what Keras rounds to float32.

float single(double x) { return static_cast<float>(x); }

/// base^exponent for a base that is not negative.
float power(float base, float exponent) {
  if (base == 0) return exponent == 0 ? 1.0f : 0.0f;
  return single(plain_exp(static_cast<double>(exponent) * plain_log(static_cast<double>(base))));
}

float log_of(float x) { return single(plain_log(static_cast<double>(x))); }

/// (1 + cos(pi fraction)) / 2
float half_wave(float fraction) {
  const double turns = std::abs(static_cast<double>(single(std::numbers::pi) * fraction) / (2 * std::numbers::pi));
  return 0.5f * (1.0f + single(plain_cos_of_turns(turns - std::floor(turns))));
}

float part(int64_t iteration, double decay_steps, bool staircase) {
  const float p = single(static_cast<double>(iteration)) / single(decay_steps);
  return staircase ? std::floor(p) : p;
}

void check_steps(std::string_view schedule, std::string_view what, double steps) {
  if (std::isfinite(steps) && steps > 0) return;
  throw ValueError(fmt::format("{}: {} must be positive and finite, got {}", schedule, what, steps));
}

constexpr Maker<LearningRateSchedule> kSchedules[] = {
    {{"ExponentialDecay"}, LearningRateSchedule::blank<ExponentialDecay>},
    {{"PiecewiseConstantDecay"}, LearningRateSchedule::blank<PiecewiseConstantDecay>},
    {{"PolynomialDecay"}, LearningRateSchedule::blank<PolynomialDecay>},
    {{"InverseTimeDecay"}, LearningRateSchedule::blank<InverseTimeDecay>},
    {{"CosineDecay"}, LearningRateSchedule::blank<CosineDecay>},
    {{"CosineDecayRestarts"}, LearningRateSchedule::blank<CosineDecayRestarts>},
};

Family<LearningRateSchedule>& family() {
  static Family<LearningRateSchedule> all("schedule", "keras.optimizers.schedules", kSchedules);
  return all;
}

}  // namespace

void ExponentialDecay::fields(Fields& f) {
  f.required("initial_learning_rate", initial_learning_rate);
  f.as_given("decay_steps", decay_steps, true);
  f.required("decay_rate", decay_rate);
  f("staircase", staircase);
  f("name", name);
}
void ExponentialDecay::check() const {
  check_steps(class_name, "decay_steps", decay_steps);
  if (!(decay_rate >= 0))
    throw ValueError(fmt::format("ExponentialDecay: decay_rate must not be negative, got {}", decay_rate));
}
double ExponentialDecay::operator()(int64_t iteration) const {
  return single(initial_learning_rate) * power(single(decay_rate), part(iteration, decay_steps, staircase));
}

void PiecewiseConstantDecay::fields(Fields& f) {
  f.required("boundaries", boundaries);
  f.required("values", values);
  f("name", name);
}
void PiecewiseConstantDecay::check() const {
  if (values.size() != boundaries.size() + 1 || !std::ranges::is_sorted(boundaries)) {
    throw ValueError(fmt::format("PiecewiseConstantDecay: needs rising boundaries and one value more, got {} and {}",
                                 boundaries.size(), values.size()));
  }
}
double PiecewiseConstantDecay::operator()(int64_t iteration) const {
  const auto below = std::ranges::lower_bound(boundaries, iteration) - boundaries.begin();
  return single(values[static_cast<size_t>(below)]);
}

void PolynomialDecay::fields(Fields& f) {
  f.required("initial_learning_rate", initial_learning_rate);
  f.as_given("decay_steps", decay_steps, true);
  f("end_learning_rate", end_learning_rate);
  f("power", power);
  f("cycle", cycle);
  f("name", name);
}
void PolynomialDecay::check() const { check_steps(class_name, "decay_steps", decay_steps); }
double PolynomialDecay::operator()(int64_t iteration) const {
  float i = single(static_cast<double>(iteration)), steps = single(decay_steps);
  if (cycle)
    steps *= iteration == 0 ? 1 : std::ceil(i / steps);
  else
    i = std::min(i, steps);
  const float first = single(initial_learning_rate), end = single(end_learning_rate);
  return (first - end) * reel::power(1 - i / steps, single(power)) + end;
}

void InverseTimeDecay::fields(Fields& f) {
  f.required("initial_learning_rate", initial_learning_rate);
  f.as_given("decay_steps", decay_steps, true);
  f.required("decay_rate", decay_rate);
  f("staircase", staircase);
  f("name", name);
}
void InverseTimeDecay::check() const { check_steps(class_name, "decay_steps", decay_steps); }
double InverseTimeDecay::operator()(int64_t iteration) const {
  return single(initial_learning_rate) / (1 + single(decay_rate) * part(iteration, decay_steps, staircase));
}

void CosineDecay::fields(Fields& f) {
  f.required("initial_learning_rate", initial_learning_rate);
  f.as_given("decay_steps", decay_steps, true);
  f("alpha", alpha);
  f("name", name);
  f("warmup_target", warmup_target);
  f.as_given("warmup_steps", warmup_steps);
}
void CosineDecay::check() const {
  check_steps(class_name, "decay_steps", decay_steps);
  if (!(warmup_steps >= 0))
    throw ValueError(fmt::format("CosineDecay: warmup_steps must not be negative, got {}", warmup_steps));
}
double CosineDecay::operator()(int64_t iteration) const {
  const float steps = single(decay_steps), first = single(initial_learning_rate);
  const float warmup = warmup_target ? single(warmup_steps) : 0, i = single(static_cast<double>(iteration));
  const float peak = warmup_target ? single(*warmup_target) : first;
  if (i < warmup) return (peak - first) * (i / warmup) + first;
  const float wave = half_wave((std::min(i, steps + warmup) - warmup) / steps);
  return peak * (single(1 - alpha) * wave + single(alpha));
}

void CosineDecayRestarts::fields(Fields& f) {
  f.required("initial_learning_rate", initial_learning_rate);
  f.as_given("first_decay_steps", first_decay_steps, true);
  f("t_mul", t_mul);
  f("m_mul", m_mul);
  f("alpha", alpha);
  f("name", name);
}
void CosineDecayRestarts::check() const {
  check_steps(class_name, "first_decay_steps", first_decay_steps);
  if (!(t_mul >= 1 && m_mul >= 0)) {
    throw ValueError(fmt::format("CosineDecayRestarts: needs t_mul of at least 1 and m_mul not negative, got {} and {}",
                                 t_mul, m_mul));
  }
}
double CosineDecayRestarts::operator()(int64_t iteration) const {
  const float t = single(t_mul), passed = part(iteration, first_decay_steps, false);
  float restarts = std::floor(passed), fraction = passed - restarts;
  if (t != 1) {
    restarts = std::floor(log_of(1 - passed * (1 - t)) / log_of(t));
    const float length = power(t, restarts);
    fraction = (passed - (1 - length) / (1 - t)) / length;
  }
  const float wave = power(single(m_mul), restarts) * half_wave(fraction);
  return single(initial_learning_rate) * ((1 - single(alpha)) * wave + single(alpha));
}

std::shared_ptr<LearningRateSchedule::Rule> LearningRateSchedule::rule_of(std::function<double(int64_t)> function) {
  return std::make_shared<Model<std::function<double(int64_t)>>>(require_function(std::move(function), "schedule"));
}

LearningRateSchedule LearningRateSchedule::from_config(const Config& config) { return family().from_config(config); }
Config LearningRateSchedule::config() const { return family().config(*this); }

void register_schedule(std::string class_name, std::function<LearningRateSchedule()> make) {
  family().add(std::move(class_name), std::move(make));
}

}  // namespace reel
