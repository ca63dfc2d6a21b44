// What someone who knows Keras types with models: see tensors.cc.
#include <catch2/catch.hpp>
#include <iostream>
#include <vector>

#include "reel/reel.h"
#include "snippets/values.h"

using namespace std;
using namespace reel;
using namespace snippets;

namespace {

Sequential compiled_model() {
  Sequential model{Dense(4, {.activation = "relu"}), Dense(1, {.activation = "sigmoid"})};
  model.compile("adam", "binary_crossentropy", {"accuracy"});
  return model;
}

TEST_CASE("xor in ten lines", "[snippets]") {
  Sequential model{Dense(8, {.activation = "tanh"}), Dense(1, {.activation = "sigmoid"})};
  model.compile({.loss = "binary_crossentropy", .optimizer = Adam(0.1), .metrics = "accuracy"});
  const History history = model.fit(kPoints, kXor, {.epochs = 200, .verbose = Verbose::silent});
  CHECK(history["loss"].size() == 200);
  CHECK(history["accuracy"].back() == 1);
  const Tensor predicted = model.predict(kPoints);
  CHECK(predicted.shape() == Shape{4, 1});
}

TEST_CASE("positional compile and fit as in Keras", "[snippets]") {
  Sequential model{Dense(1)};
  model.compile("sgd", "mse");
  model.compile(SGD(0.01), MeanSquaredError{}, {"mae", "mse"});
  model.compile("adam", "mse", "mae");
  model.fit(kPoints, kXor, {.batch_size = 2, .epochs = 1, .verbose = Verbose::silent});
  model.fit(kPoints, vector<float>{0, 1, 1, 0}, {.verbose = Verbose::silent});
  model.fit(kPoints, vector<double>{0, 1, 1, 0}, {.verbose = Verbose::silent});
}

TEST_CASE("optimizers with positional arguments", "[snippets]") {
  CHECK(Optimizer(Adam(0.01)).learning_rate() == 0.01);
  CHECK(Optimizer(SGD(0.1, 0.9)).learning_rate() == 0.1);
  CHECK(Optimizer(RMSprop(1e-4)).learning_rate() == 1e-4);
  CHECK(Optimizer(Adam(ExponentialDecay{0.1, 10, 0.5})).has_schedule());
}

TEST_CASE("metrics, one or several", "[snippets]") {
  CompileOptions one{.loss = "mse", .metrics = "mae"}, two{.loss = "mse", .metrics = {"mae", "mse"}};
  CompileOptions objects{.loss = "mse", .metrics = {MeanAbsoluteError{}, "mse"}};
  CHECK(one.metrics.size() == 1);
  CHECK(two.metrics.size() == 2);
  CHECK(objects.metrics.size() == 2);
  CompileOptions alone{.loss = "bce", .metrics = BinaryAccuracy{}};
  CHECK(alone.metrics[0].name() == "binary_accuracy");
}

TEST_CASE("logs by name, in a loop, and apart", "[snippets]") {
  Sequential model = compiled_model();
  const Logs logs = model.evaluate(kPoints, kXor);
  CHECK(logs["loss"] > 0);
  size_t count = 0;
  for (const auto& [name, value] : logs) count += name.size() > 0 && value >= 0;
  CHECK(count == 2);
  const auto [loss, accuracy] = logs.values<2>();
  CHECK(loss == logs["loss"]);
  CHECK(accuracy == logs["accuracy"]);
  CHECK_THROWS_AS(logs.values<3>(), ValueError);
  CHECK(printed(logs).starts_with("loss: "));
}

TEST_CASE("a callback that returns nothing, or whether to go on", "[snippets]") {
  Sequential model = compiled_model();
  int64_t calls = 0;
  model.fit(kPoints, kXor,
            {.epochs = 2, .verbose = Verbose::silent, .on_epoch_end = [&](int64_t, const Logs&) { ++calls; }});
  model.fit(kPoints, kXor, {.epochs = 2, .verbose = Verbose::silent, .on_epoch_end = [&](int epoch, const Logs& logs) {
                              calls += epoch >= 0 && logs.contains("loss");
                            }});
  model.fit(kPoints, kXor, {.epochs = 9, .verbose = Verbose::silent, .on_epoch_end = [&](int64_t, const Logs&) {
                              ++calls;
                              return false;
                            }});
  model.fit(kPoints, kXor, {.epochs = 1, .verbose = Verbose::silent, .on_epoch_end = [&] { ++calls; }});
  CHECK(calls == 6);
}

TEST_CASE("verbose as Keras counts it", "[snippets]") {
  Sequential model = compiled_model();
  model.fit(kPoints, kXor, {.verbose = 0});
}

TEST_CASE("validation data of vectors", "[snippets]") {
  Sequential model = compiled_model();
  const History history = model.fit(kPoints, kXor, {.verbose = Verbose::silent, .validation_data = {kPoints, kXor}});
  CHECK(history["val_loss"].size() == 1);
}

TEST_CASE("predictions of braces and of one row", "[snippets]") {
  Sequential model = compiled_model();
  CHECK(model.predict(Tensor::of({{0.0f, 1.0f}})).size() == 1);
  CHECK(model.predict(vector<vector<double>>{{0, 1}}).size() == 1);
  const Tensor x = Tensor::of(kPoints);
  CHECK(model.predict(x[{0, 1}]).shape() == Shape{1, 1});
  CHECK(model(x).shape() == Shape{4, 1});
}

TEST_CASE("weights of a layer", "[snippets]") {
  Sequential model = compiled_model();
  model.build({rows, 2});
  const LayerPtr first = model.layers()[0];
  vector<Tensor> weights = first->get_weights();
  CHECK(weights.size() == 2);
  CHECK(weights[0].shape() == Shape{2, 4});
  first->set_weights({Tensor::ones({2, 4}), Tensor::zeros({4})});
  CHECK(model.get_weights()[0].at(0) == 1);
  CHECK(first->get_weights()[0].at(7) == 1);
  CHECK(weights[0].at(0) != 1);
  CHECK_THROWS_WITH(first->set_weights({Tensor::ones({2, 4})}), Catch::Contains("2") && Catch::Contains("1"));
}

TEST_CASE("layers are frozen", "[snippets]") {
  Sequential model = compiled_model();
  model.build({rows, 2});
  model.layers()[0]->trainable = false;
  CHECK_FALSE(model.layers()[0]->trainable);
  Dense dense(3);
  dense.trainable = false;
  const Dense same = dense;
  CHECK_FALSE(same.trainable());
  model.compile("sgd", "bce");
  const vector<Tensor> before = model.layers()[0]->get_weights();
  model.fit(kPoints, kXor, {.verbose = Verbose::silent});
  CHECK(model.layers()[0]->get_weights()[0].at(0) == before[0].at(0));
}

TEST_CASE("a functional model", "[snippets]") {
  Input x({2});
  auto hidden = Dense(4, {.activation = "relu"})(x);
  hidden = Dropout(0.5)(hidden);
  const auto y = Dense(1)(hidden);
  Model model(x, y);
  model.compile("adam", "mse");
  model.fit(kPoints, kXor, {.verbose = Verbose::silent});
  CHECK(model.predict(kPoints).shape() == Shape{4, 1});
  cout.setstate(ios::failbit);
  cout << model.summary();
  cout.clear();
}

TEST_CASE("layers by the other names that Keras has for them", "[snippets]") {
  Sequential model{Convolution2D(4, 3), MaxPool2D(2), GlobalAvgPool2D(), Dense(1)};
  CHECK(model.predict(Tensor::zeros({2, 8, 8, 1})).shape() == Shape{2, 1});
}

TEST_CASE("layers are added one by one", "[snippets]") {
  Sequential model;
  model.add(Dense(4, {.activation = relu}));
  model.add(Dense(1));
  model.compile({.loss = "mse", .optimizer = "sgd"});
  model.fit(kPoints, kXor, {.verbose = Verbose::silent});
  CHECK(model.layers().size() == 2);
  CHECK(model.count_params() == 17);
}

TEST_CASE("the notebook's learners", "[snippets]") {
  Sequential rnn{Embedding(20, 4), SimpleRNN(3), Dense(1, {.activation = "sigmoid"})};
  rnn.compile({.loss = "binary_crossentropy", .optimizer = "adam", .metrics = {"accuracy"}});
  const vector<vector<int>> reviews = {{1, 2, 3}, {4, 5}};
  rnn.fit(pad_sequences(reviews, {.maxlen = 6}), vector<int>{0, 1}, {.verbose = Verbose::silent});
  Sequential autoencoder{Dense(2, {.activation = "relu"}), Dense(2, {.activation = "relu"})};
  autoencoder.compile(SGD(0.1), "mse");
  autoencoder.fit(kPoints, kPoints, {.verbose = Verbose::silent});
}

TEST_CASE("several inputs by name", "[snippets]") {
  Input a({2}, {.name = "a"}), b({2}, {.name = "b"});
  Model model({a, b}, {Add()({a, b})});
  const vector<vector<float>> ones(3, {1, 1});
  CHECK(model.predict({{"a", ones}, {"b", ones}}).at(0) == 2);
  CHECK(model.predict({ones, ones}).at(0) == 2);
}

}  // namespace
