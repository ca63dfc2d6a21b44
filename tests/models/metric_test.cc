// Metrics: how they are named in logs, and which targets they take.
#include <catch2/catch.hpp>

#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/sequential.h"

namespace reel {
namespace {

using Catch::Contains;

const Tensor kX = Tensor::of<float>({4, 1}, {0.25f, 0.75f, -1, 2}), kY = Tensor::of<float>({4, 1}, {0, 1, 0, 0});

/// y = x.
Sequential identity(std::vector<Metric> metrics) {
  Sequential model({Input({1}), Dense(1, {.kernel_initializer = "ones"})});
  model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{.learning_rate = 0}, .metrics = std::move(metrics)});
  return model;
}

std::vector<std::string> log_names(const Logs& logs) {
  std::vector<std::string> names;
  for (const auto& [name, value] : logs.entries()) names.push_back(name);
  return names;
}

TEST_CASE("metrics of one name are numbered", "[metric]") {
  Sequential model = identity(
      {BinaryAccuracy{.threshold = 0.5}, BinaryAccuracy{.threshold = 0.8}, "mae", BinaryAccuracy{.threshold = 3}});
  const Logs logs = model.evaluate(kX, kY);
  CHECK(log_names(logs) ==
        std::vector<std::string>{"loss", "binary_accuracy", "binary_accuracy_1", "mae", "binary_accuracy_2"});
  CHECK(logs["binary_accuracy"] == 0.75);
  CHECK(logs["binary_accuracy_1"] == 0.5);
  CHECK(logs["binary_accuracy_2"] == 0.75);
  const History history = model.fit(kX, kY, {.verbose = Verbose::silent, .validation_data = {kX, kY}});
  CHECK(history["binary_accuracy_1"][0] == 0.5);
  CHECK(history["val_binary_accuracy_1"][0] == 0.5);
}

TEST_CASE("the loss's name is its own", "[metric]") {
  CHECK_THROWS_WITH(identity({Metric("loss", [](Var, Var y) { return y; })}), Contains("\"loss\""));
}

TEST_CASE("losses are metrics by the names that Keras knows, and are called by them", "[metric]") {
  Sequential model = identity({"mae", "mse", "mean_absolute_error", "mean_squared_error", "acc", "accuracy"});
  const Logs logs = model.evaluate(kX, kY);
  CHECK(log_names(logs) ==
        std::vector<std::string>{"loss", "mae", "mse", "mean_absolute_error", "mean_squared_error", "acc", "accuracy"});
  CHECK(logs["mae"] == Approx((0.25 + 0.25 + 1 + 2) / 4));
  CHECK(logs["mean_absolute_error"] == logs["mae"]);
  CHECK(logs["mse"] == logs["loss"]);
  CHECK(logs["mean_squared_error"] == logs["loss"]);
  CHECK(logs["acc"] == logs["accuracy"]);
}

TEST_CASE("metrics made of losses take targets as losses do", "[metric]") {
  Sequential model = identity({"mae", MeanAbsoluteError{}, Loss("mae")});
  const Logs logs = model.evaluate(kX, kY), flat = model.evaluate(kX, kY.reshaped({4}));
  CHECK(flat.entries() == logs.entries());
  CHECK(logs["mean_absolute_error_1"] == logs["mae"]);
  CHECK(model.evaluate(kX, kY.cast(DType::i32))["mae"] == logs["mae"]);
  Tape tape;
  CHECK_THROWS_WITH(Metric(MeanAbsoluteError{})(tape.input({rows, 3}), tape.input({rows, 1})),
                    Contains("[rows, 3]") && Contains("[rows, 1]"));
  // Classes stay as they are.
  const Var classes = tape.input({rows}, DType::i32), predicted = tape.input({rows, 3});
  CHECK(Metric(SparseCategoricalCrossentropy{})(classes, predicted).shape() == Shape{rows});
  CHECK(Metric(Accuracy{})(classes, predicted).shape() == Shape{rows});
}

}  // namespace
}  // namespace reel
