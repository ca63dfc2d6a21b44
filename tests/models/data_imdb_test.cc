#include "reel/models/data/imdb.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "models/array_pickle.h"
#include "models/damaged_file.h"
#include "models/temporary_folder.h"
#include "reel/models/data/numpy_shuffle.h"
#include "reel/models/data/sequences.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/sha256.h"
#include "reel/models/formats/zip.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::lists_npy;
using testing::npy_file;
using testing::TemporaryFolder;
using testing::to_bytes;
using testing::write_text;
using Lists = std::vector<std::vector<int32_t>>;
using Labels = std::vector<int32_t>;

const imdb::Data kRaw{{{{5, 1, 9}, {2, 8}, {40, 3, 3, 7}, {6}, {1, 1, 12}}, {1, 0, 1, 0, 1}},
                      {{{4, 2}, {11, 30, 1, 2, 2}, {3}}, {0, 1, 1}}};

std::string labels_npy(const Labels& labels) {
  std::string data;
  for (const int32_t label : labels) data += testing::little_endian(static_cast<uint64_t>(label), 8);
  return npy_file("<i8", fmt::format("({},)", labels.size()), data);
}

std::vector<ZipEntry> entries_of(const imdb::Data& data) {
  return {{"x_train.npy", to_bytes(lists_npy(data.train.x))},
          {"y_train.npy", to_bytes(labels_npy(data.train.y))},
          {"x_test.npy", to_bytes(lists_npy(data.test.x))},
          {"y_test.npy", to_bytes(labels_npy(data.test.y))}};
}

// The expected permutations and encodings below were made with NumPy 2.4 and the steps of Keras's load_data.

TEST_CASE("NumpyShuffle gives the permutations of RandomState", "[data][imdb]") {
  using Order = std::vector<uint32_t>;
  NumpyShuffle shuffle(113);
  CHECK(shuffle.permutation(12) == Order{4, 3, 9, 8, 1, 0, 11, 7, 6, 10, 2, 5});
  CHECK(shuffle.permutation(7) == Order{4, 6, 1, 0, 5, 3, 2});  // continues the same stream
  CHECK(shuffle.permutation(1) == Order{0});
  CHECK(shuffle.permutation(0).empty());
  const Order large = NumpyShuffle(0).permutation(1000);
  uint64_t sum = 0;
  for (uint64_t i = 0; i < 1000; ++i) sum += i * large[i];
  CHECK(sum == 247'872'640);
}

TEST_CASE("imdb::encode shuffles train, then test, and marks start and rare words", "[data][imdb]") {
  const imdb::Data data = imdb::encode(kRaw);
  CHECK(data.train.x == Lists{{1, 5, 11}, {1, 8, 4, 12}, {1, 9}, {1, 2, 6, 6, 10}, {1, 4, 4, 15}});
  CHECK(data.train.y == Labels{0, 1, 0, 1, 1});
  CHECK(data.test.x == Lists{{1, 14, 33, 4, 5, 5}, {1, 7, 5}, {1, 6}});
  CHECK(data.test.y == Labels{1, 0, 1});
}

TEST_CASE("imdb::encode replaces or removes words out of vocabulary", "[data][imdb]") {
  imdb::Data data = imdb::encode(kRaw, {.num_words = 12, .skip_top = 2});
  CHECK(data.train.x == Lists{{2, 5, 11}, {2, 8, 4, 2}, {2, 9}, {2, 2, 6, 6, 10}, {2, 4, 4, 2}});
  CHECK(data.test.x == Lists{{2, 2, 2, 4, 5, 5}, {2, 7, 5}, {2, 6}});
  data = imdb::encode(kRaw, {.num_words = 12, .oov_char = std::nullopt});
  CHECK(data.train.x == Lists{{1, 5, 11}, {1, 8, 4}, {1, 9}, {1, 6, 6, 10}, {1, 4, 4}});
  CHECK(data.test.x == Lists{{1, 4, 5, 5}, {1, 7, 5}, {1, 6}});
  CHECK(imdb::encode(kRaw, {.num_words = 0}).train.x == imdb::encode(kRaw).train.x);
  // Without num_words the bound is the largest id of both parts, here 43, which it leaves out.
  const auto count = [](const Lists& reviews, int32_t id) {
    ptrdiff_t found = 0;
    for (const auto& review : reviews) found += std::count(review.begin(), review.end(), id);
    return found;
  };
  data = imdb::encode({kRaw.test, kRaw.train});
  CHECK(count(data.train.x, 33) == 1);
  CHECK(count(data.train.x, 2) == 0);
  CHECK(count(data.test.x, 43) == 0);
  CHECK(count(data.test.x, 2) == 1);
}

