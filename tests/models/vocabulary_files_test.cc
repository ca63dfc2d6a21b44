// Vocabularies that layers have learned, in .keras files: those of Keras (tests/vocabularies), and our own.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "models/temporary_folder.h"
#include "reel/graph/error.h"
#include "reel/graph/warning.h"
#include "reel/models/files/keras_file.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/read_file.h"
#include "reel/reel.h"

namespace reel {
namespace {

using Catch::Contains;
using nlohmann::json;

const std::string kFolder = REEL_SOURCE_DIR "/tests/vocabularies/";

const json& expected_of(const std::string& name) {
  static const json all = json::parse(testing::read_text(kFolder + "expected.json"));
  return all.at(name);
}

ModelData data_of(const json& x) {
  if (x[0][0].is_string()) return Strings(x.get<std::vector<std::vector<std::string>>>());
  return Tensor::of(Shape({2, 3}), std::vector<int32_t>{3, 3, 5, -7, 8, 12});
}

void check_predictions(Model& model, const json& expected) {
  const Tensor y = model.predict(data_of(expected["x"]));
  const json& rows_of = expected["y"];
  for (size_t i = 0; i < rows_of.size(); ++i) {
    for (size_t j = 0; j < rows_of[i].size(); ++j) {
      CHECK(y.at(static_cast<int64_t>(i * rows_of[i].size() + j)) == Approx(rows_of[i][j].get<double>()).epsilon(1e-5));
    }
  }
}

TEST_CASE("models whose layers Keras has taught a vocabulary are loaded, and saved as such", "[files][text]") {
  const testing::TemporaryFolder folder;
  for (const std::string name : {"indices", "weighted", "tokens", "numbers"}) {
    INFO(name);
    const json& expected = expected_of(name);
    Model model = Model::load(kFolder + name + ".keras");
    check_predictions(model, expected);
    model.save(folder / "again.keras");
    Model again = Model::load(folder / "again.keras");
    check_predictions(again, expected);

    const auto of_keras = read_keras_file(read_file(kFolder + name + ".keras"), name);
    const auto ours = read_keras_file(read_file(folder / "again.keras"), "again");
    CHECK(ours.vocabularies == of_keras.vocabularies);
    std::string lines;
    for (const json& token : expected["vocabulary"]) lines += (lines.empty() ? "" : "\n") + token.get<std::string>();
    // The first token of two kinds is the empty text.
    if (expected["vocabulary"][0] == "") lines = "\n" + lines;
    CHECK(ours.vocabularies.begin()->second == lines);
  }
}

TEST_CASE("what a layer learned goes through a file, and what it was given is in its config", "[files][text]") {
  const testing::TemporaryFolder folder;
  TextVectorization words({.output_mode = "tf_idf"});
  words.adapt(std::vector<std::string>{"a good film", "a bad film", "good"});
  Sequential model({words, Dense(2)}, {.seed = 4});
  const std::vector<std::string> texts{"a good good film", "worse"};
  const Tensor before = model.predict(texts);
  model.save(folder / "m.keras");
  Model again = Model::load(folder / "m.keras");
  const Tensor after = again.predict(texts);
  for (int64_t i = 0; i < before.size(); ++i) CHECK(before.at(i) == after.at(i));

  std::string warned;
  const WarningHandler other = set_warning_handler([&](std::string_view text) { warned = text; });
  model.save(folder / "m.h5");
  set_warning_handler(other);
  CHECK_THAT(warned, Contains("m.h5") && Contains("does not keep vocabularies"));

  Sequential given({StringLookup({.vocabulary = {"a", "b"}, .output_mode = "multi_hot"}), Dense(1)});
  given.predict(std::vector<std::vector<std::string>>{{"a"}});
  given.save(folder / "given.keras");
  CHECK(read_keras_file(read_file(folder / "given.keras"), "given").vocabularies.empty());
}

TEST_CASE("a file's vocabulary that is none is refused, with the place of its layer", "[files][text]") {
  const testing::TemporaryFolder folder;
  const auto complaint = [&](const std::string& name, const std::string& lines, bool without_weights = false) {
    KerasFile file = read_keras_file(read_file(kFolder + name + ".keras"), name);
    for (auto& [place, text] : file.vocabularies) text = lines;
    if (without_weights) file.state.make("layers/integer_lookup/vars").datasets.clear();
    write_file_atomically(folder / "changed.keras", write_keras_file(file));
    try {
      Model::load(folder / "changed.keras");
      return std::string();
    } catch (const DataError& error) {
      return std::string(error.what());
    }
  };
  CHECK_THAT(complaint("tokens", "[UNK]\n[UNK]\na\nb\na"),
             Contains("layers/string_lookup") && Contains("has \"a\" twice"));
  CHECK_THAT(complaint("tokens", "[UNK]\n[UNK]\na"), Contains("vocabulary_size is 5"));
  CHECK_THAT(complaint("numbers", "-1\n3\nfour\n5\n-7"), Contains("expected a whole number") && Contains("four"));
  CHECK_THAT(complaint("numbers", "-1\n3\n4\n5\n-7", true), Contains("idf_weights of shape [5] are needed, got none"));
  CHECK(complaint("tokens", "[UNK]\r\n[UNK]\r\na\r\nc\r\nb\r\n\r\n") == "");
  CHECK_THAT(complaint("tokens", std::string(1 << 20, '\n')), Contains("bytes of memory"));
}

TEST_CASE("a token with a line's end is not written", "[files][text]") {
  const testing::TemporaryFolder folder;
  TextVectorization characters({.standardize = std::nullopt, .split = "character", .output_mode = "count"});
  characters.adapt(std::vector<std::string>{"a\nb"});
  Sequential model({characters, Dense(1)});
  model.predict(std::vector<std::string>{"a"});
  CHECK_THROWS_WITH(model.save(folder / "m.keras"), Contains("has a line's end"));
}

}  // namespace
}  // namespace reel
