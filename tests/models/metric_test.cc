// Metrics: how they are named in logs, and which targets they take.
#include <catch2/catch.hpp>

#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/sequential.h"

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
      {BinaryAccuracy{.threshold = 0.5}, BinaryAccuracy{.threshold = 0.8}, "mae", BinaryAccuracy{.threshold = 0.2}});
  const Logs logs = model.evaluate(kX, kY);
  CHECK(log_names(logs) ==
        std::vector<std::string>{"loss", "binary_accuracy", "binary_accuracy_1", "mae", "binary_accuracy_2"});
  CHECK(logs["binary_accuracy"] == 0.75);
  CHECK(logs["binary_accuracy_1"] == 0.5);
  CHECK(logs["binary_accuracy_2"] == 0.5);
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

TEST_CASE("metrics go by every name of a loss, of a class, and short ones", "[metric]") {
  for (const char* name : {"Accuracy", "ACC", "BinaryAccuracy", "CategoricalAccuracy", "SparseCategoricalAccuracy",
                           "binary_crossentropy", "BCE", "mape", "MSE", "MeanSquaredError", "kld", "KLDivergence",
                           "CategoricalHinge", "LogCoshError", "log_cosh_error", "logcosh"}) {
    CHECK(Metric(name).name() == name);
  }
  const Logs logs = identity({"MSE", "BinaryAccuracy", "Accuracy", "mape"}).evaluate(kX, kY);
  CHECK(logs["MSE"] == logs["loss"]);
  CHECK(logs["BinaryAccuracy"] == 0.75);
  CHECK(logs["Accuracy"] == 0.75);
  CHECK(logs["mape"] == Approx(100 * (0.25e7 + 0.25 + 1e7 + 2e7) / 4));
  CHECK_THROWS_AS(Metric(""), ValueError);
}

// Keras, of the model x: m.compile(loss="mse", metrics=["cosine_similarity", keras.losses.CosineSimilarity(),
// keras.metrics.LogCoshError()])
TEST_CASE("losses that Keras's metrics of their names differ from are those metrics", "[metric]") {
  const Tensor x = Tensor::of<float>({2, 2}, {1, 2, 3, -1}), y = Tensor::of<float>({2, 2}, {2, 1, 1, 1});
  Sequential model({Input({2}), ActivationLayer(linear)});
  const auto evaluate = [&](std::vector<Metric> metrics) {
    model.compile({.loss = MeanSquaredError{}, .metrics = std::move(metrics)});
    return model.evaluate(x, y);
  };
  const Logs logs = evaluate({CosineSimilarity{}, "CosineSimilarity", Loss(CosineSimilarity{}), LogCosh{}});
  CHECK(logs["cosine_similarity"] == Approx(0.6236067414283752));
  CHECK(logs["CosineSimilarity"] == logs["cosine_similarity"]);
  CHECK(logs["cosine_similarity_1"] == -logs["cosine_similarity"]);
  CHECK(logs["logcosh"] == Approx(0.8793917894363403));
  CHECK(evaluate({Loss(LogCosh{})}).contains("log_cosh"));
}

TEST_CASE("metrics made of losses take targets as losses do", "[metric]") {
  Sequential model = identity({"mae", MeanAbsoluteError{}, Loss("mae")});
  const Logs logs = model.evaluate(kX, kY), flat = model.evaluate(kX, kY.reshaped({4}));
  CHECK(flat.entries() == logs.entries());
  CHECK(logs["mean_absolute_error_1"] == logs["mae"]);
  CHECK(model.evaluate(kX, kY.cast(DType::i32))["mae"] == logs["mae"]);
  Tape tape;
  CHECK_THROWS_WITH(Metric(MeanAbsoluteError{}).sums(tape.input({rows, 3}), tape.input({rows, 1})),
                    Contains("[rows, 3]") && Contains("[rows, 1]"));
  // Classes stay as they are.
  const Var classes = tape.input({rows}, DType::i32), predicted = tape.input({rows, 3});
  CHECK_NOTHROW(Metric(SparseCategoricalCrossentropy{}).sums(classes, predicted));
  CHECK_NOTHROW(Metric(Accuracy{}).sums(classes, predicted));
}

