// What a model's training keeps, as one list of variables.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/dropout.h"
#include "reel/models/losses/errors.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

Sequential small_model(const Optimizer& optimizer) {
  Sequential model({Dense(3), Dropout(0.5), Dense(1)}, {.name = "small", .seed = 1});
  model.build({DType::f32, {rows, 2}});
  model.compile({.loss = MeanSquaredError{}, .optimizer = optimizer});
  return model;
}

const Tensor kX = Tensor::randn({40, 2}, 3), kY = Tensor::randn({40, 1}, 4);

void train(Sequential& model, int64_t steps) {
  for (int64_t i = 0; i < steps; ++i) model.train_on_batch(kX, kY);
}

TEST_CASE("all that training keeps is one list, by Keras's paths", "[optimizer][model]") {
  Sequential model = small_model(Adam{});
  train(model, 2);
  std::vector<std::string> paths;
  for (const Variable& variable : model.all_variables()) paths.push_back(variable.path());
  CHECK(paths == std::vector<std::string>{"small/dense/kernel", "small/dense/bias",
                                          "small/dropout/seed_generator/seed_generator_state", "small/dense_1/kernel",
                                          "small/dense_1/bias", "adam/iteration", "adam/learning_rate",
                                          "adam/small_dense_kernel_momentum", "adam/small_dense_kernel_velocity",
                                          "adam/small_dense_bias_momentum", "adam/small_dense_bias_velocity",
                                          "adam/small_dense_1_kernel_momentum", "adam/small_dense_1_kernel_velocity",
                                          "adam/small_dense_1_bias_momentum", "adam/small_dense_1_bias_velocity"});
  const std::vector<Variable> kept = model.optimizer_variables();
  CHECK(kept[0].kind() == VariableKind::iteration);
  CHECK(kept[0].value().item() == 2);
  CHECK(kept[1].kind() == VariableKind::rate);
  CHECK(kept[1].value().item() == 0.001);
  CHECK(kept[2].kind() == VariableKind::slot);
  CHECK_FALSE(kept[2].trainable());
}

TEST_CASE("training goes on from what is assigned to its variables, to the same bits", "[optimizer][model]") {
  for (const Optimizer& optimizer : {Optimizer(Adam{.amsgrad = true}), Optimizer(Nadam{}), Optimizer(RMSprop{}),
                                     Optimizer(SGD{.learning_rate = ExponentialDecay{0.1, 2, 0.5}, .momentum = 0.9})}) {
    CAPTURE(optimizer.name());
    Sequential whole = small_model(optimizer), first = small_model(optimizer), second = small_model(optimizer);
    train(whole, 5);
    train(first, 2);
    std::vector<Variable> from = first.all_variables(), to = second.all_variables();
    REQUIRE(from.size() == to.size());
    SECTION("into a model that has not been trained") {
      for (size_t i = 0; i < from.size(); ++i) to[i].assign(from[i].value());
      train(second, 3);
      CHECK(second.weights_sha256() == whole.weights_sha256());
    }
    SECTION("into one whose program there is already") {
      train(second, 4);
      for (size_t i = 0; i < from.size(); ++i) to[i].assign(from[i].value());
      train(second, 3);
      CHECK(second.weights_sha256() == whole.weights_sha256());
    }
  }
}

TEST_CASE("a learning rate that is set or assigned is that of the next step", "[optimizer][model]") {
  Sequential model = small_model(SGD{.learning_rate = 0.5});
  train(model, 1);
  model.set_learning_rate(0.25);
  CHECK(model.optimizer_variables()[1].value().item() == 0.25);
  const std::string before = model.weights_sha256();
  model.optimizer_variables()[1].assign(Tensor::scalar(0, DType::f64));
  CHECK(model.learning_rate() == 0);
  train(model, 1);
  CHECK(model.weights_sha256() == before);
  model.optimizer_variables()[1].assign(Tensor::scalar(-1, DType::f64));
  CHECK_THROWS_AS(train(model, 1), ValueError);
}

TEST_CASE("a variable takes values of its type alone", "[optimizer][model]") {
  Sequential model = small_model(Adam{});
  Variable kernel = model.all_variables()[0];
  CHECK_THROWS_AS(kernel.assign(Tensor::zeros({3, 2})), ShapeError);
  CHECK_THROWS_AS(kernel.assign(Tensor::zeros({2, 3}, DType::f64)), ShapeError);
  CHECK_THROWS_AS(kernel.assign({}), ShapeError);
}

}  // namespace
}  // namespace reel
