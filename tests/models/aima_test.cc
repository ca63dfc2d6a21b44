// AIMA's module deep_learning4e on its own data: what its tests ask of a perceptron, a neural net, the reviews' RNN and
// the autoencoder.
#include "reel/models/data/aima.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <span>
#include <string>

#include "reel/graph/error.h"
#include "reel/models/data/arrays.h"
#include "reel/models/data/datasets.h"
#include "reel/models/data/iris.h"
#include "reel/models/formats/sha256.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

using Catch::Contains;

TEST_CASE("aima: the irises are the bytes of AIMA's iris.csv", "[aima]") {
  const Iris all = iris();
  std::string csv;
  for (int64_t row = 0; row < 150; ++row) {
    for (int64_t i = 0; i < 4; ++i) csv += fmt::format("{:.1f},", all.x.at(row, i));
    csv += std::string(kIrisClasses[static_cast<size_t>(all.y.at(row))]) + "\n";
  }
  CHECK(sha256_hex(std::as_bytes(std::span(csv))) ==
        "58e279da48fbbaa521a1a936c18d3dc5617bc791b178e5e3c180313b727c847e");
  CHECK(all.x.at(0) == static_cast<double>(5.1F));
  const Tensor examples = iris_examples();
  REQUIRE(examples.shape() == Shape{150, 5});
  CHECK(examples.at(149, 3) == all.x.at(149, 3));
  CHECK(examples.at(149, 4) == 2);
  // What the UCI repository says of its columns.
  constexpr double kMeans[] = {5.84, 3.05, 3.76, 1.20}, kDeviations[] = {0.83, 0.43, 1.76, 0.76};
  for (int64_t i = 0; i < 4; ++i) {
    double sum = 0, squares = 0;
    for (int64_t row = 0; row < 150; ++row) sum += all.x.at(row, i), squares += std::pow(all.x.at(row, i), 2);
    CHECK(sum / 150 == Approx(kMeans[i]).margin(0.006));
    CHECK(std::sqrt((squares - sum * sum / 150) / 149) == Approx(kDeviations[i]).margin(0.006));
  }
}

TEST_CASE("aima: err_ratio and grade_learner count rows whose largest output is their class", "[aima]") {
  const Tensor predictions =
      Tensor::of({{0.1F, 0.7F, 0.2F}, {0.5F, 0.5F, 0.0F}, {0.1F, 0.2F, 0.3F}, {1.0F, 0.0F, 0.0F}});
  const Tensor y = Tensor::of<int32_t>({1, 0, 1, 0});
  CHECK(err_ratio(predictions, y) == 0.25);
  CHECK(grade_learner(predictions, y) == 0.75);
  CHECK(err_ratio(predictions, y.reshaped({4, 1})) == 0.25);
  CHECK(err_ratio(predictions, y.cast(DType::f32)) == 0.25);
  CHECK(err_ratio(Tensor(DType::f32, {0, 3}), Tensor(DType::i32, {0})) == 0);
  CHECK_THROWS_AS(grade_learner(Tensor(DType::f32, {0, 3}), Tensor(DType::i32, {0})), ValueError);
  CHECK_THROWS_WITH(err_ratio(predictions, Tensor::of<int32_t>({1, 0, 3, 0})),
                    "err_ratio: expected a class of 0 to 2, got 3 in row 2");
  CHECK_THROWS_AS(err_ratio(predictions, Tensor::of<float>({1, 0.5F, 0, 0})), ValueError);
  CHECK_THROWS_WITH(grade_learner(predictions, Tensor::of<int32_t>({1, 0, 1})),
                    Contains("expected predictions [n, classes] and classes [n], got [4, 3] and [3]"));
  CHECK_THROWS_AS(err_ratio({}, y), ShapeError);
}

TEST_CASE("aima: keras_dataset_loader pads, and holds the first ten out", "[aima]") {
  imdb::Data data;
  for (int32_t i = 0; i < 13; ++i) {
    data.train.x.push_back(std::vector<int32_t>(static_cast<size_t>(i), i));
    data.train.y.push_back(i % 2);
  }
  data.test = {{{7, 8, 9}, {}}, {1, 0}};
  const SequenceParts parts = keras_dataset_loader(data, 4);
  CHECK(parts.train_x.shape() == Shape{3, 4});
  CHECK(parts.train_x.at(0) == 10);
  CHECK(parts.train_y.to_vector<int>() == std::vector<int>{0, 1, 0});
  CHECK(parts.test_x.shape() == Shape{10, 4});
  CHECK(parts.test_x.at(2, 1) == 0);
  CHECK(parts.test_x.at(2, 2) == 2);
  CHECK(parts.val_x.at(0, 1) == 7);
  CHECK(parts.val_y.at(0) == 1);
  CHECK(keras_dataset_loader(data).val_x.shape() == Shape{2, 500});
  CHECK_THROWS_AS(keras_dataset_loader(data, 0), ValueError);
  data.train = {{{1}}, {1}};
  CHECK_THROWS_WITH(keras_dataset_loader(data), Contains("more than 10 sequences to train on and one to validate on, "
                                                         "got 1 and 2"));
}

