#include "reel/models/testing/check_weight_rules.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "reel/autodiff/check_gradients.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/random.h"
#include "reel/models/testing/check_config.h"
#include "reel/models/testing/same_bits.h"

namespace reel {
namespace {

template <class Rule>
std::string who_of(const char* what, const Rule& rule, const WeightRuleCheckOptions& options) {
  return options.has_config ? fmt::format("{} {}", what, rule.described().class_name()) : std::string(what);
}

Tensor weight_of(const Shape& shape) { return Tensor::uniform(shape, -2, 2, 7); }

/// What a function of a weight gives.
template <class Rule>
std::vector<Tensor> applied(const Rule& rule, const Tensor& weight) {
  Tape tape;
  return tape.compile({rule(tape.parameter(weight))}).run();
}

template <class Rule>
void check_applied(const std::string& who, const Rule& rule, const Shape& shape,
                   const WeightRuleCheckOptions& options) {
  const Tensor weight = weight_of(shape);
  const std::vector<Tensor> made = applied(rule, weight);
  check_finite(who, made);
  check_threads(who, [&] { return applied(rule, weight); });
  if (options.has_config) check_same(who, "made of its config", made, applied(check_config(who, rule), weight));
}

}  // namespace

void check_initializer(const Initializer& initializer, const Shape& weight, const WeightRuleCheckOptions& options) {
  const std::string who = who_of("initializer", initializer, options);
  const auto made_by = [&](const Initializer& any) {
    Random random(3, Purpose::weights);
    return std::vector<Tensor>{any(weight, random)};
  };
  const std::vector<Tensor> made = made_by(initializer);
  check_finite(who, made);
  check_same(who, "from the same random numbers", made, made_by(initializer));
  if (options.has_config) check_same(who, "made of its config", made, made_by(check_config(who, initializer)));
}

void check_regularizer(const Regularizer& regularizer, const Shape& weight, const WeightRuleCheckOptions& options) {
  const std::string who = who_of("regularizer", regularizer, options);
  check_applied(who, regularizer, weight, options);
  const GradientCheck found =
      check_gradients([&](Tape&, std::span<const Var> w) { return regularizer(w[0]); },
                      {weight_of(weight).cast(DType::f64)}, {.step = options.step, .tolerance = options.tolerance});
  if (!found) throw CheckError(who, "derivative: " + found.message);
}

void check_constraint(const Constraint& constraint, const Shape& weight, const WeightRuleCheckOptions& options) {
  constexpr double kRounding = 1e-5;
  const std::string who = who_of("constraint", constraint, options);
  check_applied(who, constraint, weight, options);
  const Tensor once = applied(constraint, weight_of(weight))[0], twice = applied(constraint, once)[0];
  for (int64_t i = 0; i < once.size(); ++i) {
    if (std::abs(once.at(i) - twice.at(i)) <= kRounding * (1 + std::abs(once.at(i)))) continue;
    throw CheckError(who, fmt::format("makes {} of {}, which it had made itself", twice.at(i), once.at(i)));
  }
}

}  // namespace reel
