// A loss of pairs of a batch's rows, behind layers: rows of many tiles, on any number of threads.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "reel/graph/run/with_threads.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/row_normalization.h"
#include "reel/models/model/sequential.h"
#include "reel/models/optimizers/optimizers.h"

namespace reel {
namespace {

Sequential embedder() {
  Sequential model({Dense(8, {.activation = "tanh"}), Dense(4), UnitNormalization()}, {.seed = 5});
  model.compile(Adam(0.01), Circle{.gamma = 16, .margin = 0.25});
  return model;
}

TEST_CASE("Circle brings vectors of one class together, to the same bits on any threads", "[loss][threads]") {
  const Tensor x = Tensor::randn({300, 6}, 1);
  std::vector<int32_t> labels;
  for (int64_t i = 0; i < 300; ++i) labels.push_back(x.at(i * 6) > 0 ? (x.at(i * 6 + 1) > 0 ? 0 : 1) : 2);
  const Tensor y = Tensor::of(labels);
  std::string hash;
  for (const int count : {1, 2, 5}) {
    const WithThreads threads(count);
    Sequential model = embedder();
    const History history = model.fit(x, y, {.batch_size = 150, .epochs = 20, .verbose = 0});
    CHECK(history.epochs.back().logs["loss"] < 0.8 * history.epochs.front().logs["loss"]);
    if (hash.empty()) hash = model.weights_sha256();
    CHECK(model.weights_sha256() == hash);
  }
}

}  // namespace
}  // namespace reel
