// Constraints: weights by hand, configs; reel-golden compares them with Keras's.
#include "reel/models/constraints/constraint.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "graph/interpreter.h"
#include "models/known_names.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"

namespace reel {
namespace {

using Catch::Contains;

// Columns of norms 5, 0 and 0.5.
const Tensor kWeight = Tensor::of<float>({2, 3}, {3, 0, 0.3f, -4, 0, -0.4f});

Tensor constrained(const Constraint& constraint, const Tensor& weight) {
  Tape tape;
  return value_of(constraint(tape.parameter(weight)));
}

/// Whether columns are what they were, each times its factor.
void check_columns(const Tensor& made, const std::vector<double>& factors) {
  for (int64_t i = 0; i < kWeight.size(); ++i) {
    CHECK(made.at(i) == Approx(kWeight.at(i) * factors[static_cast<size_t>(i % 3)]).epsilon(1e-6));
  }
}

TEST_CASE("constraints: weights by hand", "[constraint]") {
  check_columns(constrained(MaxNorm{}, kWeight), {0.4, 1, 1});
  check_columns(constrained(MaxNorm{.max_value = 0.25}, kWeight), {0.05, 1, 0.5});
  check_columns(constrained(UnitNorm{}, kWeight), {0.2, 1, 2});
  check_columns(constrained(MinMaxNorm{.min_value = 1, .max_value = 2}, kWeight), {0.4, 1, 2});
  check_columns(constrained(MinMaxNorm{.min_value = 1, .max_value = 2, .rate = 0.5}, kWeight), {0.7, 1, 1.5});
  const Tensor positive = constrained(NonNeg{}, kWeight);
  for (int64_t i = 0; i < kWeight.size(); ++i) CHECK(positive.at(i) == std::max(kWeight.at(i), 0.0));
}

TEST_CASE("constraints: along other axes, and of large weights", "[constraint]") {
  const auto norm = [](const Tensor& t, int64_t begin, int64_t count, int64_t stride) {
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) sum += t.at(begin + i * stride) * t.at(begin + i * stride);
    return std::sqrt(sum);
  };
  const Tensor w = Tensor::randn({2, 3, 4}, 1);
  const Tensor last = constrained(UnitNorm{.axis = -1}, w), first_two = constrained(UnitNorm{.axis = {0, 1}}, w);
  for (int64_t i = 0; i < 6; ++i) CHECK(norm(last, 4 * i, 4, 1) == Approx(1).epsilon(1e-6));
  for (int64_t i = 0; i < 4; ++i) CHECK(norm(first_two, i, 6, 4) == Approx(1).epsilon(1e-6));
  // Whose squares are no floats.
  CHECK(constrained(UnitNorm{}, Tensor::full({4}, 1e30)).at(0) == Approx(0.5));
  CHECK_THROWS_WITH(constrained(UnitNorm{.axis = 3}, w), Contains("UnitNorm") && Contains("[2, 3, 4]"));
  CHECK_THROWS_AS(constrained(MaxNorm{.axis = {0, -3}}, w), ShapeError);
}

TEST_CASE("constraints: configs are Keras's", "[constraint][describe]") {
  const auto of = [](const Constraint& constraint, const std::string& class_name, const std::string& config) {
    const std::string expected = R"({"module":"keras.constraints","class_name":")" + class_name + R"(","config":)" +
                                 config + R"(,"registered_name":null})";
    CHECK(constraint.config().str() == expected);
    const Constraint read = Constraint::from_config(Config::parse(expected));
    CHECK(read.config().str() == expected);
    CHECK(testing::same_bits(constrained(read, kWeight), constrained(constraint, kWeight)));
  };
  of(MaxNorm{}, "MaxNorm", R"({"max_value":2,"axis":0})");
  of(MaxNorm{.max_value = 0.978, .axis = {0, 1}}, "MaxNorm", R"({"max_value":0.978,"axis":[0,1]})");
  of(UnitNorm{.axis = {0}}, "UnitNorm", R"({"axis":[0]})");
  of("unit_norm", "UnitNorm", R"({"axis":0})");
  of("non_neg", "NonNeg", "{}");
  of(MinMaxNorm{.min_value = 0.5, .axis = 1}, "MinMaxNorm", R"({"min_value":0.5,"max_value":1.0,"rate":1.0,"axis":1})");
  CHECK(Constraint().config() == Config());
  CHECK_FALSE(Constraint::from_config(Config()));
  CHECK(testing::listed_names<Constraint>() ==
        std::set<std::string>{"max_norm", "non_neg", "unit_norm", "min_max_norm"});
  CHECK_THROWS_WITH(Constraint::from_config(Config::parse(R"({"class_name": "UnitNorm", "config": {"axis": 0.5}})")),
                    Contains("UnitNorm: axis: expected an axis or a list of axes, got 0.5"));
}

/// Weights of a fixed sum of sizes.
struct SumOfSizes {
  double total = 1;
  static constexpr std::string_view class_name = "my>SumOfSizes";
  void fields(Fields& f) { f("total", total); }
  Var operator()(Var w) const { return w * (total / sum(abs(w))); }
};

TEST_CASE("constraints of one's own have a config, functions have none", "[constraint][describe]") {
  register_constraint<SumOfSizes>();
  const Constraint constraint = Constraint::from_config(Constraint(SumOfSizes{.total = 2}).config());
  CHECK(constrained(constraint, Tensor::of<float>({3}, {1, -1, 2})).at(2) == 1);
  CHECK_THROWS_WITH(Constraint([](Var w) { return w; }).config(), Contains("a function has no config"));
  CHECK_THROWS_WITH(constrained([](Var w) { return sum(w); }, kWeight),
                    "constraint: of a weight f32[2, 3] it makes one of its type, got f32[]");
}

}  // namespace
}  // namespace reel
