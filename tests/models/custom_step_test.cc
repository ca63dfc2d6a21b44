// Steps of training and evaluation of a user's own.
#include "reel/models/training/custom_step.h"

#include <catch2/catch.hpp>

#include "models/callback_run.h"
#include "reel/graph/error.h"
#include "reel/graph/run/with_threads.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::Line;

Sequential regularized() {
  return Sequential({Input({2}), Dense(3, {.activation = tanh, .kernel_regularizer = L2{0.01}}), Dense(1)},
                    {.seed = 3});
}

void plain_step(CustomStep& step) {
  const Flows predicted = step.predict();
  const Var loss = step.compute_loss(predicted);
  if (step.training()) step.minimize(loss);
  step.log("loss", loss);
  step.compute_metrics(predicted);
}

TEST_CASE("train_step: what fit does, written out, is the same bits", "[custom_step]") {
  const Line line(20);
  const Tensor weights = Tensor::uniform({20}, 0, 2, 3);
  CompileOptions compiled{.loss = "mse", .optimizer = Adam{}, .metrics = {"mae"}, .weighted_metrics = {"mae"}};
  Sequential usual = regularized(), own = regularized();
  usual.compile(compiled);
  compiled.train_step = compiled.test_step = plain_step;
  own.compile(compiled);
  const FitOptions options{
      .batch_size = 6, .epochs = 3, .verbose = 0, .validation_split = 0.3, .sample_weight = weights};
  const History a = usual.fit(line.x, line.y, options), b = own.fit(line.x, line.y, options);
  CHECK(usual.weights_sha256() == own.weights_sha256());
  for (size_t i = 0; i < 3; ++i) CHECK(a.epochs[i].logs.entries() == b.epochs[i].logs.entries());
}

TEST_CASE("train_step: a loss of one's own, with gradients changed, logs and a metric", "[custom_step]") {
  const Line line(8);
  const auto plain = [] { return Sequential({Input({2}), Dense(3, {.activation = tanh}), Dense(1)}, {.seed = 3}); };
  Sequential model = plain(), halved = plain();
  const auto step_of = [](double share) {
    return [share](CustomStep& step) {
      const Var p = step(step.x()), wrong = p - step.y();
      const Var loss = mean(abs(wrong));
      std::vector<Var> gradients = step.gradient(loss);
      for (Var& gradient : gradients) gradient = gradient * share;
      step.apply_gradients(gradients);
      step.log("loss", loss);
      step.log("wrong", wrong);
      step.log(MeanSquaredError{}, step.y(), {p});
    };
  };
  model.compile({.loss = "mae", .optimizer = SGD{.learning_rate = 0.5}, .train_step = step_of(1)});
  halved.compile({.loss = "mae", .optimizer = SGD{.learning_rate = 1}, .train_step = step_of(0.5)});
  const double before = model.evaluate(line.x, line.y)["loss"];
  const Logs logs = model.train_on_batch(line.x, line.y);
  CHECK(logs["loss"] == Approx(before));
  CHECK(logs.contains("wrong"));
  CHECK(logs["mean_squared_error"] > 0);
  halved.train_on_batch(line.x, line.y);
  CHECK(model.weights_sha256() == halved.weights_sha256());
  CHECK(model.evaluate(line.x, line.y)["loss"] < before);
  CHECK(model.fit(line.x, line.y, {.epochs = 2, .verbose = 0, .validation_split = 0.5})["val_loss"].size() == 2);
}

