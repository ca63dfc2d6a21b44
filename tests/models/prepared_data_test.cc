// What is done to arrays, series, words and folders of texts before they are trained on.
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "models/temporary_folder.h"
#include "reel/graph/error.h"
#include "reel/models/data/arrays.h"
#include "reel/models/data/sequences.h"
#include "reel/models/data/text_folder.h"
#include "reel/models/data/timeseries.h"
#include "reel/models/data/tokenizer.h"

namespace reel {
namespace {

using Catch::Contains;
using Texts = std::vector<std::string>;

TEST_CASE("classes become vectors, and vectors get the length 1", "[data]") {
  const Tensor classes = to_categorical(Tensor::of<int32_t>({0, 2, -1}));
  CHECK(classes.shape() == Shape{3, 3});
  CHECK(classes.at(0) == 1);
  CHECK(classes.at(5) == 1);
  CHECK(classes.at(8) == 1);
  CHECK_THROWS_WITH(to_categorical(Tensor::of<int32_t>({3}), 3), Contains("class 3 is none of 3"));
  CHECK_THROWS_AS(to_categorical(Tensor::of<float>({std::nanf("")})), ValueError);
  const Tensor unit = normalize(Tensor::of({{3.0f, 4.0f}, {0.0f, 0.0f}}));
  CHECK(unit.at(0) == Approx(0.6));
  CHECK(unit.at(2) == 0);
  CHECK_THROWS_AS(normalize(unit, 2), ShapeError);
}

TEST_CASE("data sets are split by numbers and by shares", "[data]") {
  const Tensor data = Tensor::arange(10);
  const auto [left, right] = split_dataset(data, {.left_size = 0.25, .right_size = 3});
  CHECK(left.size() == 2);  // 2.5, rounded to the even number
  CHECK(right.at(0) == 7);
  for (const SplitOptions& wrong : {SplitOptions{}, SplitOptions{.left_size = 10}, SplitOptions{.left_size = 1.5},
                                    SplitOptions{.left_size = 6, .right_size = 5}}) {
    CHECK_THROWS_AS(split_rows(10, wrong), ValueError);
  }
}

TEST_CASE("a series becomes windows when they are read", "[data]") {
  const TimeSeries made = timeseries_dataset_from_array(Tensor::arange(10), Tensor::arange(0, 100, 10), 3,
                                                        {.sequence_stride = 2, .sampling_rate = 2});
  CHECK(made.x.shape() == Shape{3, 3});
  const Tensor last = made.x.read(2, 3);
  CHECK(last.at(2) == 8);
  CHECK(made.y.at(2) == 40);
  CHECK(timeseries_dataset_from_array(Tensor::arange(4), {}, 5).x.shape()[0] == 0);
  CHECK_THROWS_WITH(timeseries_dataset_from_array(Tensor::arange(4), {}, 0), Contains("sequence_length"));
  CHECK_THROWS_WITH(timeseries_dataset_from_array(Tensor::arange(4), {}, 2, {.sampling_rate = 4}), Contains("below 4"));
}

TEST_CASE("sequences of any numbers, vectors and texts are padded", "[data]") {
  const Tensor floats = pad_sequences(std::vector<std::vector<float>>{{1.5f}, {2, 3}}, {.dtype = DType::f32});
  CHECK(floats.at(1) == 1.5);
  const Tensor vectors = pad_sequences(std::vector<std::vector<std::vector<int>>>{{{1, 2}}, {{3, 4}, {5, 6}}});
  CHECK(vectors.shape() == Shape{2, 2, 2});
  CHECK(vectors.at(3) == 2);
  CHECK_THROWS_WITH(pad_sequences(std::vector<std::vector<std::vector<int>>>{{{1, 2}, {3}}}),
                    Contains("2 numbers each"));
  const Strings texts = pad_sequences(std::vector<Texts>{Texts{"a"}, Texts{"b", "c"}}, {.value = "-"});
  CHECK(texts[0] == "-");
  CHECK_THROWS_WITH(pad_sequences(std::vector<std::vector<double>>{}), Contains("got none"));
}

TEST_CASE("a tokenizer refuses what makes no matrix", "[data]") {
  Tokenizer tokenizer;
  CHECK_THROWS_WITH(tokenizer.texts_to_matrix(Texts{"a"}), Contains("are needed for a matrix"));
  tokenizer.fit_on_texts(Texts{"a b", "a"});
  CHECK_THROWS_WITH(tokenizer.texts_to_matrix(Texts{"a"}, "odds"), Contains("got \"odds\""));
  CHECK(tokenizer.texts_to_matrix(Texts{"a a"}, "count").at(1) == 2);
  tokenizer.fit_on_texts(Texts{"b b b"});
  CHECK(tokenizer.word_index().at("b") == 1);
}

TEST_CASE("folders of texts say what is wrong", "[data]") {
  const testing::TemporaryFolder folder;
  std::filesystem::create_directories(std::filesystem::path(folder.path()) / "neg");
  CHECK_THROWS_WITH(text_dataset_from_directory(folder.path()), Contains("no .txt file"));
  std::ofstream(std::filesystem::path(folder.path()) / "neg" / "1.TXT") << "text";
  CHECK(text_dataset_from_directory(folder.path()).texts[0] == "text");
  CHECK_THROWS_WITH(text_dataset_from_directory(folder.path(), {.label_mode = "binary"}),
                    Contains("needs two classes"));
  CHECK_THROWS_WITH(text_dataset_from_directory(folder.path(), {.class_names = {"pos"}}), Contains("has no folder"));
  CHECK_THROWS_WITH(text_dataset_from_directory(folder.path(), {.validation_split = 0.5}),
                    Contains("goes with subset"));
  CHECK_THROWS_WITH(text_dataset_from_directory(folder.path(), {.label_mode = "words"}),
                    Contains("label_mode must be"));
  CHECK_THROWS_AS(text_dataset_from_directory(folder.path() + "/none"), DataError);
}

}  // namespace
}  // namespace reel
