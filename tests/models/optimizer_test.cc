// Optimizers: numbers that they cannot work with, names, and a learning rate that changes between steps.
#include "reel/models/optimizer.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/sequential.h"

namespace reel {
namespace {

using Catch::Contains;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInf = std::numeric_limits<double>::infinity();

/// Squares of its only weight, which begins as 1: the gradient in it is twice the weight.
Sequential square_of_weight(Optimizer optimizer) {
  Sequential model({Input({1}), Dense(1, {.use_bias = false, .kernel_initializer = "ones"})});
  model.compile({.loss = MeanSquaredError{}, .optimizer = std::move(optimizer)});
  return model;
}

double step(Sequential& model) {
  model.train_on_batch(Tensor::full({1, 1}, 1), Tensor::zeros({1, 1}));
  return model.weights()[0].second.item();
}

/// One weight with the gradient 2 w, by the equations of Kingma and Ba.
struct AdamByHand {
  double w = 1, m = 0, v = 0;
  int steps = 0;

  double step(double rate) {
    const double g = 2 * w;
    ++steps;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    const double a = rate * std::sqrt(1 - std::pow(0.999, steps)) / (1 - std::pow(0.9, steps));
    return w -= a * m / (std::sqrt(v) + 1e-7);
  }
};

TEST_CASE("the learning rate changes between steps, and nothing that the optimizer keeps", "[optimizer]") {
  Sequential model = square_of_weight(Adam{.learning_rate = 0.1});
  AdamByHand expected;
  CHECK(model.learning_rate() == 0.1);
  for (const double rate : {0.1, 0.1, 0.02, 0.02, 0.0, 0.5}) {
    model.set_learning_rate(rate);
    CHECK(model.learning_rate() == rate);
    CHECK(model.compile_options().optimizer.learning_rate() == rate);
    CHECK(step(model) == Approx(expected.step(rate)).epsilon(1e-4));
  }
  // Refused rates change nothing; what is compiled anew has its own.
  for (const double rate : {-0.1, kNan, kInf, -kInf, 1e300}) {
    CHECK_THROWS_AS(model.set_learning_rate(rate), ValueError);
  }
  CHECK_THROWS_WITH(model.set_learning_rate(-0.1), "adam: learning_rate must be finite and not negative, got -0.1");
  CHECK(model.learning_rate() == 0.5);
  model.compile({.loss = MeanSquaredError{}, .optimizer = Adam{}});
  CHECK(model.learning_rate() == 0.001);
}

TEST_CASE("the learning rate may change from epoch to epoch", "[optimizer]") {
  Sequential model = square_of_weight(SGD{.learning_rate = 0.25});
  model.fit(Tensor::full({1, 1}, 1), Tensor::zeros({1, 1}),
            {.epochs = 3, .verbose = Verbose::silent, .on_epoch_end = [&](int64_t epoch, const Logs&) {
               model.set_learning_rate(epoch == 0 ? 0.125 : 0);
               return true;
             }});
  CHECK(model.weights()[0].second.item() == 0.5 * 0.75);
}

TEST_CASE("copies of an optimizer have learning rates of their own", "[optimizer]") {
  Optimizer first = SGD{.learning_rate = 0.5}, second = first;
  second.set_learning_rate(0.25);
  CHECK(first.learning_rate() == 0.5);
  CHECK(second.learning_rate() == 0.25);
}

TEST_CASE("numbers that an optimizer cannot work with are refused", "[optimizer]") {
  for (const double bad : {-1.0, kNan, kInf}) {
    CHECK_THROWS_AS(Optimizer(SGD{.learning_rate = bad}), ValueError);
    CHECK_THROWS_AS(Optimizer(SGD{.gradient = {.clipnorm = bad}}), ValueError);
    CHECK_THROWS_AS(Optimizer(SGD{.gradient = {.clipvalue = bad}}), ValueError);
    CHECK_THROWS_AS(Optimizer(Adam{.gradient = {.global_clipnorm = bad}}), ValueError);
    CHECK_THROWS_AS(Optimizer(Adam{.gradient = {.weight_decay = bad}}), ValueError);
    CHECK_THROWS_AS(Optimizer(Adam{.beta_1 = bad}), ValueError);
    CHECK_THROWS_AS(Optimizer(Adam{.beta_2 = bad}), ValueError);
  }
  CHECK_THROWS_WITH(Optimizer(Adam{.beta_1 = 1}), "adam: beta_1 must be in [0, 1), got 1");
  CHECK_THROWS_AS(Optimizer(Adam{.beta_2 = 1 - 1e-12}), ValueError);  // which is 1 as a float
  CHECK_NOTHROW(Optimizer(Adam{.beta_1 = 0, .beta_2 = 0}));
  CHECK_THROWS_WITH(Optimizer(SGD{.gradient = {.clipnorm = -1}}),
                    "sgd: clipnorm must be finite and not negative, got -1");
  CHECK_THROWS_WITH(Optimizer(SGD{.gradient = {.clipnorm = 1, .clipvalue = 1}}), Contains("at most one of clipnorm"));
}

TEST_CASE("optimizers are found by Keras's names", "[optimizer]") {
  CHECK(Optimizer("adam").name() == "adam");
  CHECK(Optimizer(std::string("sgd")).learning_rate() == 0.01);
  CHECK_THROWS_WITH(Optimizer("rmsprop"), "optimizer: \"rmsprop\" is not known, only sgd, adam");
  CHECK_THROWS_AS(Optimizer(static_cast<const char*>(nullptr)), ValueError);
}

TEST_CASE("an optimizer that is none says so", "[optimizer]") {
  Optimizer none;
  CHECK_FALSE(none);
  CHECK_THROWS_WITH(none.name(), "optimizer: there is none");
  CHECK_THROWS_AS(none.learning_rate(), Error);
  CHECK_THROWS_AS(none.set_learning_rate(1), Error);
  CHECK_THROWS_AS(none.slots(), Error);
}

/// Makes no new weight.
struct Empty {
  double learning_rate = 0.1;
  GradientOptions gradient = {};
  static constexpr std::string_view name = "empty";
  std::vector<std::string> slots() const { return {}; }
  StepScalars scalars(double rate, int64_t) const { return {rate}; }
  std::vector<Var> update(Var, Var, std::span<const Var>, std::span<const Var>) const { return {Var{}}; }
};

TEST_CASE("an update without a value is refused", "[optimizer]") {
  Sequential model = square_of_weight(Empty{});
  CHECK_THROWS_WITH(step(model), "optimizer \"empty\": gave an empty Var");
}

}  // namespace
}  // namespace reel
