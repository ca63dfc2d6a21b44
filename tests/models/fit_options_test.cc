// What fit, evaluate and predict are told besides data: weights, parts of an epoch, when to validate.
#include <catch2/catch.hpp>

#include "models/callback_run.h"
#include "reel/graph/error.h"
#include "reel/graph/run/with_threads.h"
#include "reel/graph/warning.h"
#include "reel/models/layers/lstm.h"
#include "reel/models/layers/reshaping.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::Line;
using testing::line_model;

const Tensor kX = Tensor::uniform({6, 4}, -1, 1, 5);
const ClassWeights kClassWeights{{0, 0.5}, {2, 3.0}};

Sequential classifier(const char* loss, CompileOptions options = {}) {
  Sequential model({Input({4}), Dense(3, {.activation = softmax})}, {.seed = 2});
  options.loss = loss;
  options.optimizer = SGD{.learning_rate = 0.5};
  model.compile(std::move(options));
  return model;
}

std::string weights_after(Sequential model, const ModelData& y, FitOptions options) {
  options.batch_size = 4;
  options.epochs = 2;
  options.verbose = 0;
  model.fit(kX, y, std::move(options));
  return model.weights_sha256();
}

TEST_CASE("class_weight: is sample_weight by the class of each row", "[fit]") {
  const Tensor numbers = Tensor::of<int32_t>({6}, {0, 1, 2, 2, 1, 0});
  const Tensor weights = Tensor::of<float>({6}, {0.5f, 1, 3, 3, 1, 0.5f});
  const std::string weighted =
      weights_after(classifier("sparse_categorical_crossentropy"), numbers, {.sample_weight = weights});
  CHECK(weights_after(classifier("sparse_categorical_crossentropy"), numbers, {.class_weight = kClassWeights}) ==
        weighted);
  CHECK(weights_after(classifier("sparse_categorical_crossentropy"), numbers.reshaped({6, 1}),
                      {.class_weight = kClassWeights}) == weights_after(classifier("sparse_categorical_crossentropy"),
                                                                        numbers.reshaped({6, 1}),
                                                                        {.sample_weight = weights}));
  CHECK(weights_after(classifier("sparse_categorical_crossentropy"), numbers, {}) != weighted);
  const Tensor one_hot = Tensor::of<float>({6, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0});
  CHECK(weights_after(classifier("categorical_crossentropy"), one_hot, {.class_weight = kClassWeights}) ==
        weights_after(classifier("categorical_crossentropy"), one_hot, {.sample_weight = weights}));
}

TEST_CASE("class_weight: is of the rows that are trained on", "[fit]") {
  const Tensor numbers = Tensor::of<int32_t>({6}, {0, 1, 2, 2, 1, 0});
  const auto losses = [&](const ClassWeights& weights) {
    Sequential model = classifier("sparse_categorical_crossentropy");
    model.compile({.loss = "sparse_categorical_crossentropy", .optimizer = SGD{.learning_rate = 0}});
    const History history = model.fit(kX, numbers, {.verbose = 0, .validation_split = 0.5, .class_weight = weights});
    return std::pair(history["loss"][0], history["val_loss"][0]);
  };
  CHECK(losses(kClassWeights).first != losses({}).first);
  CHECK(losses(kClassWeights).second == losses({}).second);
}

/// Targets that are made when they are read.
struct NumbersSource : SampleSource {
  Tensor numbers = Tensor::of<int32_t>({6}, {0, 1, 2, 2, 1, 0});
  Type type() const override { return numbers.type(); }
  void read(std::span<const int64_t> rows_of, Tensor& to) const override { Samples(numbers).read(rows_of, to); }
};

TEST_CASE("class_weight: of targets from a source, and on a single batch", "[fit]") {
  const NumbersSource source;
  CHECK(
      weights_after(classifier("sparse_categorical_crossentropy"), Samples(source), {.class_weight = kClassWeights}) ==
      weights_after(classifier("sparse_categorical_crossentropy"), source.numbers, {.class_weight = kClassWeights}));
  Sequential model = classifier("sparse_categorical_crossentropy"),
             other = classifier("sparse_categorical_crossentropy");
  model.train_on_batch(kX, source.numbers, {}, kClassWeights);
  other.train_on_batch(kX, source.numbers, Tensor::of<float>({6}, {0.5f, 1, 3, 3, 1, 0.5f}));
  CHECK(model.weights_sha256() == other.weights_sha256());
}

