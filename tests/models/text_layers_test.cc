// Layers over texts: by themselves, and at the inputs of models, which read texts then.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/hashing.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/lookup.h"
#include "reel/models/layers/merging.h"
#include "reel/models/layers/pooling.h"
#include "reel/models/layers/text_vectorization.h"
#include "reel/models/layers/wrappers.h"
#include "reel/models/model/sequential.h"
#include "reel/models/optimizers/optimizers.h"

namespace reel {
namespace {

using Catch::Contains;
using Texts = std::vector<std::string>;

const Texts kTexts{"good film", "bad film", "a good plot", "a bad, bad plot!", "good", "bad"};
const std::vector<int> kLabels{1, 0, 1, 0, 1, 0};

std::vector<double> values_of(const Tensor& tensor) {
  std::vector<double> all;
  for (int64_t i = 0; i < tensor.size(); ++i) all.push_back(tensor.at(i));
  return all;
}

Sequential reviewer(const TextVectorization& words) {
  Sequential model(
      {words, Embedding(10, 4, {.mask_zero = true}), GlobalAveragePooling1D(), Dense(1, {.activation = "sigmoid"})},
      {.seed = 3});
  model.compile(Adam(0.1), "binary_crossentropy", "accuracy");
  return model;
}

TEST_CASE("a model of texts is trained on texts", "[text][layers]") {
  TextVectorization words({.output_sequence_length = 5});
  words.adapt(kTexts);
  Sequential model = reviewer(words);
  const History history = model.fit(kTexts, kLabels, {.epochs = 40, .verbose = 0});
  CHECK(history.epochs.back().logs["loss"] < 0.1);
  const Tensor predicted = model.predict(Texts{"good good", "bad"});
  CHECK(predicted.at(0) > 0.8);
  CHECK(predicted.at(1) < 0.2);
  CHECK(model.evaluate(kTexts, kLabels)["accuracy"] == 1);
  CHECK(model.weights().size() == 3);

  SECTION("what it trains on are the indices that the layer gives") {
    Sequential of_ids(
        {Embedding(10, 4, {.mask_zero = true}), GlobalAveragePooling1D(), Dense(1, {.activation = "sigmoid"})},
        {.seed = 3});
    of_ids.compile(Adam(0.1), "binary_crossentropy", "accuracy");
    of_ids.fit(words(kTexts), kLabels, {.epochs = 40, .verbose = 0});
    CHECK(of_ids.weights_sha256() == model.weights_sha256());
  }
  SECTION("texts may stand in a column") {
    const Tensor column = model.predict(Strings(Shape{2, 1}, {"good good", "bad"}));
    CHECK(values_of(column) == values_of(predicted));
  }
  SECTION("it takes no numbers") {
    CHECK_THROWS_WITH(model.predict(Tensor::zeros({2, 1})), Contains("takes texts") && Contains("got numbers"));
  }
  SECTION("its config makes another, which needs the vocabulary") {
    Model again = Model::from_config(Config(LayerPtr(model).config()));
    CHECK(LayerPtr(again).config() == LayerPtr(model).config());
    CHECK_THROWS_WITH(again.predict(kTexts), Contains("TextVectorization: has no vocabulary"));
    dynamic_cast<TextVectorization&>(*again.layers()[1]).set_vocabulary(words.get_vocabulary());
    again.set_weights(model.get_weights());
    CHECK(values_of(again.predict(Texts{"good good", "bad"})) == values_of(predicted));
  }
}

TEST_CASE("a vocabulary that is given stands in the config", "[text][layers]") {
  const TextVectorization words({.output_sequence_length = 3, .vocabulary = {"good", "bad"}});
  Sequential model = reviewer(words);
  const Tensor predicted = model.predict(kTexts);
  Model again = Model::from_config(Config(LayerPtr(model).config()));
  again.set_weights(model.get_weights());
  CHECK(values_of(again.predict(kTexts)) == values_of(predicted));
}

TEST_CASE("without a length, texts are as long as the longest of them", "[text][layers]") {
  TextVectorization words;
  words.adapt(kTexts);
  Sequential model = reviewer(words);
  const Tensor all = model.predict(kTexts);
  for (size_t i = 0; i < kTexts.size(); ++i) CHECK(model.predict(Texts{kTexts[i]}).at(0) == Approx(all.at(i)));
}

TEST_CASE("several inputs, of texts and of numbers, and a text that two layers read", "[text][layers]") {
  StringLookup tags({.vocabulary = {"x", "y"}, .output_mode = "multi_hot"});
  Hashing bins(4, {.output_mode = "one_hot"});
  Input tag({2}, "string", "tag"), price({1}, {.name = "price"});
  const SymbolicTensor joined = Concatenate()({tags(tag), price});
  Input word({}, "string", "word");
  const SymbolicTensor of_word =
      Concatenate()({bins(word), StringLookup({.vocabulary = {"a"}, .output_mode = "one_hot"})(word)});
  Model model({tag, price, word}, {Dense(2)(Concatenate()({joined, of_word}))});
  model.compile(SGD{}, "mse");
  const Strings tag_of{{"x", "y"}, {"q", "q"}}, word_of{"a", "b"};
  const Tensor price_of = Tensor::of({{1.0f}, {2.0f}});
  const ModelData x({{"tag", tag_of}, {"price", price_of}, {"word", word_of}});
  model.train_on_batch(x, Tensor::zeros({2, 2}));
  CHECK(model.predict(x).shape() == Shape{2, 2});
  CHECK(model.inputs().size() == 3);
  CHECK(model.summary().find("string_lookup") != std::string::npos);
  const Model again = Model::from_config(LayerPtr(model).config());
  CHECK(LayerPtr(again).config() == LayerPtr(model).config());
}

TEST_CASE("layers over texts stand only at inputs", "[text][layers]") {
  const TextVectorization words({.vocabulary = {"a"}});
  Input text({1}, "string"), numbers({1});
  CHECK_THROWS_WITH(Dense(2)(text), Contains("takes numbers, got texts (None, 1)"));
  CHECK_THROWS_WITH(words(numbers), Contains("TextVectorization: expected texts, got numbers"));
  CHECK_THROWS_WITH(Hashing(3)(Dense(1)(numbers)), Contains("stands at the inputs of a model alone"));
  CHECK_THROWS_WITH(StringLookup({.vocabulary = {"a"}, .invert = true})(text), Contains("expected numbers, got texts"));
  CHECK_THROWS_WITH(Model(numbers, StringLookup({.vocabulary = {"a"}, .invert = true})(numbers)),
                    Contains("is of texts, which no program gives"));
  CHECK_THROWS_WITH(TimeDistributed(Hashing(3))(SymbolicTensor(Input({2, 3}))), Contains("runs on the host"));
  CHECK_THROWS_WITH(Input({1}, "complex64"), Contains("got \"complex64\""));
  const Sequential inner{words, Embedding(3, 2)};
  Sequential inner_built = inner;
  inner_built.predict(Texts{"a"});
  CHECK_THROWS_WITH(LayerPtr(inner_built)(SymbolicTensor(text)), Contains("takes numbers, got texts"));
}

TEST_CASE("what is wrong with layers over texts is told in one line", "[text][layers]") {
  using Options = TextVectorizationOptions;
  const auto check = [](const Options& options, const std::string& told) {
    CHECK_THROWS_WITH(TextVectorization(options), Contains(told));
  };
  check({.max_tokens = 1}, "max_tokens must be above 1, got 1");
  check({.standardize = "upper"}, "standardize must be one of");
  check({.output_mode = "bag"}, "output_mode must be int");
  check({.output_mode = "count", .output_sequence_length = 3}, "output_sequence_length goes with output_mode \"int\"");
  check({.output_mode = "tf_idf", .vocabulary = {"a"}}, "needs idf_weights");
  check({.pad_to_max_tokens = true}, "pad_to_max_tokens needs max_tokens");
  check({.max_tokens = 3, .vocabulary = {"a", "b"}}, "max_tokens is 3, got a vocabulary of 4");
  check({.vocabulary = {"a", "a"}}, "has \"a\" twice");
  check({.vocabulary = {"a", ""}}, "mask token");
  TextVectorization given({.vocabulary = {"a"}});
  CHECK_THROWS_WITH(given.adapt(kTexts), Contains("whose vocabulary was given"));
  TextVectorization empty;
  CHECK_THROWS_WITH(empty(kTexts), Contains("has no vocabulary"));
  CHECK_THROWS_WITH(empty.adapt({"", " ."}), Contains("found no token"));
  CHECK_THROWS_WITH(StringLookup({.num_oov_indices = 0, .vocabulary = {"a"}})({"b"}), Contains("got \"b\""));
  CHECK_THROWS_WITH(IntegerLookup({.salt = {{1, 2}}}), Contains("salt goes with oov_method"));
  CHECK_THROWS_WITH(StringLookup({.vocabulary = {"a"}, .output_mode = "count"})({"a"}),
                    Contains("counts along the last axis"));
  CHECK_THROWS_AS(TextVectorization({.vocabulary = {"a"}})(Strings{{"a", "b"}}), ShapeError);
}

TEST_CASE("what a layer was called with cannot be adapted to another size", "[text][layers]") {
  TextVectorization words({.output_mode = "count"});
  words.adapt({"a b"});
  Sequential model{words, Dense(1)};
  model.predict(Texts{"a"});
  words.adapt(kTexts);
  CHECK_THROWS_WITH(model.predict(Texts{"a"}), Contains("adapt it before"));
}

TEST_CASE("a config tells the size of a vocabulary that it does not have", "[text][layers]") {
  TextVectorization words({.output_mode = "multi_hot"});
  words.adapt(kTexts);
  Sequential model{words, Dense(1)};
  const Tensor predicted = model.predict(kTexts);
  Model again = Model::from_config(LayerPtr(model).config());
  again.set_weights(model.get_weights());
  CHECK_THROWS_WITH(again.predict(kTexts), Contains("has no vocabulary"));
  dynamic_cast<TextVectorization&>(*again.layers()[1]).set_vocabulary(words.get_vocabulary());
  CHECK(values_of(again.predict(kTexts)) == values_of(predicted));
}

TEST_CASE("whole numbers that only layers on the host read", "[text][layers]") {
  Input id({1}, DType::i32);
  Model model(id, Dense(1)(IntegerLookup({.vocabulary = {40, 7}, .output_mode = "one_hot"})(id)));
  CHECK(model.predict(Tensor::of<int32_t>({3, 1}, {7, 40, 9})).shape() == Shape{3, 1});
}

TEST_CASE("functions of one's own standardize and split", "[text][layers]") {
  TextVectorization words({.standardize = [](const std::string& text) { return text + "-end"; },
                           .split =
                               [](const std::string& text) {
                                 const size_t at = text.find('-');
                                 return Texts{text.substr(0, at), text.substr(at + 1)};
                               },
                           .vocabulary = {"end", "a"}});
  CHECK(values_of(words({"a", "b"})) == std::vector<double>{3, 2, 1, 2});
  CHECK_THROWS_WITH(LayerPtr(words).config(), Contains("a function of texts has no config"));
}

TEST_CASE("text that is no UTF-8 is cut into characters all the same", "[text][layers]") {
  TextVectorization characters({.standardize = std::nullopt, .split = "character"});
  characters.adapt(Texts{"\xC3\xA9\xFFz\xE4\xBD"});
  CHECK(characters.get_vocabulary(false) == Texts{"\xEF\xBF\xBD", "\xC3\xA9", "z"});
}

TEST_CASE("copies of a layer share what it learned, clones do not", "[text][layers]") {
  TextVectorization words;
  const TextVectorization copy = words;
  const LayerPtr clone = LayerPtr(words).clone();
  words.adapt(kTexts);
  CHECK(copy.get_vocabulary() == words.get_vocabulary());
  CHECK(dynamic_cast<const TextVectorization&>(*clone).get_vocabulary(false).empty());
}

TEST_CASE("strings are rows as tensors are", "[text]") {
  const Strings words{{"a", "b"}, {"c", "d"}, {"e", "f"}};
  CHECK(words.shape() == Shape{3, 2});
  CHECK(words.slice_rows(1, 3)[1] == "d");
  CHECK_THROWS_AS(words.slice_rows(2, 4), ValueError);
  CHECK_THROWS_AS(Strings({Texts{"a"}, Texts{"a", "b"}}), ShapeError);
  CHECK_THROWS_AS(Strings(Shape{3}, {"a"}), ShapeError);
  CHECK_THROWS_WITH(Samples(words).read(0, 1), Contains("expected numbers, got texts [3, 2]"));
  Sequential model{Dense(1)};
  CHECK_THROWS_WITH(model.predict(Texts{"a"}), Contains("takes numbers, got texts"));
}

}  // namespace
}  // namespace reel
