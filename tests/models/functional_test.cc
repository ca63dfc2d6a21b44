// Models wired as graphs: several inputs and outputs, shared layers, models in models, lengths that vary.
#include <catch2/catch.hpp>
#include <cmath>

#include "graph/interpreter.h"
#include "reel/graph/error.h"
#include "reel/graph/warning.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/dropout.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/masking.h"
#include "reel/models/layers/merging.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/model/sequential.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

using Catch::Contains;

/// Two inputs and two outputs, by name.
Model two_and_two(uint64_t seed = 1) {
  const Input left({3}, {.name = "left"}), right({2}, {.name = "right"});
  const SymbolicTensor both = Concatenate()({Dense(4, {.activation = tanh, .name = "hidden"})(left), right});
  return Model({left, right},
               {Dense(1, {.name = "value"})(both), Dense(2, {.activation = sigmoid, .name = "flags"})(both)},
               {.seed = seed});
}

TEST_CASE("functional: inputs and outputs go by position or by name", "[functional]") {
  Model model = two_and_two();
  CHECK(model.input_names() == std::vector<std::string>{"left", "right"});
  CHECK(model.output_names() == std::vector<std::string>{"value", "flags"});
  const Tensor left = Tensor::randn({20, 3}, 1), right = Tensor::randn({20, 2}, 2);
  const std::vector<Tensor> y = model.predict_all(std::vector<Tensor>{left, right});
  REQUIRE(y.size() == 2);
  CHECK(y[0].shape() == Shape{20, 1});
  CHECK(y[1].shape() == Shape{20, 2});
  const std::vector<Tensor> named = model.predict_all({{"right", right}, {"left", left}});
  for (size_t i = 0; i < 2; ++i) CHECK(same_bits(named[i], y[i]));
  CHECK_THROWS_AS(model.predict(std::vector<Tensor>{left, right}), Error);
  CHECK_THROWS_AS(model.predict_all(left), ShapeError);
  CHECK_THROWS_AS(model.predict_all({{"right", right}, {"middle", left}}), ValueError);
  CHECK_THROWS_AS(model.predict_all(std::vector<Tensor>{left, right.slice_rows(0, 19)}), ShapeError);
}

TEST_CASE("functional: the loss is the sum of the outputs' by their weights", "[functional]") {
  Model model = two_and_two();
  model.compile({.losses = {{"value", MeanSquaredError{}}, {"flags", BinaryCrossentropy{}}},
                 .loss_weights = {{"value", 0.25}, {"flags", 3}}});
  const Tensor left = Tensor::randn({20, 3}, 1), right = Tensor::randn({20, 2}, 2), target = Tensor::randn({20, 1}, 3);
  const Tensor flags = Tensor::full({20, 2}, 1);
  const std::vector<Tensor> x{left, right}, y = model.predict_all(x);
  double squares = 0, entropy = 0;
  for (int64_t i = 0; i < 20; ++i) squares += std::pow(y[0].at(i) - target.at(i), 2) / 20;
  for (int64_t i = 0; i < 40; ++i) entropy -= std::log(y[1].at(i)) / 40;
  const Logs logs = model.evaluate(x, {{"flags", flags}, {"value", target}}, {.batch_size = 20});
  CHECK(logs["loss"] == Approx(0.25 * squares + 3 * entropy).epsilon(1e-5));
  CHECK(logs["value_loss"] == Approx(squares).epsilon(1e-5));
  CHECK(logs["flags_loss"] == Approx(entropy).epsilon(1e-5));
  CHECK_THROWS_WITH(model.compile({.losses = {{"flag", BinaryCrossentropy{}}}}),
                    Contains("\"flag\"") && Contains("flags"));
  CHECK_THROWS_AS(model.compile({.loss = MeanSquaredError{}, .loss_weights = {{"values", 1}}}), ValueError);
}

TEST_CASE("functional: outputs need no other inputs than are given", "[functional]") {
  const Input a({3}), b({3});
  const SymbolicTensor sum = Add()({a, b});
  CHECK_THROWS_WITH(Model(a, sum), Contains("not among the inputs"));
  CHECK_THROWS_AS(Model({a, b}, std::vector<SymbolicTensor>{}), ValueError);
  CHECK_THROWS_AS(Dense(1)(SymbolicTensor()), Error);
}