TEST_CASE("imdb::encode drops reviews of maxlen ids or more", "[data][imdb]") {
  imdb::Data data = imdb::encode(kRaw, {.maxlen = 4, .seed = 7, .start_char = std::nullopt});
  CHECK(data.train.x == Lists{{8, 4, 12}, {9}, {5, 11}, {4, 4, 2}});
  CHECK(data.train.y == Labels{1, 0, 0, 1});
  CHECK(data.test.x == Lists{{6}, {7, 5}});
  CHECK(data.test.y == Labels{1, 0});
  // The largest id is sought among the reviews that are left, the start character among them.
  data = imdb::encode(kRaw, {.maxlen = 4, .start_char = 20, .index_from = 0});
  CHECK(data.train.x == Lists{{2, 2, 8}, {2, 6}});
  CHECK(data.test.x == Lists{{2, 4, 2}, {2, 3}});
  CHECK_THROWS_AS(imdb::encode(kRaw, {.maxlen = 2}), ValueError);
  CHECK(imdb::encode(kRaw, {.maxlen = 0}).train.x.size() == 5);
}

TEST_CASE("imdb::encode refuses reviews without labels and labels without reviews", "[data][imdb]") {
  imdb::Data fewer = kRaw, more = kRaw;
  fewer.train.y.pop_back();
  more.test.y.push_back(1);
  CHECK_THROWS_WITH(imdb::encode(fewer), "imdb: train: expected a label for each review, got 5 reviews and 4 labels");
  CHECK_THROWS_AS(imdb::encode(more), ValueError);
}

TEST_CASE("imdb::encode_review encodes one review", "[data][imdb]") {
  using Ids = std::vector<int32_t>;
  const Ids review{5, 1, 9};
  CHECK(imdb::encode_review(review) == Ids{1, 8, 4, 12});
  CHECK(imdb::encode_review(review, {.num_words = 12}) == Ids{1, 8, 4, 2});
  CHECK(imdb::encode_review(review, {.skip_top = 5, .oov_char = std::nullopt}) == Ids{8, 12});
  CHECK(imdb::encode_review(review, {.skip_top = 8, .oov_char = std::nullopt}) == Ids{8, 12});
  CHECK(imdb::encode_review(review, {.skip_top = 9, .oov_char = std::nullopt}) == Ids{12});
  CHECK(imdb::encode_review({}, {.start_char = std::nullopt}).empty());
  CHECK_THROWS_AS(imdb::encode_review(Ids{INT32_MAX}), ValueError);
}

TEST_CASE("imdb::read_npz reads the file's four arrays in order", "[data][imdb]") {
  const TemporaryFolder folder;
  const std::string path = folder / "imdb.npz";
  write_file_atomically(path, write_zip(entries_of(kRaw)));
  const imdb::Data raw = imdb::read_npz(path);
  CHECK(raw.train.x == kRaw.train.x);
  CHECK(raw.train.y == kRaw.train.y);
  CHECK(raw.test.x == kRaw.test.x);
  CHECK(raw.test.y == kRaw.test.y);
  CHECK(imdb::load_data(path, {.num_words = 12}).train.x == imdb::encode(kRaw, {.num_words = 12}).train.x);
}

TEST_CASE("imdb::read_npz says what is wrong with a file", "[data][imdb]") {
  const TemporaryFolder folder;
  const std::string path = folder / "imdb.npz";
  CHECK_THROWS_WITH(imdb::read_npz(path), Contains("cannot open"));
  std::vector<ZipEntry> entries = entries_of(kRaw);
  entries.pop_back();
  write_file_atomically(path, write_zip(entries));
  CHECK_THROWS_WITH(imdb::read_npz(path), Contains("imdb.npz: expected an array 'y_test'"));
  imdb::Data unequal = kRaw;
  unequal.train.y.pop_back();
  write_file_atomically(path, write_zip(entries_of(unequal)));
  CHECK_THROWS_WITH(imdb::read_npz(path), Contains("y_train: expected 5 integers") && Contains("i32[4]"));
}

