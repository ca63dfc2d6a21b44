// Optimizers at the ends of what a float holds: clipping that does not overflow on its way, and updates that are made
// as a whole or not at all.
#include <catch2/catch.hpp>
#include <cmath>

#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/sequential.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

using Catch::Contains;

/// A Dense of one unit whose weights begin as `start`. Where it gives more than the target, the mean absolute error of
/// a single row x has the gradient x.
Sequential unit(int64_t features, Optimizer optimizer, double start = 0.1) {
  Sequential model(
      {Input({features}), Dense(1, {.use_bias = false, .kernel_initializer = Constant{start}, .name = "unit"})});
  model.compile({.loss = MeanAbsoluteError{}, .optimizer = std::move(optimizer)});
  return model;
}

const Tensor kBelow = Tensor::full({1, 1}, -1);

/// The first weight after one step with such gradients, all weights being alike.
double after_step(int64_t features, double gradient, Optimizer optimizer, double start = 0.1) {
  Sequential model = unit(features, std::move(optimizer), start);
  model.train_on_batch(Tensor::full({1, features}, gradient), kBelow);
  const Tensor w = model.weights()[0].second;
  for (int64_t i = 1; i < w.size(); ++i) CHECK(w.at(i) == w.at(0));
  return w.at(0);
}

TEST_CASE("clipping does not overflow on its way to a finite gradient", "[optimizer]") {
  const auto by = [](OptimizerOptions options) { return SGD{.options = options}; };
  CHECK(after_step(1, 1e37, by({.clipnorm = 100})) == Approx(-0.9));
  CHECK(after_step(1, 2e19, by({.clipnorm = 1})) == Approx(0.09));
  CHECK(after_step(8, 1e38, by({.clipvalue = 1})) == Approx(0.09));
  CHECK(after_step(1, 1e37, by({.global_clipnorm = 100})) == Approx(-0.9));
  CHECK(after_step(1, 2e19, by({.global_clipnorm = 1})) == Approx(0.09));
  // The norm itself is more than a float holds; each of eight equal elements becomes 1 / sqrt(8).
  CHECK(after_step(8, 3e38, by({.clipnorm = 1}), 0.01) == Approx(0.01 - 0.01 / std::sqrt(8.0)));
  CHECK(after_step(8, 3e38, by({.global_clipnorm = 1}), 0.01) == Approx(0.01 - 0.01 / std::sqrt(8.0)));
  CHECK(after_step(1, 1e30, by({.clipnorm = 1e38}), 0.1) == Approx(-1e28));  // not clipped, though g c is no float
}

TEST_CASE("small gradients have a norm, though their squares are no floats", "[optimizer]") {
  const auto step = [](double gradient, OptimizerOptions options) {
    return after_step(1, gradient, SGD{.learning_rate = 1, .options = options}, 0);
  };
  CHECK(step(1e-30, {.clipnorm = 1e-32}) == Approx(-1e-32).epsilon(1e-6));
  CHECK(step(1e-30, {.global_clipnorm = 1e-32}) == Approx(-1e-32).epsilon(1e-6));
  CHECK(step(1e-30, {.clipnorm = 1}) == Approx(-1e-30).epsilon(1e-6));
}

TEST_CASE("a norm over all gradients holds the large and the small", "[optimizer]") {
  Sequential model({Input({2}), Dense(1, {.kernel_initializer = Constant{0.1}})});
  model.compile({.loss = MeanAbsoluteError{}, .optimizer = SGD{.learning_rate = 1, .options = {.global_clipnorm = 5}}});
  model.train_on_batch(Tensor::of<float>({1, 2}, {3e30f, 4e30f}), kBelow);
  const auto weights = model.weights();
  CHECK(weights[0].second.at(0) == Approx(0.1 - 3));
  CHECK(weights[0].second.at(1) == Approx(0.1 - 4));
  CHECK(weights[1].second.at(0) == Approx(-5 / 5e30).epsilon(1e-6));  // of the bias, whose gradient is 1
}

/// Trains for a step that must fail, saying `what`, and change nothing.
void check_refused(Sequential& model, const Tensor& x, const Tensor& y, const char* what) {
  const std::string before = model.weights_sha256();
  try {
    model.fit(x, y, {.verbose = Verbose::silent});
    FAIL_CHECK("no error, expected " << what);
  } catch (const NumericError& error) {
    CHECK_THAT(error.what(), Contains(what) && !Contains("\n"));
  }
  CHECK(model.weights_sha256() == before);
}

