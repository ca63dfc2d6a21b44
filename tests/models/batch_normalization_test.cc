// Batch normalization in models: moving statistics against plain loops in double, and when they are assigned.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "graph/interpreter.h"
#include "reel/graph/error.h"
#include "reel/graph/run/with_threads.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/normalization.h"
#include "reel/models/model/sequential.h"

namespace reel::testing {
namespace {

constexpr int64_t kWidth = 3;
constexpr double kMomentum = 0.9, kEpsilon = 1e-3;

Tensor rows_of(int64_t count, uint64_t seed) {
  Tensor x = Tensor::randn({count, kWidth}, seed);
  for (int64_t i = 0; i < x.size(); ++i) x.data<float>()[static_cast<size_t>(i)] += static_cast<float>(i % kWidth) * 5;
  return x;
}

struct Statistics {
  std::vector<double> mean = std::vector<double>(kWidth, 0.0), variance = std::vector<double>(kWidth, 1.0);
};

/// Of each feature, the variance about the mean, divided by the rows.
Statistics of_batch(const Tensor& x) {
  Statistics batch{std::vector<double>(kWidth, 0.0), std::vector<double>(kWidth, 0.0)};
  const double count = static_cast<double>(x.shape()[0]);
  for (int64_t i = 0; i < x.size(); ++i) batch.mean[static_cast<size_t>(i % kWidth)] += x.at(i) / count;
  for (int64_t i = 0; i < x.size(); ++i) {
    const auto feature = static_cast<size_t>(i % kWidth);
    batch.variance[feature] += std::pow(x.at(i) - batch.mean[feature], 2) / count;
  }
  return batch;
}

void move(Statistics& moving, const Statistics& batch) {
  for (size_t i = 0; i < kWidth; ++i) {
    moving.mean[i] = moving.mean[i] * kMomentum + batch.mean[i] * (1 - kMomentum);
    moving.variance[i] = moving.variance[i] * kMomentum + batch.variance[i] * (1 - kMomentum);
  }
}

Tensor weight(const Model& model, const std::string& name) {
  for (const auto& [path, value] : model.weights()) {
    if (path.ends_with("/" + name)) return value;
  }
  throw Error("no weight " + name);
}

void check_moving(const Model& model, const Statistics& expected) {
  for (size_t i = 0; i < kWidth; ++i) {
    CHECK(weight(model, "moving_mean").at(static_cast<int64_t>(i)) == Approx(expected.mean[i]).epsilon(1e-5));
    CHECK(weight(model, "moving_variance").at(static_cast<int64_t>(i)) == Approx(expected.variance[i]).epsilon(1e-5));
  }
}

BatchNormalization normalization() { return BatchNormalization({.momentum = kMomentum, .epsilon = kEpsilon}); }

Sequential compiled(const BatchNormalization& layer) {
  Sequential model({Input({kWidth}), layer}, {.seed = 3});
  model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{.learning_rate = 0}});
  return model;
}

TEST_CASE("batch normalization: moving statistics after steps, which inference goes by", "[batch_normalization]") {
  Sequential model = compiled(normalization());
  Statistics moving;
  check_moving(model, moving);
  for (const int64_t count : {40, 7, 1001}) {
    const Tensor x = rows_of(count, static_cast<uint64_t>(count));
    move(moving, of_batch(x));
    model.train_on_batch(x, x);
    check_moving(model, moving);
  }
  const Tensor x = rows_of(5, 1), y = model.predict(x);
  for (int64_t i = 0; i < x.size(); ++i) {
    const auto feature = static_cast<size_t>(i % kWidth);
    const double expected = (x.at(i) - moving.mean[feature]) / std::sqrt(moving.variance[feature] + kEpsilon);
    CHECK(y.at(i) == Approx(expected).margin(1e-4));
  }
  model.evaluate(x, x);
  check_moving(model, moving);
}

