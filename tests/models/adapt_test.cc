// Layers that learn from data what is no weight: Normalization and Discretization.
#include <catch2/catch.hpp>
#include <cmath>

#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/preprocessing.h"
#include "reel/models/model/sequential.h"
#include "reel/ops/eager.h"

namespace reel {
namespace {

using Catch::Contains;

TEST_CASE("Normalization learns mean and variance, by axis", "[layers][adapt]") {
  const Tensor data = Tensor::randn({40, 3, 2}, 5) * 3.0 + 7.0;
  const auto check = [&](const AxisList& axis, const std::vector<int>& over, const Shape& shape) {
    Normalization layer({.axis = axis});
    layer.adapt(data);
    const std::vector<Tensor> learned = layer.get_weights();
    CHECK(learned[0].shape() == shape);
    const Tensor means = mean(data, Axes(over)), variances = var(data, Axes(over));
    for (int64_t i = 0; i < means.size(); ++i) {
      CHECK(learned[0].at(i) == Approx(means.at(i)).epsilon(1e-6));
      CHECK(learned[1].at(i) == Approx(variances.at(i)).epsilon(1e-5));
    }
    Sequential model{layer};
    const Tensor made = model.predict(data);
    CHECK(mean(made).item() == Approx(0).margin(1e-5));
    CHECK(var(made).item() == Approx(1).epsilon(1e-4));
  };
  check(-1, {0, 1}, {2});
  check(1, {0, 2}, {3});
  check({1, 2}, {0}, {3, 2});
  check(AxisList(std::vector<int64_t>{}), {0, 1, 2}, {});
}

TEST_CASE("Normalization forgets what it learned before, and refuses what does not fit", "[layers][adapt]") {
  Normalization layer;
  layer.adapt(Tensor::of({{100.0f}, {200.0f}}));
  layer.adapt(Tensor::of({{1.0f}, {3.0f}}));
  Sequential model{layer, Dense(1, {.use_bias = false, .kernel_initializer = "ones"})};
  CHECK(model.predict(Tensor::of({{3.0f}, {2.0f}})).at(0) == Approx(1));
  CHECK_THROWS_WITH(layer.adapt(Tensor::zeros({2, 3})), Contains("adapt() of a layer for"));
  CHECK_THROWS_WITH(layer.adapt(Tensor()), Contains("needs rows, got none"));
  Normalization given({.mean = 1.0, .variance = 4.0});
  CHECK_THROWS_WITH(given.adapt(Tensor::zeros({2, 1})), Contains("whose mean and variance were given"));
}

TEST_CASE("Discretization learns quantiles", "[layers][adapt]") {
  const Tensor data = Tensor::uniform({5000}, 0, 1, 3);
  Discretization layer({}, {.num_bins = 4});
  CHECK_THROWS_WITH(Sequential{layer}.predict(Tensor::zeros({1, 1})), Contains("adapt() it first"));
  layer.adapt(data);
  const std::vector<double>& boundaries = layer.bin_boundaries();
  REQUIRE(boundaries.size() == 3);
  for (size_t i = 0; i < 3; ++i) CHECK(boundaries[i] == Approx(0.25 * static_cast<double>(i + 1)).margin(0.02));
  Sequential model{layer};
  const Tensor bins = model.predict(Tensor::of({{0.1f}, {0.4f}, {0.6f}, {0.9f}}));
  for (int64_t i = 0; i < 4; ++i) CHECK(bins.at(i) == static_cast<double>(i));
  CHECK(LayerPtr::from_config(LayerPtr(layer).config()).config() == LayerPtr(layer).config());
  CHECK_THROWS_WITH(Discretization({1.0}).adapt(data), Contains("whose bin_boundaries were given"));
  CHECK_THROWS_WITH(Discretization({}), Contains("got neither"));
}

}  // namespace
}  // namespace reel
