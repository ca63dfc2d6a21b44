// Rows of files that need not fit into memory, and rows of others in another order.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <numeric>
#include <set>

#include "models/temporary_folder.h"
#include "reel/graph/error.h"
#include "reel/models/data/csv_rows.h"
#include "reel/models/data/mixed_streams.h"
#include "reel/models/data/npy_rows.h"
#include "reel/models/data/table.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/npy.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::TemporaryFolder;
using testing::write_text;

/// Row i is i, and i + 0.5 to give.
class Numbers final : public RowStream {
 public:
  explicit Numbers(int64_t count, bool seeks = false, bool rewinds = true)
      : count_(count), seeks_(seeks), rewinds_(rewinds) {}
  DataTypes types() const override { return {.x = {{DType::f32, {rows, 1}}}, .y = {{DType::f32, {rows, 1}}}}; }
  std::optional<int64_t> row_count() const override { return count_; }
  bool can_seek() const override { return seeks_; }
  int64_t read_rows(int64_t count, std::span<Tensor> to) override {
    const int64_t got = std::clamp<int64_t>(count_ - next_, 0, count);
    for (int64_t i = 0; i < got; ++i) {
      to[0].data<float>()[i] = static_cast<float>(next_ + i);
      to[1].data<float>()[i] = static_cast<float>(next_ + i) + 0.5F;
    }
    next_ += got;
    read += got;
    return got;
  }
  bool go_to(int64_t row) override {
    if (rewinds_) next_ = row;
    return rewinds_;
  }
  int64_t read = 0;

 private:
  int64_t count_, next_ = 0;
  bool seeks_, rewinds_;
};

/// What is left of a stream, in pieces of 7 rows.
std::vector<int> rest_of(RowStream& stream) {
  std::vector<Tensor> to{Tensor(DType::f32, {7, 1}), Tensor(DType::f32, {7, 1}), {}};
  std::vector<int> all;
  while (const int64_t got = stream.read(7, to)) {
    for (int64_t i = 0; i < got; ++i) {
      all.push_back(static_cast<int>(to[0].at(i)));
      CHECK(to[1].at(i) == to[0].at(i) + 0.5);
    }
  }
  return all;
}

