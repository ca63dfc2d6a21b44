// What weights begin with, pay for and keep to goes through the check that users' do; and the check sees what is wrong.
#include "reel/models/testing/check_weight_rules.h"

#include <catch2/catch.hpp>
#include <set>

#include "models/known_names.h"
#include "reel/graph/error.h"
#include "reel/graph/random.h"

namespace reel {
namespace {

using Catch::Contains;

const std::vector<Initializer>& initializers() {
  static const std::vector<Initializer> all{Zeros{},           Ones{},
                                            Constant{0.5},     Identity{2},
                                            RandomUniform{},   RandomNormal{},
                                            GlorotUniform{},   GlorotNormal{},
                                            HeUniform{},       HeNormal{},
                                            LecunUniform{},    LecunNormal{},
                                            TruncatedNormal{}, VarianceScaling{.scale = 2, .mode = "fan_avg"},
                                            Orthogonal{0.75},  RandomNormal{.mean = 1, .seed = 4}};
  return all;
}

const std::vector<Regularizer>& regularizers() {
  static const std::vector<Regularizer> all{L1{}, L2{0.25}, L1L2{.l1 = 0.5, .l2 = 0.125}, OrthogonalRegularizer{},
                                            OrthogonalRegularizer{.mode = "columns"}};
  return all;
}

const std::vector<Constraint>& constraints() {
  static const std::vector<Constraint> all{MaxNorm{.max_value = 1.5}, NonNeg{}, UnitNorm{},
                                           MinMaxNorm{.min_value = 0.5, .max_value = 1.25}};
  return all;
}

/// Whether each class that is listed is among these.
template <class Rule>
void check_complete(const std::vector<Rule>& all) {
  std::set<std::string> checked, known;
  for (const Rule& rule : all) checked.insert(rule.described().class_name());
  for (const std::string& name : testing::listed_names<Rule>()) known.insert(Rule(name).described().class_name());
  CHECK(checked == known);
}

TEST_CASE("initializers hold what check_initializer asks", "[initializers][check_weight_rules]") {
  for (const Initializer& initializer : initializers()) {
    INFO(initializer.config().str());
    CHECK_NOTHROW(check_initializer(initializer, {7, 5}));
  }
  check_complete(initializers());
}

TEST_CASE("regularizers hold what check_regularizer asks", "[regularizers][check_weight_rules]") {
  for (const Regularizer& regularizer : regularizers()) {
    INFO(regularizer.config().str());
    CHECK_NOTHROW(check_regularizer(regularizer, {7, 5}));
  }
  check_complete(regularizers());
}

TEST_CASE("constraints hold what check_constraint asks", "[constraints][check_weight_rules]") {
  for (const Constraint& constraint : constraints()) {
    INFO(constraint.config().str());
    CHECK_NOTHROW(check_constraint(constraint, {7, 5}));
    CHECK_NOTHROW(check_constraint(constraint, {300, 40}));
  }
  check_complete(constraints());
}

TEST_CASE("the checks see what is wrong with what weights begin with, pay for and keep to", "[check_weight_rules]") {
  const WeightRuleCheckOptions function{.has_config = false};
  CHECK_THROWS_WITH(
      check_regularizer([](Var w) { return sum(square(stop_gradient(w))) + 0.0 * sum(w); }, {3, 2}, function),
      Contains("regularizer: derivative"));
  CHECK_THROWS_WITH(check_regularizer([](Var w) { return sum(w) / 0.0; }, {3, 2}, function), Contains("gave"));
  CHECK_THROWS_WITH(check_constraint([](Var w) { return w * 0.5; }, {3, 2}, function),
                    Contains("which it had made itself"));
  CHECK_THROWS_WITH(
      check_initializer(Initializer([](const Shape& shape, Random&) { return Tensor::full(shape, HUGE_VAL); }), {3, 2},
                        function),
      Contains("gave inf"));
  CHECK_THROWS_AS(check_constraint([](Var w) { return w; }, {3, 2}), ValueError);  // which has no config
  CHECK_NOTHROW(check_constraint([](Var w) { return w; }, {3, 2}, function));
}

}  // namespace
}  // namespace reel
