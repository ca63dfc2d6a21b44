// Sequential: which types a model is built for, and which data it takes.
#include <catch2/catch.hpp>

#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/gru.h"
#include "reel/models/layers/lstm.h"
#include "reel/models/sequential.h"

namespace reel {
namespace {

using Catch::Contains;

/// Says that it takes eight rows, which a layer does not know.
class Stubborn : public Layer {
 public:
  std::string class_name() const override { return "Stubborn"; }
  Flow call(Flow input, const WeightVars&) const override { return input; }
  Type input_type() const override { return {DType::f32, {8, 4}}; }
};

TEST_CASE("a model is built for any number of rows, and not for some", "[sequential]") {
  Sequential model({Dense(4)}, {.name = "small"});
  CHECK_THROWS_WITH(model.build({DType::f32, {8, 4}}),
                    Contains("small") && Contains("[rows, ...]") && Contains("f32[8, 4]"));
  CHECK_THROWS_AS(model.build({DType::f32, {4}}), ShapeError);
  CHECK_THROWS_AS(model.build({}), ShapeError);
  CHECK_NOTHROW(model.build({DType::f32, {rows, 4}}));
  CHECK_THROWS_WITH(model.build({DType::f32, {8, 4}}), Contains("f32[8, 4]"));
  CHECK_THROWS_WITH(Sequential({Stubborn()}, {}), Contains("f32[8, 4]"));
}

/// That whole numbers, as any type, are the same to the layer.
void check_types(const LayerPtr& layer, const Tensor& x) {
  Sequential model({layer, Dense(2)}, {.seed = 3});
  const Tensor y = Tensor::randn({x.shape()[0], 2}, 4);
  model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{.learning_rate = 0}, .metrics = {"mae"}});
  const Logs expected = model.train_on_batch(x.cast(DType::f32), y);
  for (const DType dtype : {DType::f64, DType::i32}) {
    CHECK(model.train_on_batch(x.cast(dtype), y).entries() == expected.entries());
    CHECK(model.predict(x.cast(dtype)).dtype() == DType::f32);
  }
}

TEST_CASE("layers with products take whole numbers and doubles as floats", "[sequential]") {
  const Tensor x = Tensor::of<int32_t>({2, 3, 2}, {1, 0, -2, 3, 1, 1, 4, -1, 0, 2, 5, -3});
  check_types(Dense(3), x.reshaped({2, 6}));
  check_types(SimpleRNN(3), x);
  check_types(LSTM(3), x);
  check_types(GRU(3), x);
}

TEST_CASE("a model built by doubles takes floats", "[sequential]") {
  Sequential model({Dense(2)}, {.seed = 3});
  const Tensor x = Tensor::randn({3, 4}, 1, DType::f64), as_double = model.predict(x);
  CHECK(model.weights()[0].second.dtype() == DType::f32);
  CHECK(model.predict(x.cast(DType::f32)).at(0) == as_double.at(0));
}

}  // namespace
}  // namespace reel