TEST_CASE("imdb::read_word_index reads words and ranks", "[data][imdb]") {
  const TemporaryFolder folder;
  const std::string path = folder / "words.json";
  write_text(path, R"({"the": 1, "caf\u00e9": 20})");
  const auto index = imdb::read_word_index(path);
  CHECK(index.size() == 2);
  CHECK(index.at("the") == 1);
  CHECK(index.at("caf\xC3\xA9") == 20);
  for (const char* text :
       {"", "{", "[1]", R"({"a": "b"})", R"({"a": 1.5})", R"({"a": 3000000000})", R"({"a": null})"}) {
    CAPTURE(text);
    write_text(path, text);
    CHECK_THROWS_AS(imdb::read_word_index(path), DataError);
  }
  write_text(path, R"({"a": 18446744073709551615})");
  CHECK_THROWS_WITH(imdb::read_word_index(path), Contains("got 18446744073709551615"));
  write_text(path, R"({"a": -9223372036854775808})");
  CHECK_THROWS_WITH(imdb::read_word_index(path), Contains("got -9223372036854775808"));
  write_text(path, R"({"a": )" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}");
  CHECK_THROWS_WITH(imdb::read_word_index(path), Contains("words.json: JSON of more than 64 levels"));
}

TEST_CASE("imdb::load_data without a path takes the reviews of this machine", "[data][imdb]") {
  const TemporaryFolder folder;
  const auto archive = write_zip(entries_of(kRaw));
  write_text(folder / "imdb.npz", std::string(text_of(archive)));
  const testing::ScopedVariable data("REEL_DATA", folder.path());
  CHECK(imdb::load_data().train.x == imdb::encode(kRaw).train.x);
  CHECK(imdb::load_data({}).train.x == imdb::encode(kRaw).train.x);
  CHECK(imdb::load_data({.num_words = 12}).test.x == imdb::encode(kRaw, {.num_words = 12}).test.x);
  const Lists two = imdb::encode(kRaw, {.num_words = 12, .maxlen = 4}).train.x;
  CHECK(imdb::load_data({.num_words = 12, .maxlen = 4}).train.x == two);
  CHECK(imdb::load_data({.num_words = 12, .maxlen = 4, .seed = 113}).train.x == two);
  CHECK(imdb::load_data((folder / "imdb.npz").c_str(), {.num_words = 12, .maxlen = 4}).train.x == two);
  CHECK(imdb::load_data(std::filesystem::path(folder / "imdb.npz")).train.x == imdb::encode(kRaw).train.x);
}

TEST_CASE("imdb::load_data says what may be set where it finds nothing and cannot download", "[data][imdb]") {
  const TemporaryFolder folder;
  write_text(folder / "file", "");
  const testing::ScopedVariable home("HOME", folder / "home"), cache("XDG_CACHE_HOME", folder / "file");
  const testing::ScopedVariable data("REEL_DATA", std::nullopt), keras("KERAS_HOME", std::nullopt);
  CHECK_THROWS_WITH(imdb::load_data(), Contains("cannot create the folder") &&
                                           Contains("set REEL_DATA to it or its folder") &&
                                           Contains("give load_data its path"));
}

TEST_CASE("The published reviews encode to the published ids", "[data][imdb]") {
  const char* folder = std::getenv("REEL_DATA");
  if (!folder) {
    WARN("REEL_DATA is not set to a folder with imdb.npz: skipped");
    return;
  }
  const imdb::Data raw = imdb::read_npz(std::string(folder) + "/imdb.npz");
  CHECK(raw.train.x.size() == 25'000);
  CHECK(raw.test.x.size() == 25'000);
  Lists reviews;
  for (size_t i = 10; i < 5130; ++i) reviews.push_back(imdb::encode_review(raw.train.x[i], {.num_words = 5000}));
  const Tensor ids = pad_sequences(reviews, {.maxlen = 500});
  CHECK(sha256_hex({ids.raw(), ids.bytes()}) == "d8ec2324c069339d9fab7f5aa78f69eed9ca2300bf4e00baa17a6112283bcfe1");
}

}  // namespace
}  // namespace reel
