// Sequential: what fit, evaluate and predict compute, against the same sums written out here.
#include <catch2/catch.hpp>
#include <cmath>

#include "reel/graph/error.h"
#include "reel/graph/random.h"
#include "reel/graph/run/with_threads.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

constexpr double kRate = 0.125;

/// y = 2 a - b + 0.5 at points that are no grid, [n, 2] and [n, 1].
struct Line {
  Tensor x, y;

  explicit Line(int64_t n) : x(Tensor::uniform({n, 2}, -1, 1, 5)), y(DType::f32, {n, 1}) {
    for (int64_t i = 0; i < n; ++i) {
      y.data<float>()[i] = static_cast<float>(2 * x.at(2 * i) - x.at(2 * i + 1) + 0.5);
    }
  }
};

Sequential line_model(double rate = kRate) {
  Sequential model({Input({2}), Dense(1)}, {.seed = 3});
  model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{.learning_rate = rate}});
  return model;
}

FitOptions quiet(FitOptions options) {
  options.verbose = Verbose::silent;
  return options;
}

/// Mean of the squared errors of rows [begin, end), by the model's own predictions.
double squared_error(Sequential& model, const Line& line, int64_t begin, int64_t end) {
  const Tensor p = model.predict(line.x.slice_rows(begin, end));
  double total = 0;
  for (int64_t i = begin; i < end; ++i) total += std::pow(p.at(i - begin) - line.y.at(i), 2);
  return total / static_cast<double>(end - begin);
}

TEST_CASE("a model learns a line, and evaluate and predict agree on it", "[sequential]") {
  const Line line(50);
  Sequential model = line_model();
  const double before = model.evaluate(line.x, line.y)["loss"];
  CHECK(before == Approx(squared_error(model, line, 0, 50)).epsilon(1e-5));
  const History history = model.fit(line.x, line.y, quiet({.batch_size = 10, .epochs = 60}));
  REQUIRE(history.epochs.size() == 60);
  CHECK(history["loss"].back() < 1e-3);
  CHECK(history["loss"].back() < history["loss"].front());
  CHECK(model.evaluate(line.x, line.y, {.batch_size = 7})["loss"] < 1e-3);
  CHECK(model.predict(line.x, {.batch_size = 7}).shape() == Shape{50, 1});
  CHECK(model.weights()[0].second.at(0) == Approx(2).margin(0.05));
  CHECK(model.weights()[1].second.at(0) == Approx(0.5).margin(0.05));
}

TEST_CASE("history has Keras's keys in Keras's order", "[sequential]") {
  Sequential model({Dense(1, {.activation = sigmoid})}, {.seed = 1});
  model.compile({.loss = "binary_crossentropy", .optimizer = "adam", .metrics = {"accuracy"}});
  const Tensor x = Tensor::randn({12, 3}, 1), y = Tensor::of<float>({12}, {0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0});
  const History plain = model.fit(x, y, quiet({}));
  std::vector<std::string> names;
  const History validated = model.fit(x, y, quiet({.epochs = 2, .validation_data = {x, y}}));
  for (const auto& [name, value] : validated.epochs[0].logs.entries()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"loss", "accuracy", "val_loss", "val_accuracy"});
  CHECK(validated["val_loss"].size() == 2);
  // Validation comes after the epoch's last update.
  CHECK(validated["val_loss"].back() == model.evaluate(x, y)["loss"]);
  CHECK_FALSE(plain.epochs[0].logs.contains("val_loss"));
  CHECK_THROWS_WITH(plain["val_loss"], Catch::Contains("val_loss") && Catch::Contains("loss, accuracy"));
}

