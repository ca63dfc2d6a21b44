// Trained weights are the same on every SIMD target.
#include <catch2/catch.hpp>

#include "graph/interpreter.h"
#include "ops/simd_targets.h"
#include "reel/graph/random.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/lstm.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

std::vector<std::pair<std::string, Tensor>> weights_after_steps() {
  constexpr int64_t kRows = 40, kSteps = 5, kWords = 30;
  Random random(3);
  Tensor x(DType::i32, {kRows, kSteps}), y(DType::f32, {kRows, 1});
  for (int32_t& word : x.data<int32_t>()) word = static_cast<int32_t>(random.below(kWords));
  for (float& label : y.data<float>()) label = static_cast<float>(random.below(2));
  Sequential model({Embedding(kWords, 9, {.input_length = kSteps}), LSTM(17), Dense(13, {.activation = softplus}),
                    Dense(1, {.activation = sigmoid})},
                   {.seed = 5});
  model.compile({.loss = BinaryCrossentropy{}, .optimizer = Adam{.learning_rate = 0.01}});
  for (int step = 0; step < 4; ++step) model.train_on_batch(x, y);
  return model.weights();
}

TEST_CASE("a training's weights are the same bits on every SIMD target", "[sequential][targets]") {
  std::vector<std::pair<std::string, Tensor>> first;
  for (const int64_t target : testing::runnable_targets()) {
    const testing::OnTarget on(target);
    INFO(hwy::TargetName(target));
    const auto weights = weights_after_steps();
    if (first.empty()) first = weights;
    REQUIRE(weights.size() == first.size());
    for (size_t i = 0; i < weights.size(); ++i) {
      INFO(weights[i].first);
      CHECK(testing::same_bits(weights[i].second, first[i].second));
    }
  }
}

}  // namespace
}  // namespace reel
