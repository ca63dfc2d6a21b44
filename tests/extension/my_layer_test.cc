// A layer written elsewhere: weights, mask, training flag, config and gradient.
#include <catch2/catch.hpp>

#include "reel/models/layers/input.h"
#include "reel/models/layers/masking.h"
#include "reel/models/model/sequential.h"
#include "reel/models/testing/check_layer.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// x times a gain for each feature, and twice as much in training.
struct Scale : LayerOf<Scale> {
  double start = 1;
  Variable gain;
  explicit Scale(double of_start = 1) : start(of_start) {}
  std::string class_name() const override { return "my>Scale"; }
  void fields(Fields& f) override { f("start", start); }
  bool supports_masking() const override { return true; }
  void build(const Type& x) override { gain = add_weight("gain", {x.shape.back()}, Constant{start}); }
  Var call(Call& c, Var x) const override { return x * c[gain] * (c.training() ? 2.0 : 1.0); }
};

TEST_CASE("extension: a layer from elsewhere knows training from inference", "[extension]") {
  Sequential model{Input({2}), Scale(3)};
  model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{.learning_rate = 0.25}});
  const Tensor x = Tensor::full({4, 2}, 1);
  CHECK(model.predict(x).at(0) == 3);
  CHECK(model.evaluate(x, x)["loss"] == 4);         // (3 - 1)^2
  CHECK(model.train_on_batch(x, x)["loss"] == 25);  // (6 - 1)^2
  CHECK(model.weights()[0].first == "scale/gain");
  CHECK(model.weights()[0].second.at(0) == 3 - 0.25 * 5 * 2);  // d/dg (2 g - 1)^2, and two features in the mean
}

TEST_CASE("extension: a layer from elsewhere passes its mask on", "[extension]") {
  const Input x({3, 2});
  CHECK(Scale()(Masking()(x)).type().has_mask);
  CHECK_FALSE(Scale()(x).type().has_mask);
}

TEST_CASE("extension: a layer from elsewhere has a config once it is registered", "[extension]") {
  register_layer<Scale>();
  const LayerPtr layer = Scale(3), again = LayerPtr::from_config(layer.config());
  CHECK(again.config() == layer.config());
  CHECK_THAT(layer.config().str(), Catch::Contains("\"start\":3.0"));
  CHECK(layer.clone().config() == layer.config());
  Sequential model{Input({2}), layer};
  Model read = Model::from_config(LayerPtr(model).config());
  CHECK(read.predict(Tensor::full({1, 2}, 1)).at(1) == 3);
}

TEST_CASE("extension: a layer from elsewhere is checked as ours are", "[extension]") {
  register_layer<Scale>();
  CHECK_NOTHROW(check_layer(Scale(3), {{DType::f32, {rows, 4, 3}}}));
}

}  // namespace
}  // namespace reel