TEST_CASE("functional: a shared layer learns from both of its calls", "[functional]") {
  const Input a({2}, {.name = "a"}), b({2}, {.name = "b"});
  const Dense shared(1, {.use_bias = false});
  Model model({a, b}, {Subtract()({shared(a), shared(b)})}, {.seed = 3});
  CHECK(model.parameter_count() == 2);
  model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{.learning_rate = 0.125}});
  const Tensor x = Tensor::of<float>({2, 2}, {1, 2, 3, -1}), z = Tensor::of<float>({2, 2}, {0, 1, -2, 2});
  model.set_weights({Tensor::of<float>({2, 1}, {0.5f, -1})});
  model.train_on_batch(std::vector<Tensor>{x, z}, Tensor::of<float>({2, 1}, {1, 2}));
  // d = x - z = (1, 1), (5, -3); d w = -0.5, 5.5; errors -1.5, 3.5; gradient = (1/2) sum 2 e d = (16, -12).
  CHECK(model.weights()[0].second.at(0) == 0.5 - 0.125 * 16);
  CHECK(model.weights()[0].second.at(1) == -1 + 0.125 * 12);
}

TEST_CASE("functional: an encoder shares the weights of its autoencoder", "[functional]") {
  const Input x({6});
  const Dense encode(3, {.activation = tanh, .name = "code"});
  const SymbolicTensor code = encode(x);
  Model autoencoder(x, Dense(6)(code), {.seed = 3}), encoder(x, code);
  const Tensor data = Tensor::randn({40, 6}, 1), before = encoder.predict(data);
  autoencoder.compile({.loss = MeanSquaredError{}});
  autoencoder.fit(data, data, {.epochs = 2, .verbose = Verbose::silent});
  CHECK(!same_bits(encoder.predict(data), before));
  CHECK(encoder.weights()[0].second.raw() == autoencoder.weights()[0].second.raw());
  CHECK(autoencoder.get_layer("code")->output() == code);
  Model by_name(x, autoencoder.get_layer("code")->output());
  CHECK(same_bits(by_name.predict(data), encoder.predict(data)));
  CHECK_THROWS_WITH(autoencoder.get_layer("cod"), Contains("\"cod\"") && Contains("code"));
}

TEST_CASE("functional: a model is a layer of another, and learns there", "[functional]") {
  const Input inner({4});
  Model block(inner, Dense(4, {.activation = tanh})(inner), {.name = "block", .seed = 2});
  const Input x({4});
  Model model(x, Dense(1)(block(block(x))), {.seed = 3});
  CHECK(model.parameter_count() == 20 + 5);
  const Tensor data = Tensor::randn({30, 4}, 1), before = block.predict(data), twice = block.predict(before);
  const auto weights = model.weights();
  const Tensor y = model.predict(data);
  for (int64_t row = 0; row < 30; ++row) {
    double expected = weights[3].second.at(0);
    for (int64_t i = 0; i < 4; ++i) expected += twice.at(row * 4 + i) * weights[2].second.at(i);
    CHECK(y.at(row) == Approx(expected).margin(1e-5));
  }
  model.compile({.loss = MeanSquaredError{}});
  model.train_on_batch(data, Tensor::zeros({30, 1}));
  CHECK(!same_bits(block.predict(data), before));
}

TEST_CASE("functional: a Sequential grows and shrinks", "[functional]") {
  Sequential model{Input({3}), Dense(4, {.activation = tanh})};
  const Tensor x = Tensor::randn({5, 3}, 1), hidden = model.predict(x);
  model.add(Dense(2));
  CHECK(model.predict(x).shape() == Shape{5, 2});
  CHECK(model.parameter_count() == 16 + 10);
  model.pop();
  CHECK(same_bits(model.predict(x), hidden));
  CHECK_THROWS_AS(model.add(Dense(2, {.name = "dense"})), ValueError);
  CHECK_THROWS_AS(model.add(SimpleRNN(2)), ShapeError);
  CHECK(same_bits(model.predict(x), hidden));
  Sequential none{};
  CHECK_THROWS_AS(none.pop(), ValueError);
}