TEST_CASE("classes are compared as integers, and a target between two classes is neither", "[metric]") {
  Tape tape;
  constexpr int32_t kBeyondFloat = (1 << 24) + 1;
  const Tensor scores = Tensor::zeros({1, kBeyondFloat + 1});
  Tensor(scores).data<float>()[kBeyondFloat] = 1;
  const Var y = tape.parameter(scores);
  const auto accuracy = [&](Tensor target) {
    return value_of(SparseCategoricalAccuracy{}(tape.parameter(target), y)).at(0);
  };
  CHECK(accuracy(Tensor::of<int32_t>({1}, {kBeyondFloat})) == 1);
  CHECK(accuracy(Tensor::of<int32_t>({1}, {kBeyondFloat - 1})) == 0);
  CHECK(accuracy(Tensor::of<double>({1}, {kBeyondFloat})) == 1);
  CHECK(accuracy(Tensor::of<double>({1}, {kBeyondFloat + 0.5})) == 0);
}

TEST_CASE("any function of targets and predictions is a metric, as it is a loss", "[metric]") {
  const auto largest_error = [](Var t, Var y) { return reduce_max(abs(t - y)); };
  Sequential model = identity({largest_error, "mae", [](Var, Var y) { return y; }, MeanAbsoluteError{}, Loss("mae")});
  const Logs logs = model.evaluate(kX, kY);
  CHECK(log_names(logs) ==
        std::vector<std::string>{"loss", "custom", "mae", "custom_1", "mean_absolute_error", "mean_absolute_error_1"});
  CHECK(logs["custom"] == logs["mae"]);
  CHECK(logs["custom_1"] == 0.5);
  // Targets are brought to the predictions' shape and type, as a loss's are.
  CHECK(model.evaluate(kX, kY.reshaped({4}).cast(DType::i32))["custom"] == logs["mae"]);
  model.compile({.loss = largest_error, .metrics = {largest_error}});
  const Logs same = model.evaluate(kX, kY);
  CHECK(same["custom"] == same["loss"]);
}

TEST_CASE("metrics that are none, or give none, are refused by name", "[metric]") {
  using Function = std::function<Var(Var, Var)>;
  CHECK_THROWS_WITH(Metric("odd", Function{}), "metric: expected a function, got an empty one");
  CHECK_THROWS_AS(Metric(Function{}), ValueError);
  CHECK_THROWS_AS(Metric(Loss{}), ValueError);
  CHECK_THROWS_AS(Metric(static_cast<const char*>(nullptr)), ValueError);
  CHECK_THROWS_WITH(Metric("aux"), Catch::StartsWith("metric: \"aux\" is not known, only accuracy, ") &&
                                       Contains(", auc, ") && Contains(", mean_squared_error, "));
  const auto complaint = [](Function function) -> std::string {
    Sequential model = identity({Metric("odd", std::move(function))});
    try {
      model.evaluate(kX, kY);
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  };
  CHECK(complaint([](Var, Var) { return Var{}; }) == "metric \"odd\": gave an empty Var");
  CHECK(
      complaint([](Var, Var y) { return cast(y, DType::i32); }) ==
      "metric \"odd\": expected floats, [rows, ...] or their mean [], for predictions f32[rows, 1], got i32[rows, 1]");
  CHECK(complaint([](Var, Var y) { return sum_rows(y); }) ==
        "metric \"odd\": expected floats, [rows, ...] or their mean [], for predictions f32[rows, 1], got f32[1]");
  CHECK(complaint([](Var, Var y) { return mean(y); }) == "none");
}

}  // namespace
}  // namespace reel