TEST_CASE("validation_split takes the last rows, before shuffling", "[sequential]") {
  const Line line(11);
  Sequential split = line_model(), given = line_model();
  // floor(11 * 0.7) = 7 rows are left to train on.
  const History a = split.fit(line.x, line.y, quiet({.batch_size = 3, .epochs = 2, .validation_split = 0.3}));
  const ValidationData last{line.x.slice_rows(7, 11), line.y.slice_rows(7, 11)};
  const History b = given.fit(line.x.slice_rows(0, 7), line.y.slice_rows(0, 7),
                              quiet({.batch_size = 3, .epochs = 2, .validation_data = last}));
  CHECK(split.weights_sha256() == given.weights_sha256());
  CHECK(a["val_loss"] == b["val_loss"]);
  CHECK(a["val_loss"].back() == Approx(squared_error(split, line, 7, 11)).epsilon(1e-5));
  for (const double share : {0.01, 1.0, 1.5, -0.1}) {
    // 0.01 of eleven rows is still one, the rest leave nothing to train on.
    if (share == 0.01) {
      CHECK_NOTHROW(split.fit(line.x, line.y, quiet({.validation_split = share})));
    } else {
      CHECK_THROWS_AS(split.fit(line.x, line.y, quiet({.validation_split = share})), ValueError);
    }
  }
}

TEST_CASE("an epoch's loss weighs batches by their rows, the last one too", "[sequential]") {
  const Line line(5);
  Sequential model = line_model(0);  // nothing moves
  const double first = squared_error(model, line, 0, 4), last = squared_error(model, line, 4, 5);
  const History history = model.fit(line.x, line.y, quiet({.batch_size = 4, .shuffle = false}));
  CHECK(history["loss"][0] == Approx((4 * first + last) / 5).epsilon(1e-5));
  CHECK(model.evaluate(line.x, line.y, {.batch_size = 4})["loss"] == Approx((4 * first + last) / 5).epsilon(1e-5));
}

TEST_CASE("fit is one update a batch, with what is left over as the last", "[sequential]") {
  const Line line(10);
  Sequential fitted = line_model(), stepped = line_model();
  fitted.fit(line.x, line.y, quiet({.batch_size = 4, .shuffle = false}));
  for (const auto& [begin, end] : {std::pair{0, 4}, std::pair{4, 8}, std::pair{8, 10}}) {
    stepped.train_on_batch(line.x.slice_rows(begin, end), line.y.slice_rows(begin, end));
  }
  CHECK(fitted.weights_sha256() == stepped.weights_sha256());
  CHECK(fitted.weights_sha256() != line_model().weights_sha256());
}

TEST_CASE("sample weights scale each row's share, divided by the number of rows", "[sequential]") {
  const Line line(3);
  const Tensor weights = Tensor::of<float>({3}, {0, 2, 0.5f});
  Sequential model = line_model();
  const Tensor before = model.predict(line.x);
  const double w0 = model.weights()[0].second.at(0);
  const Logs logs = model.train_on_batch(line.x, line.y, weights);
  double loss = 0, gradient = 0;
  for (int64_t i = 0; i < 3; ++i) {
    const double error = before.at(i) - line.y.at(i);
    loss += weights.at(i) * error * error / 3;
    gradient += weights.at(i) * 2 * error * line.x.at(2 * i) / 3;
  }
  CHECK(logs["loss"] == Approx(loss).epsilon(1e-5));
  CHECK(model.weights()[0].second.at(0) == Approx(w0 - kRate * gradient).epsilon(1e-5));

  Sequential fitted = line_model();
  const History history = fitted.fit(line.x, line.y, quiet({.shuffle = false, .sample_weight = weights}));
  CHECK(fitted.weights_sha256() == model.weights_sha256());
  CHECK(history["loss"][0] == logs["loss"]);
}