TEST_CASE("functional: sequences of any length, each with the same weights", "[functional]") {
  const Input x({unknown, 3});
  Model model(x, SimpleRNN(4, {.return_sequences = true})(x), {.seed = 3});
  CHECK(model.outputs()[0].shape() == std::vector<int64_t>{unknown, unknown, 4});
  const Tensor nine = Tensor::randn({6, 9, 3}, 1);
  const Tensor all = model.predict(nine);
  for (const int64_t steps : {5, 9, 2, 1, 8, 3, 4, 6, 7, 5}) {
    Tensor part(DType::f32, {6, steps, 3});
    for (int64_t i = 0; i < part.size(); ++i) {
      part.data<float>()[static_cast<size_t>(i)] = static_cast<float>(nine.at(i / (steps * 3) * 27 + i % (steps * 3)));
    }
    const Tensor y = model.predict(part);
    REQUIRE(y.shape() == Shape{6, steps, 4});
    for (int64_t i = 0; i < y.size(); ++i) {
      CHECK(y.at(i) == Approx(all.at(i / (steps * 4) * 36 + i % (steps * 4))).margin(1e-6));
    }
  }
  CHECK_THROWS_AS(model.predict(Tensor::randn({6, 5, 2}, 1)), ShapeError);
}

/// Adds the mean of what it is given to the loss.
struct Costs : LayerOf<Costs> {
  std::string class_name() const override { return "my>Costs"; }
  Var call(Call& call, Var x) const override {
    call.add_loss(mean(x));
    return x;
  }
};

TEST_CASE("functional: a layer adds to the loss", "[functional]") {
  Sequential model{Input({2}), Costs()};
  model.compile({.loss = MeanSquaredError{}});
  const Tensor x = Tensor::of<float>({2, 2}, {1, 2, 3, 5});
  CHECK(model.evaluate(x, x, {.batch_size = 2})["loss"] == Approx(2.75));
  CHECK(model.train_on_batch(x, x)["loss"] == Approx(2.75));
}

TEST_CASE("functional: regularizers and constraints in training", "[functional]") {
  Sequential model{Input({1}),
                   Dense(1, {.use_bias = false, .kernel_regularizer = L2(0.5), .kernel_constraint = NonNeg{}})};
  model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{.learning_rate = 0.25}});
  model.set_weights({Tensor::of<float>({1, 1}, {2})});
  const Tensor x = Tensor::of<float>({1, 1}, {1}), y = Tensor::of<float>({1, 1}, {1});
  CHECK(model.train_on_batch(x, y)["loss"] == Approx(1 + 0.5 * 4));
  CHECK(model.weights()[0].second.at(0) == 2 - 0.25 * (2 * 1 + 2 * 0.5 * 2));  // 1
  model.train_on_batch(x, Tensor::of<float>({1, 1}, {-9}));
  CHECK(model.weights()[0].second.at(0) == 0);  // 1 - 0.25 (20 + 1) is negative
}

TEST_CASE("functional: states go on from batch to batch until they are reset", "[functional]") {
  Sequential model{Input({3, 1}), SimpleRNN(1, {.activation = linear, .use_bias = false, .stateful = true})};
  model.set_weights({Tensor::full({1, 1}, 1), Tensor::full({1, 1}, 1)});  // which adds up
  const Tensor x = Tensor::full({2, 3, 1}, 1);
  CHECK(model.predict(x).at(0) == 3);
  CHECK(model.predict(x).at(1) == 6);
  CHECK_THROWS_WITH(model.predict(Tensor::full({3, 3, 1}, 1)), Contains("2 rows") && Contains("3"));
  CHECK(model.predict(x).at(0) == 9);
  model.reset_states();
  CHECK(model.predict(Tensor::full({3, 3, 1}, 1)).at(2) == 3);
}

/// Passes no mask on.
struct Twice : LayerOf<Twice> {
  std::string class_name() const override { return "my>Twice"; }
  Var call(Call&, Var x) const override { return 2.0 * x; }
};

TEST_CASE("functional: a mask ends at a layer that does not support it, with a warning", "[functional]") {
  std::vector<std::string> warnings;
  const WarningHandler before = set_warning_handler([&](std::string_view text) { warnings.emplace_back(text); });
  const Input x({3, 1});
  const SymbolicTensor masked = Masking()(x), kept = Dropout(0.5)(masked), ended = Twice()(masked);
  set_warning_handler(before);
  CHECK(kept.type().has_mask);
  CHECK_FALSE(ended.type().has_mask);
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("layer \"twice\"") && Contains("does not support masking"));
}

}  // namespace
}  // namespace reel::testing