TEST_CASE("class_weight: what it cannot be is refused", "[fit]") {
  const Tensor numbers = Tensor::of<int32_t>({6}, {0, 1, 2, 2, 1, 0});
  Sequential model = classifier("sparse_categorical_crossentropy");
  CHECK_THROWS_WITH(model.fit(kX, numbers, {.class_weight = kClassWeights, .sample_weight = Tensor::ones({6})}),
                    "fit: got both class_weight and sample_weight");
  Sequential images({Input({4}), Reshape({2, 2})});
  images.compile({.loss = "mse"});
  CHECK_THROWS_WITH(images.fit(kX, kX.reshaped({6, 2, 2}), {.class_weight = kClassWeights}),
                    Contains("[n, classes], got [6, 2, 2]"));
  Input x({4});
  Model two(std::vector<SymbolicTensor>{x}, {Dense(1, {.name = "a"})(x), Dense(1, {.name = "b"})(x)});
  two.compile({.loss = "mse"});
  CHECK_THROWS_WITH(two.fit(kX, {Tensor::ones({6, 1}), Tensor::ones({6, 1})}, {.class_weight = kClassWeights}),
                    Contains("class_weight is for a model of one output, functional has 2: a, b"));
}

/// A value for each step of [n, 3, 2], and weights of them.
struct Steps {
  Tensor x = Tensor::uniform({5, 3, 2}, -1, 1, 1), y = Tensor::uniform({5, 3, 1}, -1, 1, 2),
         weights = Tensor::uniform({5, 3}, 0, 2, 3);
};

Sequential stepwise(double rate = 0.1) {
  Sequential model({Input({3, 2}), LSTM(4, {.return_sequences = true}), Dense(1)}, {.seed = 1});
  model.compile(
      {.loss = "mse", .optimizer = SGD{.learning_rate = rate}, .metrics = {"mae"}, .weighted_metrics = {"mae"}});
  return model;
}

TEST_CASE("sample_weight: by step", "[fit]") {
  const Steps data;
  Sequential model = stepwise(0);
  const Tensor predicted = model.predict(data.x);
  double loss = 0, absolute = 0, of_weights = 0, plain = 0;
  for (int64_t i = 0; i < 15; ++i) {
    const double error = predicted.at(i) - data.y.at(i), weight = data.weights.at(i);
    loss += weight * error * error / 15;
    absolute += weight * std::abs(error);
    plain += std::abs(error) / 15;
    of_weights += weight;
  }
  const Logs logs = model.evaluate(data.x, data.y, {.batch_size = 2, .sample_weight = data.weights});
  CHECK(logs["loss"] == Approx(loss).epsilon(1e-5));
  CHECK(logs["mae"] == Approx(plain).epsilon(1e-5));
  CHECK(logs["weighted_mae"] == Approx(absolute / of_weights).epsilon(1e-5));
  CHECK(model.fit(data.x, data.y, {.verbose = 0, .sample_weight = data.weights})["loss"][0] ==
        Approx(loss).epsilon(1e-5));
  CHECK(model.test_on_batch(data.x, data.y, data.weights)["loss"] == Approx(loss).epsilon(1e-5));
}

TEST_CASE("sample_weight: axes of extent 1 and other types are weights all the same", "[fit]") {
  const Steps data;
  const auto of = [&](const Tensor& weights) {
    return stepwise().evaluate(data.x, data.y, {.sample_weight = weights})["loss"];
  };
  const Tensor rows_alone = Tensor::of<float>({5}, {1, 2, 0, 3, 1});
  CHECK(of(rows_alone.reshaped({5, 1})) == of(rows_alone));
  CHECK(of(data.weights.reshaped({5, 3, 1})) == of(data.weights));
  CHECK(of(rows_alone.cast(DType::i32)) == of(rows_alone));
  CHECK(of(rows_alone.cast(DType::f64)) == of(rows_alone));
  CHECK_THROWS_WITH(of(Tensor::ones({5, 2})), Contains("weights [rows, 2] do not fit values [rows, 3]"));
  CHECK_THROWS_WITH(of(Tensor::ones({4})), Contains("sample_weight must be [5]") && Contains("got [4]"));
  const Line line(5);
  CHECK_THROWS_WITH(line_model().fit(line.x, line.y, {.verbose = 0, .sample_weight = data.weights}),
                    Contains("weights [rows, 3] do not fit values [rows]"));
}

