// A mask that reaches the end of a model: steps that are padding count for nothing in loss and metrics.
#include <catch2/catch.hpp>

#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

using Catch::Contains;

// What Keras 3 says of
//
//   m = keras.Sequential([Input((3,), dtype="int32"), Embedding(4, 1, mask_zero=True),
//                         SimpleRNN(1, return_sequences=True, activation="linear"), Dense(1)])
//   m.set_weights([[[9], [.5], [-.25], [1.5]], [[1.]], [[.5]], [.25], [[2.]], [-.5]])
//   m.compile(loss="mse", optimizer=keras.optimizers.SGD(0.125), metrics=["mae", "binary_accuracy"])
//   m.evaluate(x, y, batch_size=...); m.train_on_batch(x, y, sample_weight=w[:, None])
//
// with the data below, where a row is all padding. (Trained with JAX, its metrics lose the mask; those are evaluate's.)
Sequential keras_model(bool mask_zero = true) {
  Sequential model({Embedding(4, 1, {.mask_zero = mask_zero, .input_length = 3}),
                    SimpleRNN(1, {.activation = linear, .return_sequences = true}), Dense(1)});
  model.set_weights({Tensor::of<float>({4, 1}, {9, 0.5f, -0.25f, 1.5f}), Tensor::full({1, 1}, 1),
                     Tensor::full({1, 1}, 0.5), Tensor::full({1}, 0.25), Tensor::full({1, 1}, 2),
                     Tensor::full({1}, -0.5)});
  model.compile({.loss = MeanSquaredError{},
                 .optimizer = SGD{.learning_rate = 0.125},
                 .metrics = {Metric("mae", MeanAbsoluteError{}), BinaryAccuracy{}}});
  return model;
}

const Tensor kX = Tensor::of<int32_t>({4, 3}, {1, 2, 0, 3, 0, 0, 0, 0, 0, 2, 1, 3});
const Tensor kY = Tensor::of<float>({4, 3, 1}, {1, 0, 5, 2, 7, -3, 4, 4, 4, -1, 1, 1});
const Tensor kSampleWeight = Tensor::of<float>({4}, {1, 2, 3, 0.5f});

void check_logs(const Logs& logs, double loss, double mae, double accuracy) {
  CHECK(logs["loss"] == Approx(loss).epsilon(1e-6));
  CHECK(logs["mae"] == Approx(mae).epsilon(1e-6));
  CHECK(logs["binary_accuracy"] == Approx(accuracy).epsilon(1e-6));
}

void check_weights(const Sequential& model, const std::vector<std::vector<double>>& expected) {
  REQUIRE(model.weights().size() == expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    const auto [name, value] = model.weights()[i];
    for (size_t j = 0; j < expected[i].size(); ++j) {
      INFO(name << " " << j);
      CHECK(value.at(static_cast<int64_t>(j)) == Approx(expected[i][j]).epsilon(1e-5));
    }
  }
}

TEST_CASE("padding counts for nothing in loss and metrics, whatever the batches", "[mask]") {
  Sequential model = keras_model();
  check_logs(model.evaluate(kX, kY), 1.4791667461395264, 0.75, 2.0 / 3);
  // Batches' losses are weighed by rows, metrics by what is valid.
  check_logs(model.evaluate(kX, kY, {.batch_size = 3}), 0.9166666865348816, 0.75, 2.0 / 3);
  check_logs(model.evaluate(kX, kY, {.batch_size = 1}), 0.9088541865348816, 0.75, 2.0 / 3);
  check_logs(model.evaluate(kX.slice_rows(2, 3), kY.slice_rows(2, 3)), 0, 0, 0);
  const History history = model.fit(kX, kY, {.batch_size = 4, .verbose = Verbose::silent, .validation_data = {kX, kY}});
  check_logs(history.epochs[0].logs, 1.4791667461395264, 0.75, 2.0 / 3);
  CHECK(history["val_mae"][0] == model.evaluate(kX, kY)["mae"]);
}

TEST_CASE("a step trains on what is valid", "[mask]") {
  Sequential model = keras_model();
  check_logs(model.train_on_batch(kX, kY), 1.4791667461395264, 0.75, 2.0 / 3);
  check_weights(model, {{9.0, 0.375, -0.3697916865348816, 1.1875},
                        {0.4986978769302368},
                        {0.3125},
                        {-0.3072916865348816},
                        {1.6796875},
                        {-0.6875}});
}

