// Dropout and noise: every number is where the seed, the place, the draw, the step and the row say, and together they
// are spread as they should be.
#include <catch2/catch.hpp>
#include <cmath>

#include "graph/interpreter.h"
#include "ops/plain_random.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/models/layer/recording.h"
#include "reel/models/layers/dropout.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/model/sequential.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

const SymbolicCall kTraining{.training = true};

/// A model's seed as a layer's: the first word of a stream of its own.
uint32_t seed_word(uint32_t seed) { return plain_philox({0, 0, 0, 2}, {seed, 0})[0]; }

/// The layers one after the other, as in training.
Model drawing(const std::vector<LayerPtr>& layers, std::vector<int64_t> of_row, uint64_t seed = 5) {
  const Input input(std::move(of_row));
  SymbolicTensor x = input;
  for (const LayerPtr& layer : layers) x = layer(x, kTraining);
  return Model(input, x, {.seed = seed});
}

/// All layers on the same input, each an output.
Model beside(const std::vector<LayerPtr>& layers, std::vector<int64_t> of_row, uint64_t seed = 5) {
  const Input input(std::move(of_row));
  std::vector<SymbolicTensor> outputs;
  for (const LayerPtr& layer : layers) outputs.push_back(layer(input, kTraining));
  return Model({input}, outputs, {.seed = seed});
}

bool are_masks(const Tensor& y, const PlainDraw& at, double rate) {
  const int64_t width = y.shape().row_size();
  for (int64_t i = 0; i < y.size(); ++i) {
    const double u = plain_uniform(at, static_cast<uint32_t>(i / width), static_cast<uint32_t>(i % width));
    if (y.at(i) != (u < static_cast<float>(rate) ? 0.0 : static_cast<float>(1 / (1 - rate)))) return false;
  }
  return true;
}

TEST_CASE("dropout: masks are those of seed, place, draw, step and row", "[dropout]") {
  const Tensor ones = Tensor::full({37, 10}, 1);
  Model one = drawing({Dropout(0.3)}, {10});
  for (uint32_t step = 0; step < 3; ++step) {
    CHECK(are_masks(one.predict(ones, {.batch_size = 37}), {seed_word(5), 0, 0, step}, 0.3));
  }
  const Dropout twice(0.3, {.name = "zz"});
  Model several = beside({twice, Dropout(0.4, {.seed = 9, .name = "b"}), twice, Dropout(0.4, {.seed = 9})}, {10}, 6);
  for (uint32_t step = 0; step < 2; ++step) {
    const std::vector<Tensor> y = several.predict_all(ones, {.batch_size = 37});
    CHECK(are_masks(y[0], {seed_word(6), 0, 0, step}, 0.3));
    CHECK(are_masks(y[1], {9, 1, 0, step}, 0.4));
    CHECK(are_masks(y[2], {seed_word(6), 0, 1, step}, 0.3));
    CHECK(are_masks(y[3], {9, 2, 0, step}, 0.4));
  }
}

TEST_CASE("dropout: a rate of 0 keeps all, one of 1 nothing, and what is dropped is 0 whatever it was", "[dropout]") {
  const Tensor x = Tensor::randn({20, 6}, 1);
  CHECK(same_bits(drawing({Dropout(0)}, {6}).predict(x), x));
  CHECK(same_bits(drawing({Dropout(1)}, {6}).predict(Tensor::full({20, 6}, 3)), Tensor::zeros({20, 6})));
  const Tensor y = drawing({Dropout(0.5)}, {6}).predict(Tensor::full({20, 6}, INFINITY));
  int64_t zeros = 0;
  for (int64_t i = 0; i < y.size(); ++i) {
    zeros += y.at(i) == 0;
    CHECK((y.at(i) == 0 || y.at(i) == INFINITY));
  }
  CHECK(zeros > 0);
}

/// How often both are 0, against what it would be of independent ones: within 5 standard deviations.
void check_independent(const std::vector<bool>& a, const std::vector<bool>& b, double rate) {
  double both = 0;
  for (size_t i = 0; i < a.size(); ++i) both += a[i] && b[i];
  const double p = rate * rate, n = static_cast<double>(a.size());
  CHECK(std::abs(both - n * p) < 5 * std::sqrt(n * p * (1 - p)));
}