TEST_CASE("a step to a weight that is not finite is refused, and named", "[optimizer]") {
  for (const Optimizer& optimizer : std::vector<Optimizer>{
           SGD{.learning_rate = 3e38}, SGD{.learning_rate = 3e38, .momentum = 0.5, .nesterov = true},
           RMSprop{.learning_rate = 3e38}, Adagrad{.learning_rate = 3e38}, Adamax{.learning_rate = 3e38, .beta_1 = 0},
           Nadam{.learning_rate = 3e38}, RMSprop{.learning_rate = 3e38, .centered = true},
           SGD{.learning_rate = 1, .options = {.weight_decay = 3e38}},
           AdamW{.learning_rate = 100, .weight_decay = 3e38}}) {
    INFO(optimizer.name());
    Sequential model = unit(1, optimizer, 20);
    check_refused(model, Tensor::full({1, 1}, 8), kBelow,
                  "parameter \"sequential/unit/kernel\" f32[1, 1] would become");
  }
}

TEST_CASE("a slot that is not finite is refused, and its weight named", "[optimizer]") {
  for (const Optimizer& optimizer : std::vector<Optimizer>{Adam{}, AdamW{}, RMSprop{}, Adam{.amsgrad = true}}) {
    INFO(optimizer.name());
    Sequential model = unit(1, optimizer);
    check_refused(model, Tensor::full({1, 1}, 2e19), kBelow, "\"sequential/unit/kernel/velocity\"");
    model.train_on_batch(Tensor::full({1, 1}, 1), kBelow);  // as if nothing had been
    CHECK(model.weights()[0].second.item() < 0.1);
  }
}

TEST_CASE("what steps add up to is guarded as well", "[optimizer]") {
  const auto check = [](Optimizer optimizer, int expected_steps, double expected) {
    Sequential model = unit(1, std::move(optimizer), 0.5);
    int steps = 0;
    try {
      for (; steps < 100; ++steps) model.train_on_batch(Tensor::full({1, 1}, 1), Tensor::full({1, 1}, -3.4e38));
    } catch (const NumericError&) {
    }
    CHECK(steps == expected_steps);
    CHECK(model.weights()[0].second.item() == Approx(expected));
  };
  check(SGD{.learning_rate = 3e37}, 11, -3.3e38);
  check(SGD{.learning_rate = 3e37, .momentum = 1}, 4, -3e38);  // 1 + 2 + 3 + 4 steps
  check(Adam{.learning_rate = 1e38}, 3, -3e38);                // of the rate each, as gradients are equal
}

TEST_CASE("a velocity is guarded for as long as it lasts, also where gradients have become 0", "[optimizer]") {
  Sequential model = unit(1, SGD{.learning_rate = 1, .momentum = 1}, 0);
  model.compile(
      {.loss = [](Var, Var y) { return reduce_mean(y); }, .optimizer = SGD{.learning_rate = 1, .momentum = 1}});
  const Tensor none = Tensor::zeros({1, 1});
  model.train_on_batch(Tensor::full({1, 1}, 1e38), none);
  model.train_on_batch(none, none);
  model.train_on_batch(none, none);
  CHECK(model.weights()[0].second.item() == Approx(-3e38));
  CHECK_THROWS_WITH(model.train_on_batch(none, none),
                    Contains("\"sequential/unit/kernel\" f32[1, 1] would become -inf"));
  CHECK(model.weights()[0].second.item() == Approx(-3e38));
}

TEST_CASE("an epsilon of 0 where a gradient is 0 is refused when it comes to that", "[optimizer]") {
  for (const Optimizer& optimizer :
       std::vector<Optimizer>{Adam{.epsilon = 0}, RMSprop{.epsilon = 0}, Adamax{.epsilon = 0}, Nadam{.epsilon = 0},
                              Adagrad{.initial_accumulator_value = 0, .epsilon = 0}, Adadelta{.epsilon = 0}}) {
    Sequential model = unit(2, optimizer);
    model.train_on_batch(Tensor::full({1, 2}, 1), kBelow);
    for (const double rate : {optimizer.learning_rate(), 0.0}) {  // 0 / 0 is no number, however small the step
      model = unit(2, optimizer);
      model.set_learning_rate(rate);
      check_refused(model, Tensor::of<float>({1, 2}, {1, 0}), kBelow,
                    "\"sequential/unit/kernel\" f32[2, 1] would become");
    }
  }
}

