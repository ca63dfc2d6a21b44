// Regularizers: values and gradients by hand, configs; reel-golden compares them with Keras's.
#include "reel/models/regularizers/regularizer.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "models/known_names.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"

namespace reel {
namespace {

using Catch::Contains;

const Tensor kWeight = Tensor::of<float>({3, 2}, {1, -2, 0, 0.5f, -3, 4});

struct Penalty {
  double value;
  Tensor gradient;
};

Penalty penalty(const Regularizer& regularizer, const Tensor& weight) {
  Tape tape;
  const Var w = tape.parameter(weight), loss = regularizer(w);
  return {value_of(loss).item(), value_of(tape.gradient(loss, w))};
}

TEST_CASE("regularizers: penalties and their gradients by hand", "[regularizer]") {
  const double l1 = 0.25, l2 = 0.5;
  const Penalty sizes = penalty(L1{l1}, kWeight), squares = penalty(L2{l2}, kWeight),
                both = penalty(L1L2{.l1 = l1, .l2 = l2}, kWeight);
  CHECK(sizes.value == l1 * 10.5);
  CHECK(squares.value == l2 * 30.25);
  CHECK(both.value == l1 * 10.5 + l2 * 30.25);
  for (int64_t i = 0; i < kWeight.size(); ++i) {
    const double w = kWeight.at(i), sign = w > 0 ? 1 : w < 0 ? -1 : 0;
    CHECK(sizes.gradient.at(i) == l1 * sign);
    CHECK(squares.gradient.at(i) == 2 * l2 * w);
    CHECK(both.gradient.at(i) == l1 * sign + 2 * l2 * w);
  }
}

double cosine(const Tensor& t, int64_t a, int64_t b) {
  double ab = 0, aa = 0, bb = 0;
  for (int64_t i = 0; i < t.shape()[1]; ++i) {
    const double x = t.at(a * t.shape()[1] + i), y = t.at(b * t.shape()[1] + i);
    ab += x * y, aa += x * x, bb += y * y;
  }
  return ab / std::sqrt(aa * bb);
}

TEST_CASE("regularizers: the orthogonal one is the mean cosine of pairs", "[regularizer]") {
  const Tensor w = Tensor::of<float>({3, 2}, {1, -2, 0.25f, 0.5f, -3, 4}),
               transposed = Tensor::of<float>({2, 3}, {1, 0.25f, -3, -2, 0.5f, 4});
  const double mean = (std::abs(cosine(w, 0, 1)) + std::abs(cosine(w, 0, 2)) + std::abs(cosine(w, 1, 2))) / 3;
  CHECK(penalty(OrthogonalRegularizer{.factor = 0.5}, w).value == Approx(0.5 * mean));
  CHECK(penalty(OrthogonalRegularizer{.factor = 0.5, .mode = "columns"}, transposed).value == Approx(0.5 * mean));
  CHECK(penalty(OrthogonalRegularizer{}, Tensor::full({1, 3}, 2)).value == 0);
  CHECK(penalty(OrthogonalRegularizer{}, Tensor::zeros({3, 3})).value == 0);
  CHECK_THROWS_WITH(penalty(OrthogonalRegularizer{}, Tensor::zeros({3})), Contains("needs a matrix, got f32[3]"));
}

TEST_CASE("regularizers: configs are Keras's", "[regularizer][describe]") {
  const auto of = [](const Regularizer& regularizer, const std::string& class_name, const std::string& config) {
    const std::string expected = R"({"module":"keras.regularizers","class_name":")" + class_name + R"(","config":)" +
                                 config + R"(,"registered_name":null})";
    CHECK(regularizer.config().str() == expected);
    const Regularizer read = Regularizer::from_config(Config::parse(expected));
    CHECK(read.config().str() == expected);
    CHECK(penalty(read, kWeight).value == Approx(penalty(regularizer, kWeight).value).epsilon(1e-6));
  };
  // Keras keeps some factors as float32, and others as they are.
  of(L1{}, "L1", R"({"l1":0.009999999776482582})");
  of(L2{0.252}, "L2", R"({"l2":0.252})");
  of(L1L2{.l2 = 0.158}, "L1L2", R"({"l1":0.0,"l2":0.158})");
  of(OrthogonalRegularizer{.mode = "columns"}, "OrthogonalRegularizer",
     R"({"factor":0.009999999776482582,"mode":"columns"})");
  of("l1_l2", "L1L2", R"({"l1":0.0,"l2":0.0})");
  CHECK(Regularizer().config() == Config());
  CHECK_FALSE(Regularizer::from_config(Config()));
  CHECK(testing::listed_names<Regularizer>() == std::set<std::string>{"l1", "l2", "l1_l2", "orthogonal_regularizer"});
}

TEST_CASE("regularizers: what is none is refused", "[regularizer]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(Regularizer(L1{-1}), "L1: l1 must be finite and not negative, got -1");
  CHECK_THROWS_AS(Regularizer(L2{nan}), ValueError);
  CHECK_THROWS_AS(Regularizer(L1L2{.l2 = -0.5}), ValueError);
  CHECK_THROWS_AS(Regularizer(OrthogonalRegularizer{.mode = "row"}), ValueError);
  CHECK_THROWS_WITH(Regularizer::from_config(Config::parse(R"({"class_name": "L2", "config": {"l1": 1}})")),
                    Contains("L2: \"l1\" is not known"));
  CHECK_THROWS_AS(Regularizer(std::function<Var(Var)>{}), ValueError);
  CHECK_THROWS_WITH(penalty([](Var w) { return abs(w); }, kWeight),
                    "regularizer: a penalty of f32[3, 2] is f32[], got f32[3, 2]");
  CHECK_THROWS_WITH(penalty([](Var) { return Var{}; }, kWeight), Contains("gave an empty Var"));
}

/// factor times the largest |w|'s square.
struct Largest {
  double factor = 1;
  static constexpr std::string_view class_name = "my>Largest";
  void fields(Fields& f) { f("factor", factor); }
  Var operator()(Var w) const {
    return reduce_max(reshape(square(w), Shape{1, w.shape().product(0, w.shape().rank())}), 1) * factor;
  }
};

TEST_CASE("regularizers of one's own have a config, functions have none", "[regularizer][describe]") {
  register_regularizer<Largest>();
  const Config config = Regularizer(Largest{.factor = 2}).config();
  CHECK(config.str() ==
        R"({"module":null,"class_name":"Largest","config":{"factor":2.0},"registered_name":"my>Largest"})");
  CHECK(Regularizer::from_config(config).config() == config);
  CHECK_THROWS_WITH(Regularizer([](Var w) { return sum(w); }).config(), Contains("a function has no config"));
}

}  // namespace
}  // namespace reel
