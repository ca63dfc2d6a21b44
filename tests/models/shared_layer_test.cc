// Layers that come twice in a model, or are in several, and how layers are named.
#include <catch2/catch.hpp>
#include <cmath>

#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

using Catch::Contains;

std::vector<std::string> weight_names(const Sequential& model) {
  std::vector<std::string> names;
  for (const auto& [name, value] : model.weights()) names.push_back(name);
  return names;
}

// As Keras 3 says of d = Dense(2); Sequential([Input((2,)), d, d]), with the numbers below and SGD(0.125).
TEST_CASE("a layer that comes twice has one set of weights, and its gradients add up", "[sequential][shared]") {
  const LayerPtr dense = Dense(2);
  Sequential model({Input({2}), dense, dense});
  CHECK(model.parameter_count() == 6);
  CHECK(weight_names(model) == std::vector<std::string>{"dense/kernel", "dense/bias"});
  CHECK_THAT(model.summary(), Contains("Total params: 6 ") && Contains("Trainable params: 6 "));
  model.set_weights({Tensor::of<float>({2, 2}, {1, 0.5f, -0.5f, 0.25f}), Tensor::of<float>({2}, {0.5f, -1})});
  model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{.learning_rate = 0.125}});
  const Tensor x = Tensor::of<float>({2, 2}, {1, 2, -1, 0.5f}), y = Tensor::of<float>({2, 2}, {0, 1, 1, -1});
  CHECK(model.gradients(x, y).size() == 2);
  CHECK(model.train_on_batch(x, y)["loss"] == Approx(1.223876953125));
  const std::vector<std::vector<double>> expected{{0.876953125, 0.5859375, -0.53515625, 0.30224609375},
                                                  {0.5224609375, -0.79345703125}};
  for (size_t i = 0; i < expected.size(); ++i) {
    for (size_t j = 0; j < expected[i].size(); ++j) {
      CHECK(model.weights()[i].second.at(static_cast<int64_t>(j)) == Approx(expected[i][j]).epsilon(1e-6));
    }
  }
}

TEST_CASE("a step of Adam moves a layer that comes twice by the learning rate", "[sequential][shared]") {
  const LayerPtr dense = Dense(4);
  Sequential model({Input({4}), dense, dense}, {.seed = 1});
  model.compile({.loss = MeanSquaredError{}, .optimizer = Adam{.learning_rate = 0.001}});
  const Tensor before = model.weights()[0].second.clone();
  model.train_on_batch(Tensor::randn({8, 4}, 1), Tensor::randn({8, 4}, 2));
  const Tensor after = model.weights()[0].second;
  for (int64_t i = 0; i < before.size(); ++i) {
    CHECK(std::abs(after.at(i) - before.at(i)) == Approx(0.001).epsilon(0.01));
  }
}

TEST_CASE("a layer keeps its name in a second model", "[sequential][shared]") {
  const LayerPtr code = Dense(3);
  const Sequential first({Input({4}), code, Dense(4)});
  const std::vector<std::string> names = weight_names(first);
  CHECK(names == std::vector<std::string>{"dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"});
  const Sequential second({Input({4}), Dense(4), code, Dense(1)});
  CHECK(weight_names(first) == names);
  CHECK(weight_names(second) == std::vector<std::string>{"dense_1/kernel", "dense_1/bias", "dense/kernel", "dense/bias",
                                                         "dense_2/kernel", "dense_2/bias"});
}

TEST_CASE("names that are given are left out when others are found", "[sequential][shared]") {
  const Sequential model({Input({4}), Dense(1), Dense(2), Dense(3, {.name = "dense_1"}), Dense(4)});
  std::vector<std::string> names;
  for (const LayerPtr& layer : model.layers()) names.push_back(layer->name());
  CHECK(names == std::vector<std::string>{"input_layer", "dense", "dense_2", "dense_1", "dense_3"});
}

TEST_CASE("two layers of one name are refused, and a model that is refused names nothing", "[sequential][shared]") {
  const LayerPtr unnamed = Dense(3);
  CHECK_THROWS_AS(Sequential({unnamed, Dense(2, {.name = "a"}), Dense(3, {.name = "a"})}), ValueError);
  CHECK_THROWS_WITH(Sequential({Dense(2, {.name = "a"}), Dense(3, {.name = "a"})}), Contains("\"a\""));
  CHECK(unnamed->name().empty());
  CHECK_THROWS_AS(Sequential({Input({}, DType::f32), unnamed}), ShapeError);
  CHECK(unnamed->name().empty());
  CHECK(unnamed->weights().empty());
}

TEST_CASE("copies of a layer are the same layer; a clone is another", "[sequential][shared]") {
  const auto pointer = std::make_shared<Dense>(4);
  const Sequential shared{Input({4}), pointer, pointer, Dense(1)};
  CHECK(weight_names(shared) ==
        std::vector<std::string>{"dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"});
  CHECK(pointer->weights()[0].value().raw() == shared.weights()[0].second.raw());
  const Dense layer(4);
  const Sequential twice{Input({4}), layer, Dense(layer)};
  CHECK(twice.parameter_count() == 20);
  CHECK(layer.weights().size() == 2);
  const LayerPtr other = LayerPtr(layer).clone();
  CHECK(other->weights().empty());
  const Sequential both{Input({4}), layer, other};
  CHECK(both.parameter_count() == 2 * 20);
  CHECK_THROWS_WITH(Sequential({std::shared_ptr<Layer>(), Dense(1)}), "layer: expected a layer, got a null pointer");
  CHECK_THROWS_AS(LayerPtr(std::shared_ptr<Dense>()), ValueError);
}

TEST_CASE("a layer whose models are gone still has its variables", "[sequential][shared]") {
  const Dense layer(4);
  const Tensor x = Tensor::randn({2, 3}, 1);
  Tensor first;
  {
    Sequential model({layer}, {.seed = 1});
    first = model.predict(x);
  }
  Sequential again({layer}, {.seed = 2});
  CHECK(again.predict(x).at(0) == first.at(0));
}

}  // namespace
}  // namespace reel