TEST_CASE("dropout: share, scale and independence as a distribution", "[dropout]") {
  constexpr int64_t kRowCount = 400, kWidth = 101;
  const Tensor ones = Tensor::full({kRowCount, kWidth}, 1);
  for (const double rate : {0.1, 0.5, 0.9}) {
    CAPTURE(rate);
    const Dropout shared(rate);
    Model model = beside({shared, shared, Dropout(rate)}, {kWidth});
    std::vector<std::vector<bool>> dropped;
    for (int step = 0; step < 2; ++step) {
      for (const Tensor& y : model.predict_all(ones, {.batch_size = kRowCount})) {
        std::vector<bool>& zeros = dropped.emplace_back();
        double count = 0, sum = 0;
        for (int64_t i = 0; i < y.size(); ++i) {
          zeros.push_back(y.at(i) == 0);
          count += zeros.back();
          sum += y.at(i);
        }
        const double n = static_cast<double>(y.size()), deviation = std::sqrt(rate * (1 - rate) / n);
        CHECK(std::abs(count / n - rate) < 5 * deviation);
        CHECK(std::abs(sum / n - 1) < 5 * deviation / (1 - rate));  // the mean is kept
      }
    }
    for (size_t a = 0; a < dropped.size(); ++a) {  // calls, layers and steps
      for (size_t b = 0; b < a; ++b) check_independent(dropped[a], dropped[b], rate);
    }
    const auto moved = [&](size_t by) {
      return std::vector<bool>(dropped[0].begin() + static_cast<ptrdiff_t>(by), dropped[0].end());
    };
    for (const size_t by : {size_t{1}, size_t{2}, size_t{4}, size_t{kWidth}, 2 * size_t{kWidth}}) {  // elements, rows
      std::vector<bool> from = dropped[0];
      from.resize(from.size() - by);
      check_independent(from, moved(by), rate);
    }
  }
}

TEST_CASE("noise: standard normal numbers times the deviation", "[dropout]") {
  constexpr int64_t kRowCount = 400, kWidth = 101;
  const GaussianNoise shared(1);
  Model model = beside({shared, shared, GaussianNoise(0.25)}, {kWidth});
  const std::vector<Tensor> y = model.predict_all(Tensor::zeros({kRowCount, kWidth}), {.batch_size = kRowCount});
  const double n = static_cast<double>(y[0].size());
  double sums[4] = {}, calls = 0, neighbours = 0, within = 0;
  for (int64_t i = 0; i < y[0].size(); ++i) {
    const double z = y[0].at(i);
    for (int power = 0; power < 4; ++power) sums[power] += std::pow(z, power + 1);
    calls += z * y[1].at(i);
    neighbours += i > 0 ? z * y[0].at(i - 1) : 0;
    within += std::abs(z) < 1;
    const auto row = static_cast<uint32_t>(i / kWidth), element = static_cast<uint32_t>(i % kWidth);
    if (z != plain_normal({seed_word(5), 0, 0, 0}, row, element)) FAIL_CHECK("element " << i << " is " << z);
    if (y[2].at(i) != static_cast<float>(plain_normal({seed_word(5), 1, 0, 0}, row, element) * 0.25)) {
      FAIL_CHECK("scaled element " << i << " is " << y[2].at(i));
    }
  }
  // Moments of a normal distribution, and their variances: 1, 2, 15 and 96 over n.
  CHECK(std::abs(sums[0] / n) < 5 * std::sqrt(1 / n));
  CHECK(std::abs(sums[1] / n - 1) < 5 * std::sqrt(2 / n));
  CHECK(std::abs(sums[2] / n) < 5 * std::sqrt(15 / n));
  CHECK(std::abs(sums[3] / n - 3) < 5 * std::sqrt(96 / n));
  CHECK(std::abs(calls / n) < 5 * std::sqrt(1 / n));
  CHECK(std::abs(neighbours / n) < 5 * std::sqrt(1 / n));
  const double share = std::erf(std::sqrt(0.5));
  CHECK(std::abs(within / n - share) < 5 * std::sqrt(share * (1 - share) / n));
}

TEST_CASE("dropout: inference changes nothing", "[dropout]") {
  const Tensor x = Tensor::randn({9, 5}, 1);
  Sequential model{Input({5}), Dropout(0.5), GaussianNoise(2)};
  CHECK(same_bits(model.predict(x), x));
  model.compile({.loss = MeanSquaredError{}});
  CHECK(model.evaluate(x, x)["loss"] == 0);
  CHECK(model.train_on_batch(x, x)["loss"] > 0.1);
  CHECK(same_bits(model.predict(x), x));
}

