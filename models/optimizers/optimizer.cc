#include "reel/models/optimizers/optimizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <regex>
#include <utility>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/describe/family.h"
#include "reel/models/describe/users_code.h"
#include "reel/models/optimizers/arithmetic.h"

namespace reel {
namespace {

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

void check_rate(std::string_view optimizer, double rate) {
  check_number(optimizer, {"learning_rate", rate, NumberRange::not_negative});
}

void check_count(std::string_view optimizer, std::string_view what, const std::optional<int64_t>& count,
                 int64_t least) {
  if (!count || *count >= least) return;
  throw ValueError(fmt::format("{}: {} must be at least {}, got {}", optimizer, what, least, *count));
}

void check_options(std::string_view name, const OptimizerOptions& options) {
  const std::pair<std::string_view, const std::optional<double>&> numbers[] = {
      {"clipnorm", options.clipnorm},
      {"clipvalue", options.clipvalue},
      {"global_clipnorm", options.global_clipnorm},
      {"weight_decay", options.weight_decay}};
  for (const auto& [what, value] : numbers) check_number(name, {what, value.value_or(0), NumberRange::not_negative});
  if (options.clipnorm.has_value() + options.clipvalue.has_value() + options.global_clipnorm.has_value() > 1) {
    throw ValueError(fmt::format("{}: at most one of clipnorm, clipvalue and global_clipnorm can be set", name));
  }
  check_number(name, {"ema_momentum", options.ema_momentum, NumberRange::share});
  check_number(name, {"loss_scale_factor", options.loss_scale_factor.value_or(1), NumberRange::denominator});
  if (options.loss_scale_factor == 0.0) {
    throw ValueError(fmt::format("{}: loss_scale_factor must be above 0, got 0", name));
  }
  check_count(name, "ema_overwrite_frequency", options.ema_overwrite_frequency, 1);
  check_count(name, "gradient_accumulation_steps", options.gradient_accumulation_steps, 2);
}

}  // namespace

std::string Optimizer::Rule::name() const {
  const std::string& given = const_cast<Rule*>(this)->parts().options.name;
  return given.empty() ? snake_case(std::string(without_package(class_name()))) : given;
}

void Optimizer::Rule::fields(Fields& f) {
  const auto [learning_rate, options, weight_decay] = parts();
  std::string shown = name();
  f("name", shown);
  if (shown != name()) options.name = shown;
  f("learning_rate", learning_rate);
  f("weight_decay", weight_decay);
  f("clipnorm", options.clipnorm);
  f("global_clipnorm", options.global_clipnorm);
  f("clipvalue", options.clipvalue);
  f("use_ema", options.use_ema);
  f("ema_momentum", options.ema_momentum);
  f("ema_overwrite_frequency", options.ema_overwrite_frequency);
  f("loss_scale_factor", options.loss_scale_factor);
  f("gradient_accumulation_steps", options.gradient_accumulation_steps);
  own_fields(f);
}

void Optimizer::Rule::check() const {
  const auto [learning_rate, options, weight_decay] = const_cast<Rule*>(this)->parts();
  const std::string own_name = name();
  if (!learning_rate.is_schedule()) check_rate(own_name, learning_rate.at(0));
  check_options(own_name, options);
  check_number(own_name, {"weight_decay", weight_decay.value_or(0), NumberRange::not_negative});
  if (&weight_decay != &options.weight_decay && options.weight_decay) {
    throw ValueError(fmt::format("{}: takes weight_decay itself, not in its options", own_name));
  }
  for (const OptimizerNumber& number : numbers()) check_number(own_name, number);
  own_check();
}

Optimizer::Rule& Optimizer::rule() const {
  if (!rule_) throw Error("optimizer: there is none");
  return *rule_;
}

int64_t Optimizer::updates(int64_t iteration) const {
  return iteration / options().gradient_accumulation_steps.value_or(1);
}

double Optimizer::learning_rate(int64_t iteration, std::optional<double> kept) const {
  const double rate = kept && !has_schedule() ? *kept : rule().parts().learning_rate.at(iteration);
  if (missed_range(rate, NumberRange::not_negative).empty()) return rate;
  check_rate(fmt::format("{}, after {} steps", name(), iteration), rate);
  return rate;
}

void Optimizer::set_learning_rate(double rate) {
  check_rate(name(), rate);
  if (has_schedule()) throw ValueError(fmt::format("{}: its learning rate is a schedule, which cannot be set", name()));
  rule_ = rule().copy();
  rule_->parts().learning_rate = rate;
}

void Optimizer::exclude_from_weight_decay(std::vector<std::string> names) {
  for (const std::string& name : names) {
    try {
      const std::regex is_expression(name);
    } catch (const std::regex_error& error) {
      throw ValueError(fmt::format("{}: exclude_from_weight_decay: \"{}\" is no regular expression: {}", this->name(),
                                   excerpt(name), error.what()));
    }
  }
  rule_ = rule().copy();
  rule_->parts().options.exclude_from_weight_decay = std::move(names);
}

}  // namespace reel