TEST_CASE("a row's weight scales its valid steps, and does not change how many they are", "[mask]") {
  Sequential model = keras_model();
  check_logs(model.train_on_batch(kX, kY, kSampleWeight), 0.9947916865348816, 0.75, 2.0 / 3);
  check_weights(model, {{9.0, 0.4322916567325592, -0.3203125, 1.21875},
                        {0.5618489384651184},
                        {0.3984375},
                        {-0.16927087306976318},
                        {1.728515625},
                        {-0.6614583730697632}});
  const auto first = [](const Tensor& data) { return data.slice_rows(0, 3); };
  CHECK(keras_model().train_on_batch(first(kX), first(kY), first(kSampleWeight))["loss"] == Approx(0.6875));
  check_logs(keras_model().evaluate(kX, kY, {.sample_weight = kSampleWeight}), 0.9947916865348816, 0.75, 2.0 / 3);
}

TEST_CASE("targets without the predictions' last axis keep the steps that a mask is of", "[mask]") {
  const Tensor flat = kY.reshaped({4, 3});
  Sequential model = keras_model();
  model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{}, .metrics = {"mae", BinaryAccuracy{}}});
  check_logs(model.evaluate(kX, flat), 1.4791667461395264, 0.75, 2.0 / 3);
  check_logs(model.train_on_batch(kX, flat, kSampleWeight), 0.9947916865348816, 0.75, 2.0 / 3);
}

TEST_CASE("a batch that is all padding moves nothing", "[mask]") {
  Sequential model = keras_model();
  const std::string before = model.weights_sha256();
  check_logs(model.train_on_batch(kX.slice_rows(2, 3), kY.slice_rows(2, 3)), 0, 0, 0);
  CHECK(model.weights_sha256() == before);
}

TEST_CASE("forward and backward of a row wait for no other row's mask", "[mask]") {
  Sequential masked = keras_model(), plain = keras_model(false);
  const Tensor x = Tensor::full({64, 3}, 1, DType::i32), y = Tensor::zeros({64, 3, 1});
  masked.train_on_batch(x, y);
  plain.train_on_batch(x, y);
  CHECK(masked.training_stats().stages == plain.training_stats().stages);
}

TEST_CASE("without a mask, loss and metrics are means over all", "[mask]") {
  Tape tape;
  const Var values = tape.input({rows, 3}), weight = tape.input({rows});
  CHECK(mean_loss(values).id() == mean(values).id());
  CHECK(mean_loss(values, weight).id() == mean(multiply_no_nan(values, reshape(weight, {rows, 1}))).id());
  const Metric metric("first", [](Var, Var y) { return y; });
  CHECK(metric.sums(values, values)[0].id() == sum(cast(values, DType::f64)).id());
  Sequential model = keras_model(false);
  CHECK(model.evaluate(kX, kY)["mae"] != Approx(0.75));
}

TEST_CASE("a mask over other axes than the values' is refused with both shapes", "[mask]") {
  Tape tape;
  const Var values = tape.input({rows, 4, 2}), mask = tape.input({rows, 5});
  CHECK_THROWS_WITH(sum_of_valid(values, mask, "test"), Contains("[rows, 5]") && Contains("[rows, 4, 2]"));
  CHECK_THROWS_AS(sum_of_valid(tape.input({rows}), mask, "test"), ShapeError);
  const Metric metric("mine", [](Var, Var y) { return y; });
  CHECK_THROWS_WITH(metric.sums(values, {values, mask}), Contains("mine") && Contains("[rows, 5]"));
}

TEST_CASE("a valid step counts for all that it has of its own", "[mask]") {
  Tape tape;
  const Var values = tape.input({rows, 2, 2}), mask = tape.input({rows, 2});
  const Var mean_of = sum_of_valid(values, mask, "test") / count_of_valid(values, mask);
  const std::vector<Tensor> data{Tensor::of<float>({1, 2, 2}, {1, 4, 7, 9}), Tensor::of<float>({1, 2}, {1, 0})};
  CHECK(tape.compile({mean_of}).run(data)[0].item() == 2.5);
}

}  // namespace
}  // namespace reel