TEST_CASE("train_step: what it leaves out is told", "[custom_step]") {
  const Line line(4);
  const auto refused = [&](StepFunction function) {
    Sequential model = regularized();
    model.compile({.optimizer = SGD{}, .train_step = std::move(function)});
    model.fit(line.x, line.y, {.verbose = 0});
  };
  const auto loss_of = [](CustomStep& step) { return mean(square(step(step.x()) - step.y())); };
  CHECK_THROWS_WITH(refused([&](CustomStep& step) { step.minimize(loss_of(step)); }),
                    Contains("train_step: logs no number"));
  CHECK_THROWS_WITH(refused([&](CustomStep& step) { step.log("loss", loss_of(step)); }),
                    Contains("train_step: applies no gradients"));
  CHECK_THROWS_WITH(refused([&](CustomStep& step) { step.apply_gradients({}); }), Contains("each of 4 weights, got 0"));
  CHECK_THROWS_WITH(refused([&](CustomStep& step) {
                      step.minimize(loss_of(step));
                      step.minimize(loss_of(step));
                    }),
                    Contains("twice"));
  CHECK_THROWS_WITH(refused([&](CustomStep& step) {
                      step.log("loss", loss_of(step));
                      step.log("loss", loss_of(step));
                    }),
                    Contains("\"loss\" is logged twice"));
  CHECK_THROWS_WITH(refused([&](CustomStep& step) { step.y(1); }), "step: y(1) is not there, there are 1");
  CHECK_THROWS_WITH(refused([&](CustomStep& step) { step.log("loss", {}); }), Contains("empty Var"));

  Sequential alone = regularized();
  alone.compile({.optimizer = SGD{}, .train_step = [&](CustomStep& step) {
                   const Var loss = loss_of(step);
                   step.minimize(loss);
                   step.log("loss", loss);
                 }});
  CHECK_NOTHROW(alone.fit(line.x, line.y, {.verbose = 0}));
  CHECK_THROWS_WITH(alone.evaluate(line.x, line.y), Contains("a loss or a test_step"));
  Sequential applies = regularized();
  applies.compile({.loss = "mse", .test_step = [&](CustomStep& step) { step.minimize(loss_of(step)); }});
  CHECK_THROWS_WITH(applies.evaluate(line.x, line.y), Contains("in training only"));
}

TEST_CASE("train_step: one that reads no y is given none", "[custom_step]") {
  const Line line(12);
  const auto step_of = [](bool reads_y) {
    return [reads_y](CustomStep& step) {
      const Var loss = mean(square(step(step.x()) - (reads_y ? step.y() : step.x())));
      if (step.training()) step.minimize(loss);
      step.log("loss", loss);
    };
  };
  const auto autoencoder = [&](bool reads_y) {
    Sequential model({Input({2}), Dense(1), Dense(2)}, {.seed = 3});
    model.compile({.loss = "mse", .train_step = step_of(reads_y), .test_step = step_of(reads_y)});
    return model;
  };
  Sequential with = autoencoder(true), without = autoencoder(false);
  const FitOptions options{.batch_size = 5, .epochs = 2, .verbose = 0, .validation_split = 0.25};
  const History a = with.fit(line.x, line.x, options), b = without.fit(line.x, {}, options);
  CHECK(with.weights_sha256() == without.weights_sha256());
  CHECK(a["val_loss"] == b["val_loss"]);
  CHECK(with.evaluate(line.x, line.x).entries() == without.evaluate(line.x, {}).entries());
  CHECK(with.train_on_batch(line.x, line.x).entries() == without.train_on_batch(line.x, {}).entries());

  CHECK_THROWS_WITH(with.fit(line.x, {}, options), Contains("y(0) is not there, there are 0"));
  CHECK_THROWS_WITH(without.fit(line.x, {}, {.sample_weight = Tensor::ones({12})}), Contains("sample_weight"));
  CHECK_THROWS_WITH(without.fit(line.x, {}, {.class_weight = {{0, 2.0}}}), Contains("class_weight needs targets"));
  Sequential compiled = autoencoder(false);
  compiled.compile({.loss = "mse", .train_step = step_of(false)});
  CHECK_THROWS_WITH(compiled.evaluate(line.x, {}), Contains("y: expected data for the compiled loss"));
  compiled.compile({.loss = "mse", .train_step = plain_step});
  CHECK_THROWS_WITH(compiled.fit(line.x, {}, {.verbose = 0}), Contains("need a y, got none"));
}

TEST_CASE("train_step: the same bits on 1, 2 and 5 threads", "[custom_step][threads]") {
  const Line line(500);
  const auto train = [&](int threads) {
    const WithThreads with(threads);
    Sequential model = regularized();
    model.compile({.loss = "mse", .optimizer = Adam{}, .metrics = {"mae"}, .train_step = plain_step});
    const History history = model.fit(line.x, line.y, {.batch_size = 128, .epochs = 2, .verbose = 0});
    return std::pair(model.weights_sha256(), history["mae"]);
  };
  const auto one = train(1);
  CHECK(train(2) == one);
  CHECK(train(5) == one);
}

}  // namespace
}  // namespace reel