// Keras, of the model x, compiled with "mse" and "mae": x = [[1], [2], [3], [4]], y = 0, w = [1, 1, 10, 0];
// m.fit(x, y, sample_weight=w, validation_split=.5); m.fit(x, y, validation_data=(x, y, w)); m.evaluate(x, y,
// sample_weight=w, batch_size=3)
TEST_CASE("rows to validate on and to evaluate have their weights", "[sequential]") {
  const Tensor x = Tensor::of<float>({4, 1}, {1, 2, 3, 4}), y = Tensor::zeros({4, 1});
  const Tensor weights = Tensor::of<float>({4}, {1, 1, 10, 0});
  Sequential model({Input({1}), ActivationLayer(linear)});
  model.compile({.loss = MeanSquaredError{}, .metrics = {"mae"}});
  const History split = model.fit(x, y, quiet({.validation_split = 0.5, .sample_weight = weights}));
  CHECK(split["loss"][0] == 2.5);
  CHECK(split["val_loss"][0] == 45);
  CHECK(split["val_mae"][0] == 3.5);
  CHECK(model.fit(x, y, quiet({.validation_split = 0.5}))["val_loss"][0] == 12.5);
  const History given = model.fit(x, y, quiet({.validation_data = {x, y, weights}}));
  CHECK(given["loss"][0] == 7.5);
  CHECK(given["val_loss"][0] == 23.75);
  CHECK(given["val_mae"][0] == 2.5);
  CHECK(model.evaluate(x, y, {.batch_size = 3, .sample_weight = weights})["loss"] == Approx(23.75));
  CHECK(model.evaluate(x, y)["loss"] == 7.5);
}

TEST_CASE("metrics ignore sample weights", "[sequential]") {
  Sequential model({Dense(1, {.activation = sigmoid, .kernel_initializer = Constant{4.0}})});
  model.compile({.loss = BinaryCrossentropy{}, .optimizer = SGD{}, .metrics = {Accuracy{}}});
  const Tensor x = Tensor::of<float>({4, 1}, {1, -1, 1, -1}), y = Tensor::of<float>({4, 1}, {1, 0, 1, 1});
  CHECK(model.train_on_batch(x, y, Tensor::of<float>({4}, {0, 0, 0, 1}))["accuracy"] == 0.75);
}

TEST_CASE("the seed decides weights and order, and epochs may be cut short", "[sequential]") {
  const Line line(20);
  const auto train = [&](uint64_t seed, FitOptions options) {
    Sequential model({Dense(1)}, {.seed = seed});
    model.compile({.loss = "mse", .optimizer = SGD{}});
    model.fit(line.x, line.y, quiet(std::move(options)));
    return model.weights_sha256();
  };
  CHECK(train(1, {.batch_size = 4}) == train(1, {.batch_size = 4}));
  CHECK(train(1, {.batch_size = 4}) != train(2, {.batch_size = 4}));
  CHECK(train(1, {.batch_size = 4}) != train(1, {.batch_size = 4, .shuffle = false}));
  const auto stop_at_once = [](int64_t, const Logs&) { return false; };
  CHECK(train(1, {.epochs = 9, .on_epoch_end = stop_at_once}) == train(1, {.epochs = 1}));

  Sequential through = line_model(), resumed = line_model();
  through.fit(line.x, line.y, quiet({.batch_size = 4, .epochs = 3}));
  resumed.fit(line.x, line.y, quiet({.batch_size = 4, .epochs = 2}));
  const History rest = resumed.fit(line.x, line.y, quiet({.batch_size = 4, .epochs = 3, .initial_epoch = 2}));
  CHECK(rest.epochs.size() == 1);
  CHECK(through.weights_sha256() == resumed.weights_sha256());
}

TEST_CASE("initial_epoch says whose order of rows comes next, also to a model that has not been trained",
          "[sequential]") {
  const Line line(20);
  const auto weights = [](const Sequential& model) {
    std::vector<Tensor> values;
    for (const auto& [name, value] : model.weights()) values.push_back(value.clone());
    return values;
  };
  Sequential through = line_model(), other = line_model();
  through.fit(line.x, line.y, quiet({.batch_size = 4, .epochs = 2}));
  other.set_weights(weights(through));  // in another process, say
  through.fit(line.x, line.y, quiet({.batch_size = 4, .epochs = 3, .initial_epoch = 2}));
  other.fit(line.x, line.y, quiet({.batch_size = 4, .epochs = 3, .initial_epoch = 2}));
  CHECK(through.weights_sha256() == other.weights_sha256());
}

