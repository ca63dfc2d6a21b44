#include "reel/models/data/datasets.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "models/temporary_folder.h"
#include "reel/graph/error.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::ScopedVariable;
using testing::TemporaryFolder;
using testing::write_text;

/// A machine of which the test decides what is on it.
struct Fixture {
  Fixture() { std::filesystem::create_directories(folder / "data"); }

  TemporaryFolder folder;
  ScopedVariable home{"HOME", folder / "home"}, data{"REEL_DATA", folder / "data"};
  ScopedVariable keras{"KERAS_HOME", std::nullopt}, cache{"XDG_CACHE_HOME", std::nullopt};

  std::string put(const std::string& name) {
    write_text(folder / name, "x");
    return folder / name;
  }
};

TEST_CASE_METHOD(Fixture, "IMDB is looked for in the documented order", "[datasets]") {
  CHECK(find_imdb() == std::nullopt);
  const std::string own = put("home/.cache/reel/imdb.npz");
  CHECK(find_imdb() == own);
  const std::string in_keras = put("home/.keras/datasets/imdb.npz");
  CHECK(find_imdb() == in_keras);
  const std::string in_data = put("data/imdb.npz");
  CHECK(find_imdb() == in_data);
  CHECK(find_imdb(own) == own);
  CHECK(find_imdb(put("flag/imdb.npz")) == folder / "flag/imdb.npz");
  CHECK(find_imdb(folder / "flag") == folder / "flag/imdb.npz");
  CHECK(find_imdb(put("flag/other.npz")) == folder / "flag/other.npz");
}

TEST_CASE_METHOD(Fixture, "KERAS_HOME and XDG_CACHE_HOME are honoured", "[datasets]") {
  put("home/.cache/reel/imdb.npz");
  put("home/.keras/datasets/imdb.npz");
  ScopedVariable keras_home("KERAS_HOME", folder / "k"), cache_home("XDG_CACHE_HOME", folder / "c");
  CHECK(find_imdb() == std::nullopt);
  CHECK(cache_folder() == folder / "c/reel");
  const std::string own = put("c/reel/imdb.npz");
  CHECK(find_imdb() == own);
  const std::string in_keras = put("k/datasets/imdb.npz");
  CHECK(find_imdb() == in_keras);
}

TEST_CASE_METHOD(Fixture, "a --data that leads nowhere is an error, even where IMDB is elsewhere", "[datasets]") {
  put("data/imdb.npz");
  std::filesystem::create_directories(folder / "empty");
  CHECK_THROWS_WITH(find_imdb(folder / "missing"), Contains("missing: no such file"));
  CHECK_THROWS_WITH(find_imdb(folder / "empty"), Contains("holds no imdb.npz"));
  CHECK_THROWS_AS(find_imdb(folder / "missing"), DataError);
}

TEST_CASE_METHOD(Fixture, "a --data that cannot be looked into, or is no file of data, is not said to be missing",
                 "[datasets]") {
  std::filesystem::create_symlink("loop", folder / "loop");
  CHECK_THROWS_WITH(find_imdb(folder / "loop"), Contains("loop: cannot open: "));
  CHECK(find_imdb("/dev/null") == "/dev/null");  // whoever reads it says what is wrong with it
}

TEST_CASE_METHOD(Fixture, "REEL_DATA names a folder or imdb.npz itself, and must lead somewhere", "[datasets]") {
  put("home/.keras/datasets/imdb.npz");
  const std::string reviews = put("elsewhere/reviews.npz"), index = put("elsewhere/imdb_word_index.json");
  {
    const ScopedVariable file("REEL_DATA", reviews);
    CHECK(find_imdb() == reviews);
    CHECK(find_imdb_word_index() == index);
  }
  const ScopedVariable wrong("REEL_DATA", folder / "missing");
  CHECK_THROWS_WITH(find_imdb(), Contains("REEL_DATA: ") && Contains("missing: no such file or folder"));
  CHECK_THROWS_AS(find_imdb_word_index(), DataError);
  CHECK_THROWS_AS(find_fashion_mnist(), DataError);
  // Who says where the data is does not need the variable.
  CHECK(find_imdb(reviews) == reviews);
  CHECK(find_imdb_word_index(reviews) == index);
}