TEST_CASE("a gradient that is not finite is refused by every optimizer, clipped or not", "[optimizer]") {
  for (const OptimizerOptions& options :
       std::vector<OptimizerOptions>{{}, {.clipnorm = 1}, {.clipvalue = 1}, {.global_clipnorm = 1}}) {
    Sequential model = unit(2, SGD{.options = options});
    // The prediction is finite, each row's gradient too, but not their sum.
    model.compile(
        {.loss = [](Var t, Var y) { return reduce_mean(4.0 * abs(t - y)); }, .optimizer = SGD{.options = options}});
    check_refused(model, Tensor::of<float>({1, 2}, {1e38f, -1e38f}), kBelow, "infinity");
  }
}

/// Doubles what it multiplies weights by at each step. One slot counts steps.
struct Doubling {
  LearningRate learning_rate = 1;
  OptimizerOptions options = {};
  static constexpr std::string_view class_name = "my>Doubling";
  std::vector<Slot> slots(const Shape& weight) const { return {{"steps", weight}}; }
  StepScalars scalars(double rate, int64_t step) const { return {rate, std::exp2(static_cast<double>(step))}; }
  std::vector<Var> update(Var w, Var, std::span<const Var> slots, std::span<const Var> scalars) const {
    return {w * scalars[1], slots[0] + 1.0};
  }
};

TEST_CASE("an optimizer that says nothing of its steps is guarded all the same, and none is half done", "[optimizer]") {
  // Updated by tiles of its rows, the last of which overflows first.
  Sequential model({Input({64}), Dense(128, {.kernel_initializer = Constant{1.0}, .name = "wide"})});
  model.compile({.loss = MeanAbsoluteError{}, .optimizer = Doubling{}});
  Tensor kernel = model.weights()[0].second;
  kernel.data<float>().back() = 1e36f;
  const Tensor x = Tensor::full({1, 64}, 1e-9), y = Tensor::zeros({1, 128});
  int steps = 0;
  try {
    for (; steps < 100; ++steps) model.train_on_batch(x, y);
    FAIL("no error");
  } catch (const NumericError& error) {
    CHECK_THAT(error.what(),
               Contains("parameter \"sequential/wide/kernel\" f32[64, 128] would become inf at element 8191"));
  }
  CHECK(steps == 3);  // 2 4 8 = 64 times 1e36
  CHECK(kernel.at(8191) == Approx(6.4e37));
  for (int64_t i = 0; i < 8191; ++i) REQUIRE(kernel.at(i) == 64);
}

TEST_CASE("updates by small gradients take no memory beside weights and slots", "[optimizer]") {
  const auto bytes = [](Optimizer optimizer, double gradient) {
    Sequential model({Input({64}), Dense(128, {.use_bias = false, .kernel_initializer = Constant{0.0}})});
    model.compile({.loss = MeanAbsoluteError{}, .optimizer = std::move(optimizer)});
    model.train_on_batch(Tensor::full({1, 64}, gradient), Tensor::full({1, 128}, 1));
    return model.training_stats().buffer_bytes;
  };
  constexpr size_t kKernel = 64 * 128 * sizeof(float);
  const auto check = [&](const Optimizer& optimizer, double large_gradient) {
    INFO(optimizer.name());
    CHECK(bytes(optimizer, large_gradient) - bytes(optimizer, 1) == (1 + optimizer.slots({64, 128}).size()) * kKernel);
  };
  check(SGD{}, 1e30);
  check(SGD{.momentum = 0.9}, 1e30);
  check(Adam{}, 1e15);
  check(AdamW{.amsgrad = true}, 1e15);
  check(RMSprop{.momentum = 0.9}, 1e15);
  check(Adagrad{}, 1e15);
  check(Adamax{}, 1e20);
  check(Nadam{}, 1e15);
  check(Lion{}, 1e30);
  check(SGD{.options = {.gradient_accumulation_steps = 2}}, 1e30);
}

}  // namespace
}  // namespace reel
