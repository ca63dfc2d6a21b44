// Files in Keras 2's spelling, residual and depthwise networks (tests/keras2), predict what Keras 3 does with the same
// weights.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "models/temporary_folder.h"
#include "reel/graph/error.h"
#include "reel/models/data/arrays.h"
#include "reel/models/files/keras2_config.h"
#include "reel/reel.h"

namespace reel {
namespace {

using Catch::Contains;
using nlohmann::json;

TEST_CASE("residual and depthwise networks of Keras 2 predict as Keras does", "[files][keras2]") {
  const std::string folder = REEL_SOURCE_DIR "/tests/keras2/";
  const json all = json::parse(testing::read_text(folder + "expected.json"));
  for (const auto& [name, expected] : all.items()) {
    INFO(name);
    Model model = Model::load(folder + name + ".h5");
    const Tensor x =
        Tensor::of(Shape(expected["shape"].get<std::vector<int64_t>>()), expected["x"].get<std::vector<float>>());
    const Tensor y = model.predict(x);
    REQUIRE(y.size() == static_cast<int64_t>(expected["y"].size()));
    for (int64_t i = 0; i < y.size(); ++i)
      CHECK(y.at(i) == Approx(expected["y"][static_cast<size_t>(i)].get<double>()).epsilon(1e-5));
    if (name == "residual") {  // its file lists all first moments, 0, before all second ones, 4
      const std::vector<Variable> kept = model.optimizer_variables();
      REQUIRE(kept.size() > 4);
      CHECK(kept[0].value().at(0) == 7);
      for (size_t i = 2; i < kept.size(); ++i) CHECK(kept[i].value().at(0) == (i % 2 == 0 ? 0 : 4));
    }
    // And it trains on, where the file says how.
    if (name == "depthwise_chain") continue;
    const Tensor classes = to_categorical(Tensor::of(std::vector<int32_t>{0, 2, 1}), 3);
    CHECK(model.train_on_batch(x, classes)["loss"] > 0);
    CHECK(model.evaluate(x, classes).entries().size() == 2);  // with the accuracy
  }
}

TEST_CASE("what Keras 2 compiled a model with is read in its spelling", "[files][keras2]") {
  const auto upgraded = [](const char* text) {
    return json::parse(upgraded_compile_config(Config::parse(text)).str());
  };
  const json one = upgraded(R"({"optimizer_config": {"class_name": "Custom>SGD", "config": {"lr": 0.5, "decay": 0.0}},
                                "loss": {"class_name": "Huber", "config": {"reduction": "auto", "delta": 1.0}}})");
  CHECK(one["optimizer"]["class_name"] == "SGD");
  CHECK(one["optimizer"]["config"] == json({{"learning_rate", 0.5}}));
  CHECK(one["loss"]["config"]["reduction"] == "sum_over_batch_size");
  const json several = upgraded(R"({"loss": [{"class_name": "Huber", "config": {"reduction": "auto"}}, "mse"]})");
  CHECK(several["loss"][0]["config"]["reduction"] == "sum_over_batch_size");
  CHECK(several["loss"][1] == "mse");
  const json named = upgraded(R"({"loss": {"a": {"class_name": "Huber", "config": {"reduction": "none"}}}})");
  CHECK(named["loss"]["a"]["config"]["reduction"] == "none");
}

TEST_CASE("operations of TensorFlow and lambdas in a file are refused by name", "[files][keras2]") {
  const auto complaint = [](const std::string& layer) {
    try {
      Model::from_config(from_keras2(Config::parse(
          R"({"class_name": "Functional", "config": {"name": "m", "layers": [
              {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 2], "name": "x"}, "name": "x",
               "inbound_nodes": []}, )" +
          layer + R"(], "input_layers": [["x", 0, 0]], "output_layers": [["y", 0, 0]]}})")));
      return std::string();
    } catch (const ValueError& error) {
      return std::string(error.what());
    }
  };
  CHECK_THAT(complaint(R"({"class_name": "TFOpLambda", "config": {"name": "y", "function": "math.add"}, "name": "y",
                           "inbound_nodes": [["x", 0, 0, {"y": 1.0}]]})"),
             Contains("TFOpLambda"));
  CHECK_THAT(complaint(R"({"class_name": "SlicingOpLambda", "config": {"name": "y", "function": "__getitem__"},
                           "name": "y", "inbound_nodes": [[["x", 0, 0, {}]]]})"),
             Contains("SlicingOpLambda"));
  CHECK_THAT(complaint(R"({"class_name": "Lambda", "config": {"name": "y", "function": ["4wEAAAA=", null, null]},
                           "name": "y", "inbound_nodes": [[["x", 0, 0, {}]]]})"),
             Contains("Lambda"));
}

}  // namespace
}  // namespace reel
