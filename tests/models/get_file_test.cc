#include "reel/models/data/get_file.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <span>

#include "models/temporary_folder.h"
#include "reel/graph/error.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/npz.h"
#include "reel/models/formats/sha256.h"
#include "reel/models/formats/zip.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::read_text;
using testing::TemporaryFolder;
using testing::write_text;
namespace fs = std::filesystem;

struct Fixture {
  TemporaryFolder folder, cache;
  std::string url(const std::string& name) const { return "file://" + folder / name; }
  std::string zip(const std::string& name, const std::vector<std::pair<std::string, std::string>>& entries) const {
    std::vector<ZipEntry> all;
    for (const auto& [entry, text] : entries) {
      const auto bytes = bytes_of(text);
      all.push_back({entry, {bytes.begin(), bytes.end()}});
    }
    write_file_atomically(folder / name, write_zip(all));
    return url(name);
  }
};

TEST_CASE_METHOD(Fixture, "get_file: is downloaded once, and again where its checksum is another", "[get_file]") {
  write_text(folder / "rows.csv", "1,2\n");
  const std::string sum = sha256_hex(bytes_of("1,2\n"));
  const std::string path = get_file(url("rows.csv"), {.sha256 = sum, .cache_dir = cache.path()});
  CHECK(path == cache / "datasets/rows.csv");
  CHECK(read_text(path) == "1,2\n");
  write_text(folder / "rows.csv", "other");
  CHECK(get_file(url("rows.csv"), {.cache_dir = cache.path()}) == path);
  CHECK(read_text(get_file(url("rows.csv"), {.sha256 = sum, .cache_dir = cache.path()})) == "1,2\n");
  CHECK_THROWS_WITH(get_file(url("rows.csv"), {.fname = "new", .sha256 = sum, .cache_dir = cache.path()}),
                    Contains("SHA-256"));
  CHECK_FALSE(fs::exists(cache / "datasets/new"));
  CHECK(read_text(get_file(url("rows.csv"), {.sha256 = sha256_hex(bytes_of("other")), .cache_dir = cache.path()})) ==
        "other");
  CHECK(get_file(url("rows.csv") + "?x=1/2", {.cache_subdir = "a/b", .cache_dir = cache.path(), .most_bytes = 100}) ==
        cache / "a/b/rows.csv");
  CHECK_THROWS_WITH(get_file(url("rows.csv"), {.fname = "big", .cache_dir = cache.path(), .most_bytes = 2}),
                    Contains("over 2 bytes"));
}

TEST_CASE_METHOD(Fixture, "get_file: names that lead elsewhere are refused", "[get_file]") {
  for (const std::string name : {"..", ".", "a/b", "/etc/passwd", "../x", "a\\b"}) {
    CHECK_THROWS_WITH(get_file(url("f"), {.fname = name, .cache_dir = cache.path()}),
                      Contains("expected the name of a file"));
  }
  CHECK_THROWS_AS(get_file("file:///", {.cache_dir = cache.path()}), ValueError);
  CHECK_THROWS_WITH(get_file(url("f"), {.cache_subdir = "../x", .cache_dir = cache.path()}),
                    Contains("expected a folder in the cache"));
  CHECK_THROWS_AS(get_file(url("f"), {.sha256 = "12", .cache_dir = cache.path()}), ValueError);
  CHECK_THROWS_AS(get_file(url("missing"), {.cache_dir = cache.path()}), DataError);
}

TEST_CASE_METHOD(Fixture, "get_file: an archive is unpacked into a folder that is whole or not there", "[get_file]") {
  const GetFileOptions options{.cache_dir = cache.path(), .extract = true};
  const std::string made = get_file(zip("texts.zip", {{"pos/1.txt", "good"}, {"neg/1.txt", "bad"}}), options);
  CHECK(made == cache / "datasets/texts.zip_extracted");
  CHECK(read_text(made + "/pos/1.txt") == "good");
  CHECK(get_file(url("texts.zip"), options) == made);
  for (const std::string name : {"../out.txt", "/tmp/out.txt", "a/../../out.txt"}) {
    CHECK_THROWS_WITH(get_file(zip("bad.zip", {{"in.txt", "x"}, {name, "x"}}), options),
                      Contains("would lie outside of the folder"));
    CHECK_FALSE(fs::exists(cache / "datasets/bad.zip_extracted"));
    CHECK_FALSE(fs::exists(cache / "datasets/out.txt"));
    fs::remove(cache / "datasets/bad.zip");
  }
  write_text(folder / "plain.txt", "no archive");
  CHECK_THROWS_WITH(get_file(url("plain.txt"), options), Contains("expected a ZIP archive or gzip to extract"));
  write_text(folder / "a.tar.gz", "\x1f\x8b");
  CHECK_THROWS_WITH(get_file(url("a.tar.gz"), options), Contains("got one of tar"));
}

TEST_CASE_METHOD(Fixture, "load_train_test: four arrays of an npz file, as mnist.npz has them", "[get_file]") {
  const std::string path = folder / "mnist.npz";
  const Tensor x = Tensor::arange(24).reshaped({3, 2, 4}).cast(DType::i32), y = Tensor::of<int32_t>({1, 2, 3});
  save_npz(path, {{"x_test", x.slice_rows(0, 1)}, {"x_train", x}, {"y_train", y}, {"y_test", y.slice_rows(0, 1)}});
  const TrainTest all = load_train_test(path);
  CHECK(all.x_train.shape() == Shape{3, 2, 4});
  CHECK(all.x_train.at(23) == 23);
  CHECK(all.y_train.at(2) == 3);
  CHECK(all.x_test.shape() == Shape{1, 2, 4});
  CHECK(all.y_test.at(0) == 1);
  save_npz(path, {{"x_train", x}, {"y_train", y}, {"x_test", x}});
  CHECK_THROWS_WITH(load_train_test(path), Contains("y_test is not there"));
  save_npz(path, {{"x_train", x}, {"y_train", y}, {"x_test", x}, {"y_test", y.slice_rows(0, 2)}});
  CHECK_THROWS_WITH(load_train_test(path), Contains("as many rows of x_test as of y_test, got [3, 2, 4] and [2]"));
}

}  // namespace
}  // namespace reel
