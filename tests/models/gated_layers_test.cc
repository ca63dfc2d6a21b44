// LSTM and GRU beyond what Keras's cases (tests/golden) hold them against.
#include <catch2/catch.hpp>

#include "models/applied.h"
#include "reel/autodiff/check_gradients.h"
#include "reel/graph/error.h"
#include "reel/graph/random.h"
#include "reel/models/layers/gru.h"
#include "reel/models/layers/lstm.h"

namespace reel {
namespace {

constexpr int64_t kWords = 7, kFeatures = 3, kUnits = 4, kSteps = 5, kRows = 6;

/// A layer's weights for inputs of `kFeatures`.
std::vector<Variable> weights_of(const LayerPtr& layer) {
  return testing::weights_of(layer, {DType::f32, {rows, kSteps, kFeatures}});
}

Tensor some_ids() {
  std::vector<int32_t> ids(static_cast<size_t>(kRows * kSteps));
  // Rows begin alike, so that prefixes are shared.
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>(i % kSteps < 2 ? 0 : i * i * 13 % kWords);
  return Tensor::of<int32_t>({kRows, kSteps}, ids);
}

/// Derivatives of a loss in the table of an embedding and the layer's weights, to second order.
void check_layer(const LayerPtr& layer) {
  std::vector<Tensor> at{Tensor::randn({kWords, kFeatures}, 1, DType::f64)};
  for (const Variable& weight : weights_of(layer)) {
    at.push_back(Tensor::uniform(weight.shape(), -0.8, 0.8, 2 + at.size(), DType::f64));
  }
  const size_t weights = at.size() - 1;
  at.push_back(some_ids());
  const auto loss = [&](Tape&, std::span<const Var> x) {
    const Var sequence = gather(x[0], x.back());
    return mean(square(testing::applied(layer, {sequence}, x.subspan(1, weights)).value));
  };
  const GradientCheck check = check_gradients(loss, at, {.order = 2});
  INFO(check.message);
  CHECK(check);
}

TEST_CASE("LSTM and GRU: gradients agree with central differences, to second order", "[layers]") {
  check_layer(LSTM(kUnits));
  check_layer(LSTM(kUnits, {.activation = softsign, .use_bias = false, .return_sequences = true}));
  check_layer(GRU(kUnits));
  check_layer(GRU(kUnits, {.reset_after = false}));
  check_layer(GRU(kUnits, {.use_bias = false, .return_sequences = true, .go_backwards = true}));
}

TEST_CASE("LSTM and GRU: weights have Keras's names, shapes and initial values", "[layers]") {
  const std::vector<Variable> lstm = weights_of(LSTM(kUnits));
  REQUIRE(lstm.size() == 3);
  CHECK(lstm[0].name() == "kernel");
  CHECK(lstm[0].shape() == Shape{kFeatures, 4 * kUnits});
  CHECK(lstm[1].name() == "recurrent_kernel");
  CHECK(lstm[1].shape() == Shape{kUnits, 4 * kUnits});
  CHECK(lstm[2].shape() == Shape{4 * kUnits});
  CHECK(weights_of(LSTM(kUnits, {.use_bias = false})).size() == 2);
  CHECK(weights_of(GRU(kUnits))[2].shape() == Shape{2, 3 * kUnits});
  CHECK(weights_of(GRU(kUnits, {.reset_after = false}))[2].shape() == Shape{3 * kUnits});

  Random random(1);
  const Tensor bias = lstm[2].initializer()(lstm[2].shape(), random);
  const Variable closed = weights_of(LSTM(kUnits, {.bias_initializer = Constant{2}, .unit_forget_bias = false}))[2];
  const Tensor unopened = closed.initializer()(closed.shape(), random);
  for (int64_t i = 0; i < bias.size(); ++i) {
    CHECK(bias.at(i) == (i / kUnits == 1 ? 1 : 0));
    CHECK(unopened.at(i) == 2);
  }
}

TEST_CASE("LSTM and GRU: units must be positive, inputs sequences", "[layers]") {
  CHECK_THROWS_WITH(LSTM(0), "LSTM: units must be positive, got 0");
  CHECK_THROWS_AS(LSTM(-1), ValueError);
  CHECK_THROWS_WITH(GRU(-3), "GRU: units must be positive, got -3");
  CHECK_THROWS_AS(LSTM(2).build({DType::f32, {rows, 3}}), ShapeError);
  CHECK_THROWS_AS(GRU(2).build({DType::f32, {rows, 3}}), ShapeError);
}

}  // namespace
}  // namespace reel