std::vector<int> up_to(int count) {
  std::vector<int> all(static_cast<size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

TEST_CASE("streams: shuffled rows are all rows, mixed within the buffer, in an order of the seed", "[streams]") {
  Numbers numbers(100), same(100), other(100);
  ShuffledStream shuffled(numbers, 10, 4), again(same, 10, 4), another(other, 10, 5);
  const std::vector<int> first = rest_of(shuffled);
  CHECK(rest_of(again) == first);
  CHECK(rest_of(another) != first);
  for (int i = 0; i < 100; ++i) CHECK(first[static_cast<size_t>(i)] < i + 10);  // none from beyond the buffer
  CHECK(first != up_to(100));
  CHECK(std::set(first.begin(), first.end()).size() == 100);
  REQUIRE(shuffled.rewind());
  const std::vector<int> second = rest_of(shuffled);
  CHECK(second != first);
  CHECK(std::set(second.begin(), second.end()).size() == 100);
  Numbers in_order(20);
  ShuffledStream of_one(in_order, 1);
  CHECK(rest_of(of_one) == up_to(20));
  CHECK_THROWS_AS(ShuffledStream(numbers, 0), ValueError);
  Numbers at_end(20);
  CHECK(rest_of(at_end).size() == 20);
  ShuffledStream behind(at_end, 5);
  CHECK(behind.rewind());
  CHECK(rest_of(behind).size() == 20);
  Numbers once(20, false, false);
  ShuffledStream of_once(once, 5);
  CHECK(rest_of(of_once).size() == 20);
  CHECK_FALSE(of_once.rewind());
}

TEST_CASE("streams: shards of a stream, and of rows by number, are its rows apart", "[streams]") {
  const Tensor all = Tensor::arange(23).reshaped({23, 1});
  for (const bool seeks : {false, true}) {
    std::set<int> seen;
    for (int64_t index = 0; index < 3; ++index) {
      Numbers numbers(23, seeks);
      ShardedStream part(numbers, index, 3);
      const std::vector<int> got = rest_of(part);
      CHECK(static_cast<int64_t>(got.size()) == *part.row_count());
      CHECK(got[1] == index + 3);
      CHECK(shard(all, index, 3).read(0, *part.row_count()).to_vector<int>() == got);
      CHECK((numbers.read < 10) == seeks);  // only those that are asked for, where it can be told
      seen.insert(got.begin(), got.end());
      REQUIRE(part.rewind());
      CHECK(rest_of(part) == got);
    }
    CHECK(seen.size() == 23);
  }
  CHECK(shard(all, 1, 40).shape() == Shape{1, 1});
  CHECK_THROWS_AS(shard(all, 3, 3), ValueError);
  CHECK_THROWS_AS(shard(all, -1, 3), ValueError);
}

TEST_CASE("streams: rows of an npy file on disk are those in memory", "[streams]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x.npy";
  for (const DType dtype : {DType::f32, DType::f64, DType::i32}) {
    const Tensor x = Tensor::uniform({30, 2, 3}, -9, 9, 1).cast(dtype);
    write_file_atomically(path, write_npy(x));
    const Samples rows_of = NpyRows(path);
    CHECK(rows_of.type() == x.type());
    const std::vector<int64_t> some{29, 0, 3, 3};
    CHECK(rows_of.read(some).to_vector<double>() == Samples(x).read(some).to_vector<double>());
    CHECK_THROWS_AS(rows_of.read(std::vector<int64_t>{30}), ValueError);
  }
  const Tensor x = Tensor::uniform({30, 4}, -1, 1, 1), y = Tensor::uniform({30, 1}, -1, 1, 2);
  write_file_atomically(path, write_npy(x));
  const auto train = [&](const Samples& of) {
    Sequential model({Input({4}), Dense(1)}, {.seed = 1});
    model.compile({.loss = "mse"});
    model.fit(of, y, {.batch_size = 8, .epochs = 2, .verbose = Verbose::silent});
    return model.weights_sha256();
  };
  const NpyRows on_disk(path);
  CHECK(train(on_disk) == train(x));
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  CHECK_THROWS_WITH(train(on_disk), Contains("has become shorter: row 29 is not there any more"));
  CHECK_THROWS_WITH(NpyRows(path), Contains("expected 480 bytes behind the header, got 479"));
  CHECK_THROWS_WITH(NpyRows(folder / "none.npy"), Contains("cannot open"));
  CHECK_THROWS_AS(NpyRows(folder.path()), DataError);
  write_text(path, "1,2\n");
  CHECK_THROWS_WITH(NpyRows(path), Contains("not an NPY file"));
}

std::string long_table(int64_t count) {
  std::string text = "id,name,\"a, b\",c\r\n";
  for (int64_t i = 0; i < count; ++i) {
    text += fmt::format("{},\"row \"\"{}\"\"\nof {}\",{:.3f},{}\r\n", i, i, count, static_cast<double>(i) / 7, i % 5);
    if (i % 100 == 0) text += "\r\n";
  }
  return text;
}

TEST_CASE("streams: names of columns in quotes are those of the table", "[streams]") {
  const TemporaryFolder folder;
  const std::string path = folder / "quotes.csv";
  write_text(path, "\"a,b\",\"c\"\"d\"\n1,2\n");
  CsvRows stream(path, {.x = {"c\"d"}, .y = {"a,b"}});
  std::vector<Tensor> to{Tensor(DType::f32, {1, 1}), Tensor(DType::f32, {1, 1}), {}};
  CHECK(stream.read(1, to) == 1);
  CHECK(to[0].at(0, 0) == 2);
  CHECK(to[1].at(0, 0) == 1);
  CHECK(load_table(path).names() == std::vector<std::string>{"a,b", "c\"d"});
}

TEST_CASE("streams: a table that is read once through has the rows of the one in memory", "[streams]") {
  const TemporaryFolder folder;
  const std::string path = folder / "long.csv";
  constexpr int64_t kRows = 60'000;  // two megabytes, which are read in pieces
  write_text(path, long_table(kRows));
  const Table table = load_table(path);
  const Tensor expected = table.matrix({"c", "a, b"}), expected_y = table.matrix({"id"});
  CsvRows stream(path, {.x = {"c", "a, b"}, .y = {"id"}});
  Tensor x(DType::f32, {kRows, 2}), y(DType::f32, {kRows, 1});
  for (int pass = 0; pass < 2; ++pass) {
    int64_t done = 0;
    while (true) {
      const int64_t most = std::min<int64_t>(999, kRows - done + 1);
      std::vector<Tensor> to{Tensor(DType::f32, {most, 2}), Tensor(DType::f32, {most, 1}), {}};
      const int64_t got = stream.read(most, to);
      if (got == 0) break;
      REQUIRE(done + got <= kRows);
      x.slice_rows(done, done + got).assign(to[0].slice_rows(0, got));
      y.slice_rows(done, done + got).assign(to[1].slice_rows(0, got));
      done += got;
    }
    CHECK(done == kRows);
    CHECK(std::ranges::equal(x.data<float>(), expected.data<float>()));
    CHECK(std::ranges::equal(y.data<float>(), expected_y.data<float>()));
    CHECK(stream.rewind());
  }
}

TEST_CASE("streams: what is no row of a table is told with its line", "[streams]") {
  const TemporaryFolder folder;
  const std::string path = folder / "t.csv";
  const auto read = [&](const std::string& text, CsvRowsOptions options = {.x = {"a"}}) {
    write_text(path, text);
    CsvRows stream(path, options);
    std::vector<Tensor> to{Tensor(DType::f32, {9, std::ssize(options.x)})};
    const int64_t count = stream.read(9, to);
    return to[0].slice_rows(0, count).to_vector<float>();
  };
  CHECK(read("a,b\n1,x\n2,\"y\n\"") == std::vector<float>{1, 2});
  CHECK(read("a;b\n1,5;2\n") == std::vector<float>{1.5F});
  CHECK(read("1,2\r3,4\r", {.x = {"q", "p"}, .names = {"p", "q"}}) == std::vector<float>{2, 1, 4, 3});
  CHECK(read("a,b\n,1\n", {.x = {"a"}, .missing = -1}) == std::vector<float>{-1});
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    const auto text = [&](const std::string& last) { return "a,b" + end + "1,2" + end + end + "3,4" + end + last; };
    CHECK_THROWS_WITH(read(text("x,1")), path + ": line 5, column 1: expected a finite number, got 'x'");
    CHECK_THROWS_WITH(read(text("1")), path + ": line 5: expected 2 columns, got 1");
    CHECK_THROWS_WITH(read(text("\"1,2")), Contains("line 5: expected a record, got a quote that is not closed"));
  }
  CHECK_THROWS_WITH(read("a,b\n1,2\n", {.x = {"c"}}), Contains("there is no column \"c\", but a, b"));
  CHECK_THROWS_AS(read("a,b\n1,2\n", {}), ValueError);
  CHECK_THROWS_WITH(read(""), Contains("expected a line of names of columns, got none"));
  CHECK_THROWS_WITH(read("\xff\xfe" + std::string("a\0,\0b\0\n\0", 8)), Contains("got UTF-16"));
  CHECK_THROWS_WITH(CsvRows(folder / "none.csv", {.x = {"a"}}), Contains("cannot open"));
}

}  // namespace
}  // namespace reel