TEST_CASE("each call of fit goes on with the order of rows where the last one ended", "[sequential]") {
  const Line line(20);
  const FitOptions once = quiet({.batch_size = 4});
  Sequential through = line_model(), stepwise = line_model();
  through.fit(line.x, line.y, quiet({.batch_size = 4, .epochs = 3}));
  for (int i = 0; i < 3; ++i) stepwise.fit(line.x, line.y, once);
  CHECK(through.weights_sha256() == stepwise.weights_sha256());

  // From the same weights, another order ends elsewhere; compile() does not bring the first one back.
  const auto start = [](const Sequential& model) {
    std::vector<Tensor> values;
    for (const auto& [name, value] : model.weights()) values.push_back(value.clone());
    return values;
  };
  Sequential model = line_model();
  const std::vector<Tensor> before = start(model);
  std::vector<std::string> ends;
  for (int i = 0; i < 3; ++i) {
    model.set_weights(before);
    model.compile(model.compile_options());
    model.fit(line.x, line.y, once);
    ends.push_back(model.weights_sha256());
  }
  CHECK(ends[0] != ends[1]);
  CHECK(ends[1] != ends[2]);
  Sequential first = line_model();
  first.fit(line.x, line.y, once);
  CHECK(ends[0] == first.weights_sha256());
}

TEST_CASE("a recurrent model ends in the same bits on 1, 2 and 5 threads, with remainders", "[sequential][threads]") {
  constexpr int64_t kRows = 301, kSteps = 12, kWords = 50;
  Tensor x(DType::i32, {kRows, kSteps}), y(DType::f32, {kRows, 1});
  Random random(8);
  for (int32_t& id : x.data<int32_t>()) id = static_cast<int32_t>(random.below(kWords));
  for (float& label : y.data<float>()) label = static_cast<float>(random.below(2));
  const auto train = [&](int count) {
    const WithThreads with(count);
    Sequential model({Embedding(kWords, 8, {.mask_zero = true}), SimpleRNN(24), Dense(1, {.activation = sigmoid})},
                     {.seed = 4});
    model.compile({.loss = BinaryCrossentropy{}, .optimizer = Adam{.learning_rate = 0.01}, .metrics = {Accuracy{}}});
    // 270 rows in batches of 128 leave 14; 31 are for validation.
    const History history =
        model.fit(x, y, quiet({.batch_size = 128, .epochs = 2, .validation_split = 0.1, .validation_batch_size = 20}));
    return std::tuple{model.weights_sha256(), history["loss"], history["val_loss"]};
  };
  const auto one = train(1);
  CHECK(train(2) == one);
  CHECK(train(5) == one);
}

TEST_CASE("without a terminal fit prints a line an epoch, and nothing when silent", "[sequential]") {
  const Line line(6);
  std::FILE* log = std::tmpfile();
  REQUIRE(log != nullptr);
  Sequential model = line_model();
  model.fit(line.x, line.y, {.epochs = 2, .log = log});
  model.fit(line.x, line.y, {.verbose = Verbose::silent, .log = log});
  std::rewind(log);
  std::vector<std::string> lines;
  for (char text[256]; std::fgets(text, sizeof text, log) != nullptr;) lines.emplace_back(text);
  std::fclose(log);
  REQUIRE(lines.size() == 2);
  CHECK_THAT(lines[0], Catch::StartsWith("Epoch 1/2 - ") && Catch::Contains("loss: "));
  CHECK_THAT(lines[1], Catch::StartsWith("Epoch 2/2 - ") && Catch::Contains("loss: "));
}

TEST_CASE("training goes on where its log takes nothing", "[sequential]") {
  const Line line(6);
  Sequential model = line_model(), other = line_model();
  std::FILE* full = std::fopen("/dev/full", "w");
  REQUIRE(full != nullptr);
  for (const Verbose verbose : {Verbose::line_per_epoch, Verbose::progress_bar}) {
    std::clearerr(full);
    CHECK(model.fit(line.x, line.y, {.epochs = 3, .verbose = verbose, .log = full}).epochs.size() == 3);
    CHECK(std::ferror(full) != 0);
    other.fit(line.x, line.y, quiet({.epochs = 3}));
    CHECK(model.weights_sha256() == other.weights_sha256());
  }
  std::fclose(full);
}

}  // namespace
}  // namespace reel
