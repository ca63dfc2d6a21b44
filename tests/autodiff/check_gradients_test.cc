// The check of gradients must see a wrong one.
#include "reel/autodiff/check_gradients.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "reel/ops/ops.h"

namespace reel {
namespace {

using Arguments = std::span<const Var>;

/// x^2, whose gradient is off by a factor, or whose second derivative is, as asked.
class WrongSquare final : public Op {
 public:
  WrongSquare(double first, double second) : first_(first), second_(second) {}
  std::string_view name() const override { return "wrong_square"; }
  Traits traits() const override { return {.elementwise = true}; }
  Type infer(std::span<const Type> inputs) const override { return inputs[0]; }
  void run(const Block& block) const override {
    const int64_t count = block.rows * block.type->shape.row_size();
    for (int64_t i = 0; i < count; ++i) block.out<double>()[i] = block.in<double>(0)[i] * block.in<double>(0)[i];
  }
  std::vector<Var> gradient(std::span<const Var> x, Var, Var dy) const override {
    const Var exact = 2.0 * x[0] * second_, kept = stop_gradient(2.0 * x[0] * (1 - second_));
    return {dy * first_ * (exact + kept)};
  }

 private:
  double first_, second_;
};

Var wrong_square(Var x, double first, double second) {
  return x.graph().add(std::make_shared<WrongSquare>(first, second), std::array{x});
}

const Tensor kPoint = Tensor::of<double>({2, 2}, {0.5, 1.5, -1, 2});

TEST_CASE("check_gradients: passes what is right, to second order", "[check_gradients]") {
  const auto f = [](Tape&, Arguments x) { return tanh(matmul(x[0], x[1])) * exp(x[2]); };
  const std::vector<Tensor> at = {Tensor::randn({3, 4}, 1), Tensor::randn({4, 2}, 2), Tensor::randn({2}, 3)};
  const GradientCheck check = check_gradients(f, at, {.order = 2});
  CHECK(check);
  CHECK(check.relative_error < 1e-8);
  CHECK_NOTHROW(require_gradients(f, at, {.order = 2}));
}

TEST_CASE("check_gradients: an infinite gradient is wrong, and so is none", "[check_gradients]") {
  for (const double factor : {INFINITY, NAN}) {
    CHECK_FALSE(check_gradients([=](Tape&, Arguments x) { return wrong_square(x[0], factor, 1); }, {kPoint}));
  }
}

TEST_CASE("check_gradients: sees a wrong sign, a small factor, and names the argument", "[check_gradients]") {
  for (const double factor : {-1.0, 0.0, 1.0001}) {
    const auto f = [=](Tape&, Arguments x) { return x[0] + wrong_square(x[1], factor, 1); };
    const GradientCheck check = check_gradients(f, {kPoint, kPoint});
    CHECK_FALSE(check);
    CHECK(check.argument == 1);
    CHECK(check.order == 1);
    CHECK(check.analytic == Approx(check.numeric * factor).margin(1e-9));
    CHECK_THAT(check.message, Catch::Matchers::StartsWith("gradient of argument 1 f64[2, 2], order 1: analytic ") &&
                                  Catch::Matchers::Contains(", numeric ") &&
                                  Catch::Matchers::Contains(", relative error ") && !Catch::Matchers::Contains("\n"));
    CHECK_THROWS_AS(require_gradients(f, {kPoint, kPoint}), GradientError);
  }
}

TEST_CASE("check_gradients: sees a second derivative that is wrong under a right first one", "[check_gradients]") {
  const auto f = [](Tape&, Arguments x) { return wrong_square(x[0], 1, 0.9); };
  CHECK(check_gradients(f, {kPoint}));
  const GradientCheck check = check_gradients(f, {kPoint}, {.order = 2});
  CHECK_FALSE(check);
  CHECK(check.order == 2);
}

TEST_CASE("check_gradients: a gradient of zero where there is one is wrong, and the other way round",
          "[check_gradients]") {
  CHECK_FALSE(check_gradients([](Tape&, Arguments x) { return stop_gradient(square(x[0])); }, {kPoint}));
  CHECK(check_gradients([](Tape&, Arguments x) { return sign(x[0]); }, {kPoint}));
}

TEST_CASE("check_gradients: NaN does not pass", "[check_gradients]") {
  CHECK_FALSE(check_gradients([](Tape&, Arguments x) { return sqrt(x[0]); }, {Tensor::of<double>({1}, {-1})}));
}

TEST_CASE("check_gradients: ids stay ids; floats of any type are checked in float64", "[check_gradients]") {
  const Tensor ids = Tensor::of<int32_t>({3}, {1, 0, 1});
  const GradientCheck check = check_gradients(
      [](Tape&, Arguments x) {
        CHECK(x[0].dtype() == DType::f64);
        CHECK(x[1].dtype() == DType::i32);
        return square(gather(x[0], x[1]));
      },
      {Tensor::randn({2, 3}, 1, DType::f32), ids});
  CHECK(check);
  CHECK(check.argument == 0);
}

TEST_CASE("check_gradients: the point is left as it was", "[check_gradients]") {
  const Tensor at = kPoint.clone();
  check_gradients([](Tape&, Arguments x) { return square(x[0]); }, {at});
  for (int i = 0; i < 4; ++i) CHECK(at.at(i) == kPoint.at(i));
}

TEST_CASE("check_gradients: options that would check nothing are refused", "[check_gradients]") {
  const auto wrong = [](Tape&, Arguments x) { return wrong_square(x[0], 3.0, 1.0); };
  CHECK_THROWS_WITH(check_gradients(wrong, {kPoint}, {.directions = 0}),
                    "check_gradients: needs at least one direction, got 0");
  CHECK_THROWS_WITH(require_gradients(wrong, {kPoint}, {.order = 0}), "check_gradients: order must be 1 or 2, got 0");
  CHECK_THROWS_AS(check_gradients(wrong, {kPoint}, {.order = 3}), ValueError);
  CHECK_THROWS_AS(check_gradients(wrong, {kPoint}, {.directions = -1}), ValueError);
}

TEST_CASE("check_gradients: says what it cannot check", "[check_gradients]") {
  const Tensor ids = Tensor::of<int32_t>({1}, {0});
  CHECK_THROWS_WITH(check_gradients([](Tape&, Arguments x) { return x[0]; }, {ids}),
                    "check_gradients: needs an argument of a float type");
  CHECK_THROWS_WITH(check_gradients([](Tape&, Arguments x) { return cast(x[0], DType::f32); }, {kPoint}),
                    "check_gradients: f must return f64 of a known shape, got f32[2, 2]");
}

}  // namespace
}  // namespace reel
