// Training with dropout and noise: the same bits however it is computed, and by the seed alone.
#include <catch2/catch.hpp>

#include "reel/graph/random.h"
#include "reel/graph/run/with_threads.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/dropout.h"
#include "reel/models/layers/gru.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/model/sequential.h"

namespace reel::testing {
namespace {

struct Setting {
  int threads = 1;
  Passes passes = {};
  uint64_t seed = 4;
};

/// Weights after a few steps; `name` of a layer, which is to change nothing.
std::string trained(const Setting& setting, const std::string& name = "") {
  constexpr int64_t kReviews = 150, kSteps = 7, kWords = 12;
  const WithThreads threads(setting.threads);
  Random random(9);
  Tensor x(DType::i32, {kReviews, kSteps}), y(DType::f32, {kReviews, 1});
  for (int32_t& id : x.data<int32_t>()) id = static_cast<int32_t>(random.below(kWords));
  for (float& label : y.data<float>()) label = static_cast<float>(random.below(2));
  Sequential model(
      {Embedding(kWords, 4, {.input_length = kSteps}), Dropout(0.2, {.name = name}),
       SimpleRNN(5, {.dropout = 0.2, .recurrent_dropout = 0.3, .return_sequences = true}), GaussianNoise(0.1),
       GRU(5, {.dropout = 0.1, .recurrent_dropout = 0.1}), Dropout(0.4), Dense(1, {.activation = sigmoid})},
      {.seed = setting.seed});
  model.compile({.loss = BinaryCrossentropy{}, .optimizer = Adam{}, .passes = setting.passes});
  model.fit(x, y, {.batch_size = 64, .epochs = 2, .verbose = Verbose::silent});
  return model.weights_sha256();
}

Passes remat(int64_t every) {
  Passes passes;
  passes.remat_every = every;
  return passes;
}

Passes assuming(int64_t row_count) {
  Passes passes;
  passes.assumed_rows = row_count;
  return passes;
}

Passes without(const char* pass) {
  Passes passes;
  passes.switch_off(pass);
  return passes;
}

TEST_CASE("dropout: training comes to the same bits however it is computed", "[dropout][threads]") {
  const std::string weights = trained({});
  for (const int count : {2, 5}) CHECK(trained({.threads = count}) == weights);
  for (const int64_t every : {int64_t{1}, int64_t{3}, kRematAuto}) CHECK(trained({.passes = remat(every)}) == weights);
  for (const int64_t tile : {8, 4096}) CHECK(trained({.passes = assuming(tile)}) == weights);
  CHECK(trained({.passes = without("recompute")}) == weights);
  CHECK(trained({}, "another_name") == weights);
}

TEST_CASE("dropout: models of one seed are trained alike, those of others are not", "[dropout]") {
  CHECK(trained({}) == trained({}));
  CHECK(trained({.seed = 5}) != trained({}));
}

}  // namespace
}  // namespace reel::testing