TEST_CASE("sample_weight: by output, by name, by place, or one for all", "[fit]") {
  Input x({4});
  Model model(std::vector<SymbolicTensor>{x}, {Dense(1, {.name = "a"})(x), Dense(2, {.name = "b"})(x)}, {.seed = 4});
  model.compile({.loss = "mse", .loss_weights = {{"b", 0.5}}, .output_weighted_metrics = {{"a", {"mae"}}}});
  const Tensor ya = Tensor::uniform({6, 1}, -1, 1, 7), yb = Tensor::uniform({6, 2}, -1, 1, 8);
  const Tensor wa = Tensor::of<float>({6}, {1, 0, 2, 0, 1, 3}), wb = Tensor::of<float>({6}, {0, 1, 1, 0, 0, 5});
  const ModelData y{{"a", ya}, {"b", yb}};
  const auto evaluate = [&](const ModelData& weights) { return model.evaluate(kX, y, {.sample_weight = weights}); };
  const Logs both = evaluate({{"a", wa}, {"b", wb}}), by_place = evaluate({wa, wb}), only_b = evaluate({{"b", wb}}),
             none = evaluate({}), all = evaluate(wa), a_twice = evaluate({{"a", wa}, {"b", wa}});
  CHECK(both["loss"] == Approx(both["a_loss"] + 0.5 * both["b_loss"]));
  CHECK(both.entries() == by_place.entries());
  CHECK(all.entries() == a_twice.entries());
  CHECK(both["a_loss"] != none["a_loss"]);
  CHECK(both["a_mae"] != none["a_mae"]);
  CHECK(only_b["a_loss"] == none["a_loss"]);
  CHECK(only_b["b_loss"] == both["b_loss"]);
  CHECK_THROWS_WITH(evaluate({{"c", wa}}), Contains("evaluate: sample_weight: \"c\" is not known") && Contains("a, b"));
  CHECK_THROWS_AS(evaluate({wa, wb, wa}), ShapeError);
  // Weights go with their rows through shuffling and splitting.
  FitOptions options{.batch_size = 4, .verbose = 0, .validation_split = 0.34, .sample_weight = {{"a", wa}, {"b", wb}}};
  const History history = model.fit(kX, y, options);
  const auto last = [](const Tensor& of) { return of.slice_rows(3, 6); };
  const Logs held_out = model.evaluate(last(kX), {{"a", last(ya)}, {"b", last(yb)}},
                                       {.sample_weight = {{"a", last(wa)}, {"b", last(wb)}}});
  CHECK(history["val_b_loss"][0] == held_out["b_loss"]);
}

TEST_CASE("validation_freq: each n-th epoch, or those of a list", "[fit]") {
  const Line line(6);
  const auto validated = [&](const ValidationFrequency& frequency) {
    Sequential model = line_model();
    const History history =
        model.fit(line.x, line.y, {.epochs = 5, .verbose = 0, .validation_split = 0.5, .validation_freq = frequency});
    std::vector<int64_t> epochs;
    for (const History::Epoch& epoch : history.epochs) {
      if (epoch.logs.contains("val_loss")) epochs.push_back(epoch.epoch);
    }
    CHECK(history["val_loss"].size() == epochs.size());
    return epochs;
  };
  using Epochs = std::vector<int64_t>;
  CHECK(validated(1) == Epochs{0, 1, 2, 3, 4});
  CHECK(validated(2) == Epochs{1, 3});
  CHECK(validated({1, 4, 9}) == Epochs{0, 3});
  CHECK_THROWS_WITH(validated(0), "fit: validation_freq must be positive, got 0");
}

TEST_CASE("steps_per_epoch: an epoch goes on in the rows where the last one ended", "[fit]") {
  const Line line(10);
  const auto rates_zero = [] { return line_model({.loss = "mse", .optimizer = SGD{.learning_rate = 0}}); };
  Sequential model = rates_zero();
  const auto loss_of = [&](int64_t begin, int64_t end) {
    return model.evaluate(line.x.slice_rows(begin, end), line.y.slice_rows(begin, end), {.batch_size = 2})["loss"];
  };
  const WarningHandler before = set_warning_handler([](std::string_view) {});
  const History history =
      model.fit(line.x, line.y, {.batch_size = 2, .epochs = 4, .verbose = 0, .shuffle = false, .steps_per_epoch = 2});
  set_warning_handler(before);
  // Five batches: the third epoch has what is left of them, the fourth begins again.
  CHECK(history["loss"] == std::vector<double>{loss_of(0, 4), loss_of(4, 8), loss_of(8, 10), loss_of(0, 4)});
  const History validated = model.fit(
      line.x, line.y,
      {.batch_size = 2, .epochs = 2, .verbose = 0, .validation_data = {line.x, line.y}, .validation_steps = 2});
  CHECK(validated["val_loss"] == std::vector<double>{loss_of(0, 4), loss_of(0, 4)});
  CHECK_THROWS_WITH(model.fit(line.x, line.y, {.steps_per_epoch = 0}), "fit: steps_per_epoch must be positive, got 0");
  CHECK_THROWS_WITH(model.fit(line.x, line.y, {.validation_steps = -1}),
                    "fit: validation_steps must be positive, got -1");
}

