// Each model of the zoo, small, on its own data: it learns, and its file stays short.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "models/temporary_folder.h"
#include "reel/models/data/datasets.h"
#include "reel/models/zoo/zoo.h"
#include "sources.h"

namespace reel {
namespace {

struct Small {
  std::map<std::string, std::string> options = {};
  int64_t rows = 200, epochs = 3;
};

/// By which a model learns in a moment.
Small small_training(std::string_view name) {
  static const std::map<std::string_view, Small> trainings = {
      {"simple_rnn", {{{"steps", "20"}}}},
      {"lstm", {{{"steps", "20"}}}},
      {"gru", {{{"steps", "20"}}}},
      {"bidirectional_lstm", {{{"steps", "20"}, {"units", "8"}, {"embedding", "32"}}, 200, 6}},
      {"stacked_rnn", {{{"steps", "20"}, {"units", "8"}}}},
      {"transformer_text", {{{"steps", "20"}}}},
      {"convolutional_autoencoder", {{{"filters", "4"}}}},
      {"lstm_autoencoder", {{{"encoding_size", "8"}}}},
      {"convnet", {{{"filters", "4"}}}},
      {"char_lm", {{{"steps", "20"}, {"units", "16"}}}},
      {"seq2seq_addition", {{{"units", "16"}}}},
      {"adding_problem", {{{"steps", "10"}, {"units", "16"}}, 400, 8}},
      {"copy_memory", {{{"steps", "5"}, {"units", "16"}}}},
      {"timeseries_forecast", {{{"window", "12"}, {"units", "8"}}}},
      {"timeseries_anomaly", {{{"window", "12"}, {"filters", "4"}}}},
  };
  const auto found = trainings.find(name);
  return found == trainings.end() ? Small{} : found->second;
}

bool needs_pictures(const ZooModel& zoo) { return zoo.data.find("Fashion-MNIST") != zoo.data.npos; }

TEST_CASE("each model of the zoo learns of its own data, and shows what", "[zoo][zoo_training]") {
  // Reviews are the built-in ones, whatever this machine has.
  const testing::TemporaryFolder folder;
  const testing::ScopedVariable home("HOME", folder.path()), data_folder("REEL_DATA", std::nullopt);
  const testing::ScopedVariable keras("KERAS_HOME", std::nullopt), cache("XDG_CACHE_HOME", std::nullopt);
  const bool has_pictures = find_fashion_mnist().has_value();
  if (!has_pictures) WARN("no Fashion-MNIST here: models of pictures are left out");
  for (const ZooModel& zoo : zoo_models()) {
    if (needs_pictures(zoo) && !has_pictures) continue;
    CAPTURE(zoo.name);
    const Small small = small_training(zoo.name);
    ZooDataOptions options;
    options.rows = small.rows;
    options.config = zoo.config();
    for (const auto& [name, value] : small.options) zoo.set(options.config, name, value);
    const ZooData data = zoo.load(options);
    ZooConfig config = options.config;
    config.take(data.options);
    Model model = zoo.build(config);
    if (zoo.adapt != nullptr) zoo.adapt(model, data);
    const double before = model.evaluate(data.x, data.y)["loss"];
    model.fit(data.x, data.y, {.batch_size = 16, .epochs = small.epochs, .verbose = 0});
    CHECK(model.evaluate(data.x, data.y)["loss"] < 0.99 * before);
    CHECK(model.evaluate(data.validation_x, data.validation_y)["loss"] > 0);
    ZooTrained trained{model, config, data.words, data.classes};
    CHECK_THAT(zoo.show(data, trained), Catch::EndsWith("\n"));
  }
}

TEST_CASE("a model of the zoo is a file of at most 80 lines", "[zoo]") {
  for (const ZooModel& zoo : zoo_models()) {
    const std::string path = std::string(REEL_SOURCE_DIR) + "/models/zoo/" + std::string(zoo.name) + ".cc";
    const std::string text = testing::text_of(path);
    CAPTURE(path);
    CHECK(text.size() > 100);
    CHECK(std::ranges::count(text, '\n') <= 80);
  }
}

TEST_CASE("options of a zoo model are what it lists, within their bounds", "[zoo]") {
  const ZooModel& zoo = *find_zoo_model("stacked_rnn");
  ZooConfig config = zoo.config(7);
  CHECK(config.seed == 7);
  CHECK(config["layers"] == 3);
  CHECK(config.word("cell") == "gru");
  zoo.set(config, "layers", "2");
  zoo.set(config, "cell", "lstm");
  CHECK(config["layers"] == 2);
  CHECK(config.word("cell") == "lstm");
  CHECK_THROWS_WITH(zoo.set(config, "layer", "2"),
                    Catch::StartsWith("stacked_rnn has no option \"layer\", only units, embedding, steps"));
  CHECK_THROWS_WITH(zoo.set(config, "classes", "2"), "classes of stacked_rnn is what the data say");
  CHECK_THROWS_WITH(zoo.set(config, "cell", "rnn"), "cell takes gru or lstm or simple_rnn, got \"rnn\"");
  for (const char* wrong : {"", "0", "17", "2.5", "two", "nan", "2 "}) {
    CAPTURE(wrong);
    CHECK_THROWS_WITH(zoo.set(config, "layers", wrong),
                      Catch::StartsWith("layers takes a whole number from 1 to 16, got"));
  }
  CHECK(config["layers"] == 2);
  CHECK_THROWS_WITH(find_zoo_model("perceptron")->set(config, "units", "2"),
                    "perceptron has no options, got \"units\"");
  CHECK_THROWS_WITH(config["depth"], "zoo: there is no option \"depth\" here");
}

}  // namespace
}  // namespace reel
