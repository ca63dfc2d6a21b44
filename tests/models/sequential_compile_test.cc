// Sequential: optimizers that are none or break their word, weights frozen and freed, models that are not built.
#include <catch2/catch.hpp>

#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

using Catch::Contains;

const Tensor kX = Tensor::randn({8, 4}, 1), kY = Tensor::randn({8, 2}, 2);

/// Says that it has two slots, and makes one anew.
struct Forgetful {
  LearningRate learning_rate = 0.1;
  OptimizerOptions options = {};
  static constexpr std::string_view class_name = "my>Forgetful";
  std::vector<Slot> slots(const Shape& weight) const { return {{"a", weight}, {"b", weight}}; }
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
    return {w - g * scalars[0], slots[0]};
  }
};

/// Makes a scalar of a weight.
struct Summing {
  LearningRate learning_rate = 0.1;
  OptimizerOptions options = {};
  static constexpr std::string_view class_name = "my>Summing";
  std::vector<Var> update(Var w, Var, std::span<const Var>, std::span<const Var>) const { return {sum(w)}; }
};

Sequential two_layers(Optimizer optimizer) {
  Sequential model({Input({4}), Dense(3, {.name = "first"}), Dense(2, {.name = "second"})}, {.seed = 6});
  model.compile({.loss = MeanSquaredError{}, .optimizer = std::move(optimizer)});
  return model;
}

void set_trainable(Sequential& model, size_t layer, bool trainable) { model.layers()[layer]->set_trainable(trainable); }

TEST_CASE("an optimizer that is none, or breaks its word, is refused", "[sequential]") {
  Sequential model = two_layers(SGD{});
  CHECK_THROWS_WITH(model.compile({.loss = MeanSquaredError{}, .optimizer = Optimizer{}}), Contains("optimizer"));
  CHECK_NOTHROW(model.train_on_batch(kX, kY));
  model.compile({.loss = MeanSquaredError{}, .optimizer = Forgetful{}});
  CHECK_THROWS_WITH(model.train_on_batch(kX, kY),
                    Contains("forgetful") && Contains("2 slots") && Contains("got 2") && Contains("f32[4, 3]"));
  model.compile({.loss = MeanSquaredError{}, .optimizer = Summing{}});
  CHECK_THROWS_WITH(model.train_on_batch(kX, kY), Contains("summing") && Contains("f32[4, 3]") && Contains("f32[]"));
}

TEST_CASE("weights freed between two programs get slots of their own", "[sequential]") {
  Sequential model = two_layers(Adam{.learning_rate = 0.001});
  set_trainable(model, 1, false);
  const Tensor first = model.weights()[0].second.clone();
  model.train_on_batch(kX, kY);
  CHECK(model.weights()[0].second.at(0) == first.at(0));
  set_trainable(model, 1, true);
  model.train_on_batch(kX, kY, Tensor::full({8}, 1));  // sample weights make another program
  for (int64_t i = 0; i < first.size(); ++i) CHECK(model.weights()[0].second.at(i) != first.at(i));

  // What was trained all along goes on with the slots it has: as if the first layer never was trained.
  Sequential freed = two_layers(Adam{}), frozen = two_layers(Adam{});
  set_trainable(freed, 1, false);
  set_trainable(frozen, 1, false);
  freed.train_on_batch(kX, kY);
  frozen.train_on_batch(kX, kY);
  set_trainable(freed, 1, true);
  freed.train_on_batch(kX, kY, Tensor::full({8}, 1));
  frozen.train_on_batch(kX, kY, Tensor::full({8}, 1));
  for (int64_t i = 0; i < 6; ++i) CHECK(freed.weights()[2].second.at(i) == frozen.weights()[2].second.at(i));
}

TEST_CASE("a model with nothing to train takes steps that change nothing", "[sequential]") {
  Sequential model = two_layers(Adam{.options = {.global_clipnorm = 1}});
  set_trainable(model, 1, false);
  set_trainable(model, 2, false);
  const std::string before = model.weights_sha256();
  CHECK(model.train_on_batch(kX, kY)["loss"] == model.evaluate(kX, kY)["loss"]);
  model.train_on_batch(kX, kY, Tensor::full({8}, 1));
  CHECK(model.weights_sha256() == before);
  CHECK(model.gradients(kX, kY).empty());
  Sequential bare({Input({4}), ActivationLayer(relu)});
  bare.compile({.loss = MeanSquaredError{}});
  CHECK(bare.train_on_batch(kX, bare.predict(kX))["loss"] == 0);
}

TEST_CASE("a model that is not built is not called", "[sequential]") {
  const Sequential model({Dense(2)});
  Tape tape;
  CHECK_THROWS_WITH(model.call(tape.input({rows, 4})), Contains("not built"));
}

TEST_CASE("batches without rows, or of different ones, are refused", "[sequential]") {
  Sequential model = two_layers(SGD{});
  CHECK_THROWS_WITH(model.predict(Tensor::zeros({0, 4})), Contains("at least one row") && Contains("[0, 4]"));
  CHECK_THROWS_AS(model.predict({}), ShapeError);
  CHECK_THROWS_AS(model.evaluate(Tensor::zeros({0, 4}), Tensor::zeros({0, 2})), ShapeError);
  CHECK_THROWS_AS(model.train_on_batch(Tensor::zeros({0, 4}), Tensor::zeros({0, 2})), ShapeError);
  CHECK_THROWS_WITH(model.train_on_batch(kX, Tensor::zeros({6, 2})), Contains("[8, 4]") && Contains("[6, 2]"));
  CHECK_THROWS_AS(model.train_on_batch(kX, kY, Tensor::full({8, 2}, 1)), ShapeError);
}

}  // namespace
}  // namespace reel