TEST_CASE_METHOD(Fixture, "the word index is looked for beside the reviews first", "[datasets]") {
  CHECK(find_imdb_word_index() == std::nullopt);
  const std::string in_data = put("data/imdb_word_index.json");
  CHECK(find_imdb_word_index() == in_data);
  const std::string reviews = put("flag/imdb.npz");
  CHECK(find_imdb_word_index(reviews) == in_data);
  const std::string beside = put("flag/imdb_word_index.json");
  CHECK(find_imdb_word_index(reviews) == beside);
}

TEST_CASE_METHOD(Fixture, "Fashion-MNIST is a folder with its four files, gzipped or not", "[datasets]") {
  for (const char* name : {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte.gz"}) {
    put(std::string("data/fashion-mnist/") + name);
  }
  CHECK(find_fashion_mnist() != folder / "data/fashion-mnist");
  CHECK_THROWS_WITH(find_fashion_mnist(folder / "data/fashion-mnist"), Contains("four IDX files"));
  put("data/fashion-mnist/t10k-labels-idx1-ubyte.gz");
  CHECK(find_fashion_mnist() == folder / "data/fashion-mnist");
  CHECK(find_fashion_mnist(folder / "data/fashion-mnist") == folder / "data/fashion-mnist");
}

TEST_CASE_METHOD(Fixture, "what is in a cache is checked again", "[datasets]") {
  const std::string own = put("home/.cache/reel/imdb.npz"), index = put("home/.cache/reel/imdb_word_index.json");
  for (const std::string& path : {own, put("home/.keras/datasets/imdb.npz")}) {
    CHECK_THAT(cache_damage(path), Contains(path + ": SHA-256 of its 1 bytes is ") && Contains("69664113be75683a"));
  }
  CHECK_THAT(cache_damage(index), Contains("MD5 of its 1 bytes is ") && Contains("bfafd718b7637"));
  CHECK(cache_damage(put("data/imdb.npz")) == "");  // the user's, who may have another one
  // Not the damaged file, but a new one, which is not to be had here.
  const std::string nowhere = "file://" + folder.path() + "/nowhere/";
  CHECK_THROWS_WITH(fetch_imdb({}, nowhere), Contains("cannot download"));
  CHECK_THROWS_WITH(fetch_imdb_word_index({}, nowhere), Contains("cannot download"));
}

TEST_CASE_METHOD(Fixture, "a file that is too large to be the published one is not taken", "[datasets]") {
  const std::string path = put("origin/imdb_word_index.json");
  std::filesystem::resize_file(path, 2'000'001);
  CHECK_THROWS_WITH(fetch_imdb_word_index({}, "file://" + folder.path() + "/origin/"),
                    Contains("has over 2000000 bytes"));
  CHECK(std::filesystem::is_empty(folder / "home/.cache/reel"));
}

TEST_CASE_METHOD(Fixture, "what is fetched into the cache is checked", "[datasets]") {
  put("origin/imdb.npz");
  put("origin/imdb_word_index.json");
  const std::string origin = "file://" + folder.path() + "/origin/";
  CHECK_THROWS_WITH(fetch_imdb({}, origin), Contains("expected 69664113be75683a"));
  CHECK_THROWS_WITH(fetch_imdb_word_index({}, origin), Contains("expected bfafd718b7637"));
  CHECK(std::filesystem::is_empty(folder / "home/.cache/reel"));
  CHECK_THROWS_AS(fetch_imdb({}, "file://" + folder.path() + "/nowhere/"), DataError);

  ScopedVariable no_home("HOME", std::nullopt);
  CHECK_THROWS_WITH(fetch_imdb({}, origin), Contains("neither XDG_CACHE_HOME nor HOME"));
  CHECK(find_imdb() == std::nullopt);
}

}  // namespace
}  // namespace reel
