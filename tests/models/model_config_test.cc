// Models from their own configs: another model of the same calls, which predicts the same with the same weights.
#include <catch2/catch.hpp>

#include "graph/interpreter.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/dropout.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/merging.h"
#include "reel/models/layers/normalization.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/model/sequential.h"

namespace reel::testing {
namespace {

/// The model read back, with the weights of the one that was written.
Model read_back(const Model& model) {
  const Config config = LayerPtr(model).config();
  Model again = Model::from_config(config);
  CHECK(LayerPtr(again).config() == config);
  std::vector<Tensor> values;
  for (const auto& [name, value] : model.weights()) values.push_back(value);
  again.set_weights(values);
  for (size_t i = 0; i < values.size(); ++i) {
    CHECK(again.weights()[i].first == model.weights()[i].first);
    CHECK(again.weights()[i].second.raw() != values[i].raw());
  }
  return again;
}

TEST_CASE("model config: a Sequential", "[model_config]") {
  Sequential model({Input({5, 3}), SimpleRNN(4, {.dropout = 0.1}), BatchNormalization(), Dropout(0.5), Dense(2)});
  const Tensor x = Tensor::randn({7, 5, 3}, 1);
  CHECK(same_bits(read_back(model).predict(x), model.predict(x)));
}

TEST_CASE("model config: shared layers, nested models, several inputs and outputs", "[model_config]") {
  const Input inner({3});
  Model block(inner, Dense(3, {.activation = tanh})(inner), {.name = "block"});
  const Input a({3}, {.name = "a"}), b({3}, {.name = "b"});
  const Dense shared(3);
  const SymbolicTensor sum = Add()({shared(a), shared(b)});
  Model model({a, b}, {block(sum), Dropout(0.5)(sum, {.training = false})});
  const std::vector<Tensor> x{Tensor::randn({7, 3}, 1), Tensor::randn({7, 3}, 2)};
  Model again = read_back(model);
  CHECK(again.input_names() == model.input_names());
  CHECK(again.output_names() == model.output_names());
  CHECK(again.parameter_count() == model.parameter_count());
  const std::vector<Tensor> y = model.predict_all(x), read = again.predict_all(x);
  for (size_t i = 0; i < 2; ++i) CHECK(same_bits(read[i], y[i]));
  CHECK(again.summary() == model.summary());
  CHECK_THAT(model.summary(), Catch::Contains("Connected to"));
}

TEST_CASE("keyword arguments that a config gives as null are written again", "[config][functional]") {
  const Input x({3});
  std::string text = LayerPtr(Model(x, Dense(1)(x))).config().str();
  const std::string none = "\"kwargs\":{}";
  const size_t at = text.find(none);
  REQUIRE(at != text.npos);
  text.replace(at, none.size(), "\"kwargs\":{\"mask\":null}");
  const Config given = Config::parse(text);
  CHECK(LayerPtr(Model::from_config(given)).config() == given);
}

}  // namespace
}  // namespace reel::testing