TEST_CASE("dropout: axes of extent 1 in its noise shape share one draw", "[dropout]") {
  Model model = drawing({Dropout(0.5, {.noise_shape = {{unknown, 1, 6}}})}, {4, 6});
  const Tensor y = model.predict(Tensor::full({30, 4, 6}, 1), {.batch_size = 30});
  for (int64_t row = 0; row < 30; ++row) {
    for (int64_t i = 0; i < 24; ++i) {
      const double u = plain_uniform({seed_word(5), 0, 0, 0}, static_cast<uint32_t>(row), static_cast<uint32_t>(i % 6));
      CHECK(y.at(row * 24 + i) == (u < 0.5 ? 0 : 2));
    }
  }
  // The rows, and others, may be left to the input, as None in Keras.
  Model as_input = drawing({Dropout(0.5, {.noise_shape = {{unknown, 1, unknown}}})}, {4, 6});
  CHECK(same_bits(as_input.predict(Tensor::full({30, 4, 6}, 1), {.batch_size = 30}), y));
  const LayerPtr layer = Dropout(0.5, {.noise_shape = {{unknown, 1, unknown}}});
  CHECK_THAT(layer.config().str(), Catch::Contains("\"noise_shape\":[null,1,null]"));
  CHECK(LayerPtr::from_config(layer.config()).config() == layer.config());
  for (const std::vector<int64_t>& bad : {std::vector<int64_t>{unknown, 6}, {unknown, 3, 6}, {1, 4, 6}}) {
    CHECK_THROWS_AS(drawing({Dropout(0.5, {.noise_shape = bad})}, {4, 6}), ShapeError);
  }
}

TEST_CASE("dropout: gradients are 0 where it dropped, and the scale elsewhere", "[dropout]") {
  Tape tape;
  Recording recording(tape.graph(), true);
  const Var x = tape.input({rows, 8});
  const Var y = recording.apply(Dropout(0.2, {.seed = 3}), {{x}}).at(0).value;
  const Var dx = tape.gradient(sum(y), x);
  const std::vector<Tensor> results =
      tape.compile({.outputs = {y, dx}, .inputs = {x}}).run(std::vector<Tensor>{Tensor::full({50, 8}, 1)});
  CHECK(are_masks(results[0], {3, 0, 0, 0}, 0.2));
  CHECK(same_bits(results[1], results[0]));
}

/// x K and the state U in a recurrence that adds, where K and U are the identity.
Tensor unrolled(double dropout, double recurrent_dropout) {
  const SimpleRNN layer(3, {.activation = linear,
                            .use_bias = false,
                            .dropout = dropout,
                            .recurrent_dropout = recurrent_dropout,
                            .return_sequences = true});
  Model model = drawing({layer}, {4, 3});
  const Tensor identity = Tensor::of<float>({3, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 1});
  model.set_weights({identity, dropout > 0 ? Tensor::zeros({3, 3}) : identity});
  return model.predict(Tensor::full({40, 4, 3}, 1), {.batch_size = 40});
}

TEST_CASE("dropout: of a recurrence, one mask for all steps of a sequence", "[dropout]") {
  const Tensor of_input = unrolled(0.5, 0), of_state = unrolled(0, 0.5);
  int64_t dropped[2] = {};
  for (int64_t row = 0; row < 40; ++row) {
    for (int64_t unit = 0; unit < 3; ++unit) {
      const auto at = [&](const Tensor& y, int64_t step) { return y.at((row * 4 + step) * 3 + unit); };
      const double input = at(of_input, 0), state = at(of_state, 1) - 1;
      CHECK((input == 0 || input == 2));
      CHECK((state == 0 || state == 2));
      dropped[0] += input == 0;
      dropped[1] += state == 0;
      for (int64_t step = 1; step < 4; ++step) {
        CHECK(at(of_input, step) == input);
        CHECK(at(of_state, step) == 1 + state * at(of_state, step - 1));
      }
    }
  }
  for (const int64_t count : dropped) CHECK(std::abs(static_cast<double>(count) - 60) < 5 * std::sqrt(30.0));
}

}  // namespace
}  // namespace reel::testing
