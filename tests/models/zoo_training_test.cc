// Each model of the zoo, small, on its own data: it learns, and its file stays short.
#include <algorithm>
#include <catch2/catch.hpp>

#include "models/small_zoo.h"
#include "models/temporary_folder.h"
#include "reel/models/data/datasets.h"
#include "reel/models/zoo/zoo.h"
#include "sources.h"

namespace reel {
namespace {

TEST_CASE("each model of the zoo learns of its own data, and shows what", "[zoo][zoo_training]") {
  // Reviews are the built-in ones, whatever this machine has.
  const testing::TemporaryFolder folder;
  const testing::ScopedVariable home("HOME", folder.path()), data_folder("REEL_DATA", std::nullopt);
  const testing::ScopedVariable keras("KERAS_HOME", std::nullopt), cache("XDG_CACHE_HOME", std::nullopt);
  const bool has_pictures = find_fashion_mnist().has_value();
  if (!has_pictures) WARN("no Fashion-MNIST here: models of pictures are left out");
  for (const ZooModel& zoo : zoo_models()) {
    if (testing::needs_pictures(zoo) && !has_pictures) continue;
    CAPTURE(zoo.name);
    const testing::SmallZoo small = testing::small_zoo(zoo);
    const ZooData& data = small.data;
    Model model = small.model;
    const double before = model.evaluate(data.x, data.y)["loss"];
    model.fit(data.x, data.y, {.batch_size = 16, .epochs = small.epochs, .verbose = 0});
    CHECK(model.evaluate(data.x, data.y)["loss"] < 0.99 * before);
    CHECK(model.evaluate(data.validation_x, data.validation_y)["loss"] > 0);
    ZooTrained trained{model, small.config, data.words, data.classes};
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