TEST_CASE("batch normalization: training goes by the batch's own", "[batch_normalization]") {
  Sequential model = compiled(normalization());
  const Tensor x = rows_of(50, 2);
  const Statistics batch = of_batch(x);
  double loss = 0;
  for (int64_t i = 0; i < x.size(); ++i) {
    const auto feature = static_cast<size_t>(i % kWidth);
    loss += std::pow((x.at(i) - batch.mean[feature]) / std::sqrt(batch.variance[feature] + kEpsilon) - x.at(i), 2);
  }
  CHECK(model.train_on_batch(x, x)["loss"] == Approx(loss / static_cast<double>(x.size())).epsilon(1e-5));
}

TEST_CASE("batch normalization: a mean far from 0 loses no variance", "[batch_normalization]") {
  Sequential model = compiled(normalization());
  Tensor x = rows_of(64, 3);
  for (float& value : x.data<float>()) value += 4096;
  Statistics moving;
  move(moving, of_batch(x));
  model.train_on_batch(x, x);
  check_moving(model, moving);
}

TEST_CASE("batch normalization: a step that fails its guard assigns nothing", "[batch_normalization]") {
  Sequential model({Input({kWidth}), normalization(), Dense(1)}, {.seed = 3});
  model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{.learning_rate = 0.01}});
  const Tensor x = rows_of(20, 4);
  model.train_on_batch(x, Tensor::zeros({20, 1}));
  const std::string before = model.weights_sha256();
  Tensor y = Tensor::zeros({20, 1});
  y.data<float>()[7] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(model.train_on_batch(x, y), NumericError);
  CHECK(model.weights_sha256() == before);
  model.train_on_batch(x, Tensor::zeros({20, 1}));
  CHECK(model.weights_sha256() != before);
}

TEST_CASE("batch normalization: called twice, it moves on from what its first call assigned", "[batch_normalization]") {
  const BatchNormalization layer = normalization();
  const Input a({kWidth}, {.name = "a"}), b({kWidth}, {.name = "b"});
  Model model({a, b}, {layer(a), layer(b)}, {.seed = 3});
  model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{.learning_rate = 0}});
  const Tensor first = rows_of(30, 5), second = rows_of(30, 6);
  const std::vector<Tensor> x{first, second};
  model.train_on_batch(x, x);
  Statistics moving;
  move(moving, of_batch(first));
  move(moving, of_batch(second));
  check_moving(model, moving);
}

TEST_CASE("batch normalization: one that is not trainable runs as in inference", "[batch_normalization]") {
  BatchNormalization layer = normalization();
  layer.set_trainable(false);
  Sequential model({Input({kWidth}), layer, Dense(kWidth)}, {.seed = 3});
  model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{.learning_rate = 0.01}});
  const Tensor x = rows_of(30, 7);
  CHECK(model.train_on_batch(x, x)["loss"] == Approx(model.evaluate(x, x, {.batch_size = 30})["loss"]));
  check_moving(model, {});
  CHECK(weight(model, "gamma").at(0) == 1);
}

TEST_CASE("batch normalization: a call site that says so trains in predictions, and the other way",
          "[batch_normalization]") {
  const Input input({kWidth});
  const Tensor x = rows_of(30, 8);
  Statistics moving;
  Model fixed(input, normalization()(input, {.training = false}), {.seed = 3});
  fixed.compile({.loss = MeanSquaredError{}, .optimizer = SGD{.learning_rate = 0}});
  fixed.train_on_batch(x, x);
  check_moving(fixed, moving);
  Model moves(input, normalization()(input, {.training = true}), {.seed = 3});
  moves.predict(x, {.batch_size = 30});
  move(moving, of_batch(x));
  check_moving(moves, moving);
}

TEST_CASE("batch normalization: the same bits for any threads", "[batch_normalization][threads]") {
  const auto trained = [](int count) {
    const WithThreads threads(count);
    Sequential model({Input({kWidth}), Dense(8, {.activation = relu}), normalization(), Dense(1)}, {.seed = 3});
    model.compile({.loss = MeanSquaredError{}, .optimizer = Adam{}});
    const Tensor x = rows_of(2003, 9), y = Tensor::randn({2003, 1}, 10);
    model.fit(x, y, {.batch_size = 1001, .epochs = 2, .verbose = Verbose::silent});
    return model.weights_sha256();
  };
  CHECK(trained(2) == trained(1));
  CHECK(trained(5) == trained(1));
}

}  // namespace
}  // namespace reel::testing