TEST_CASE("steps_per_epoch: two halves of the rows are one epoch, to the bit", "[fit]") {
  const Line line(12);
  Sequential whole = line_model(), halves = line_model();
  whole.fit(line.x, line.y, {.batch_size = 3, .epochs = 3, .verbose = 0});
  halves.fit(line.x, line.y, {.batch_size = 3, .epochs = 6, .verbose = 0, .steps_per_epoch = 2});
  CHECK(whole.weights_sha256() == halves.weights_sha256());
}

TEST_CASE("steps_per_epoch: more than there are is a warning", "[fit]") {
  std::string warned;
  const WarningHandler before = set_warning_handler([&](std::string_view text) { warned = text; });
  const Line line(4);
  Sequential model = line_model();
  CHECK(model.fit(line.x, line.y, {.batch_size = 2, .verbose = 0, .steps_per_epoch = 3}).epochs.size() == 1);
  set_warning_handler(before);
  CHECK_THAT(warned, Contains("the rows end after 2 of 3 steps_per_epoch"));
}

TEST_CASE("steps: evaluate and predict read so many batches", "[fit]") {
  const Line line(7);
  Sequential model = line_model();
  const Line& all = line;
  CHECK(model.evaluate(all.x, all.y, {.batch_size = 2, .steps = 2})["loss"] ==
        model.evaluate(all.x.slice_rows(0, 4), all.y.slice_rows(0, 4), {.batch_size = 2})["loss"]);
  CHECK(model.predict(all.x, {.batch_size = 2, .steps = 3}).shape() == Shape{6, 1});
  CHECK(model.predict(all.x, {.batch_size = 2, .steps = 30}).shape() == Shape{7, 1});
  CHECK_THROWS_WITH(model.predict(all.x, {.steps = 0}), "predict: steps must be positive, got 0");
  CHECK_THROWS_WITH(model.evaluate(all.x, all.y, {.batch_size = 0}), "evaluate: batch_size must be positive, got 0");
}

TEST_CASE("on batches: values of the batch alone, and nothing changes but in training", "[fit]") {
  const Line line(6);
  Sequential model = line_model();
  const std::string before = model.weights_sha256();
  const double loss = model.evaluate(line.x, line.y)["loss"];
  CHECK(model.test_on_batch(line.x, line.y)["loss"] == loss);
  CHECK(model.predict_on_batch(line.x).shape() == Shape{6, 1});
  CHECK(model.weights_sha256() == before);
  CHECK(model.train_on_batch(line.x, line.y)["loss"] == loss);
  CHECK(model.weights_sha256() != before);
  CHECK_THROWS_AS(model.test_on_batch(line.x, line.y.slice_rows(0, 5)), ShapeError);
}

TEST_CASE("fit: weights, parts of epochs and callbacks end in the same bits on 1, 2 and 5 threads", "[fit][threads]") {
  const Tensor x = Tensor::uniform({301, 6, 2}, -1, 1, 5), y = Tensor::uniform({301, 6, 1}, -1, 1, 6),
               weights = Tensor::uniform({301, 6}, 0, 2, 7);
  const auto train = [&](int threads) {
    const WithThreads with(threads);
    Sequential model({Input({6, 2}), LSTM(8, {.return_sequences = true}), Dense(1)}, {.seed = 4});
    model.compile({.loss = "mse", .optimizer = Adam{.learning_rate = 0.05}, .weighted_metrics = {"mae"}});
    const History history =
        model.fit(x, y,
                  {.batch_size = 64,
                   .epochs = 4,
                   .verbose = 0,
                   .callbacks = {ReduceLROnPlateau{.monitor = "loss", .factor = 0.5, .patience = 1, .min_delta = 1},
                                 EarlyStopping{.monitor = "loss", .patience = 2, .restore_best_weights = true}},
                   .validation_split = 0.2,
                   .sample_weight = weights,
                   .steps_per_epoch = 2,
                   .validation_freq = 2});
    return std::tuple(model.weights_sha256(), history["loss"], history["val_mae"]);
  };
  const auto one = train(1);
  CHECK(train(2) == one);
  CHECK(train(5) == one);
}

}  // namespace
}  // namespace reel