/// AIMA's DenseLayer: no bias, weights of -0.5 to 0.5, sigmoid.
LayerPtr aima_dense(int64_t units) {
  return Dense(
      units,
      {.activation = sigmoid, .use_bias = false, .kernel_initializer = RandomUniform{.minval = -0.5, .maxval = 0.5}});
}

struct Grades {
  double errors, grade;
};

/// AIMA adds up (output - target) sigmoid' over outputs and rows, where Keras's mean squared error takes two thirds of
/// it, three outputs, and the mean over rows: an AIMA rate times 15 is SGD's for batches of ten.
constexpr double kRateOfSums = 15;

Grades grades_of(std::vector<LayerPtr> layers, const Optimizer& optimizer, int64_t epochs, uint64_t seed) {
  const Iris flowers = iris();
  Sequential model(std::move(layers), {.seed = seed});
  model.compile({.loss = MeanSquaredError{}, .optimizer = optimizer});
  model.fit(flowers.x, to_categorical(flowers.y), {.batch_size = 10, .epochs = epochs, .verbose = Verbose::silent});
  const LabelledRows tests = iris_tests();
  return {err_ratio(model.predict(flowers.x), flowers.y), grade_learner(model.predict(tests.x), tests.y)};
}

TEST_CASE("aima: a perceptron learns the irises", "[aima]") {
  for (const Optimizer& optimizer : {Optimizer(SGD{.learning_rate = 0.01 * kRateOfSums}), Optimizer(Adam(0.01))}) {
    for (const uint64_t seed : {0, 1, 2}) {
      const Grades got = grades_of({Input({4}), aima_dense(3)}, optimizer, 100, seed);
      CAPTURE(seed, got.errors, got.grade);
      CHECK(got.errors < 0.2);
      CHECK(got.grade == 1);
    }
  }
}

TEST_CASE("aima: a neural net learns the irises", "[aima]") {
  const auto train = [](const Optimizer& optimizer, int64_t epochs, uint64_t seed) {
    return grades_of({Input({4}), aima_dense(4), aima_dense(3)}, optimizer, epochs, seed);
  };
  for (const uint64_t seed : {0, 1, 2}) {
    for (const Grades& got :
         {train(SGD{.learning_rate = 0.15 * kRateOfSums}, 100, seed), train(Adam(0.001), 200, seed)}) {
      CAPTURE(seed, got.errors, got.grade);
      CHECK(got.errors < 0.15);
      CHECK(got.grade > 0.7);
    }
  }
}

TEST_CASE("aima: the autoencoder squeezes nothing out of an iris that it cannot give back", "[aima]") {
  for (const Tensor& inputs : {iris().x, iris_examples()}) {
    const int64_t width = inputs.shape()[1];
    const auto dense = [](int64_t units) {
      return Dense(units, {.activation = relu, .kernel_initializer = "random_uniform", .bias_initializer = "ones"});
    };
    Sequential model({Input({width}), dense(100), dense(width)}, {.seed = 0});
    model.compile({.loss = "mean_squared_error", .optimizer = SGD{.learning_rate = 0.01}, .metrics = {"accuracy"}});
    model.fit(inputs, inputs, {.batch_size = 10, .epochs = 200, .verbose = Verbose::silent});
    const Tensor given_back = model.predict(inputs.slice_rows(0, 1));
    // numpy.allclose(inputs[0], given_back, rtol=0.3)
    for (int64_t i = 0; i < width; ++i) {
      CAPTURE(width, i, inputs.at(i), given_back.at(i));
      CHECK(std::abs(inputs.at(i) - given_back.at(i)) <= 1e-8 + 0.3 * std::abs(given_back.at(i)));
    }
  }
}

TEST_CASE("aima: an RNN reads a thousand reviews for two epochs", "[aima][zoo]") {
  const auto path = find_imdb();
  if (!path) return;
  const SequenceParts parts = keras_dataset_loader(imdb::load_data(*path, {.num_words = 5000}));
  Sequential model({Embedding(5000, 32), SimpleRNN(128), Dense(1, {.activation = sigmoid})}, {.seed = 0});
  model.compile({.loss = "binary_crossentropy", .optimizer = "adam", .metrics = {"accuracy"}});
  model.fit(parts.train_x[{0, 1000}], parts.train_y[{0, 1000}],
            {.batch_size = 128,
             .epochs = 2,
             .verbose = Verbose::silent,
             .validation_data = {parts.val_x[{0, 200}], parts.val_y[{0, 200}]}});
  CHECK(model.evaluate(parts.test_x, parts.test_y)["accuracy"] >= 0.2);
}

}  // namespace
}  // namespace reel
