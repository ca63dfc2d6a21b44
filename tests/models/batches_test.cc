#include "reel/models/training/batches.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

namespace reel {
namespace {

constexpr int64_t kSteps = 40;

/// Rows of ids that begin with any number of zeros.
Tensor padded_rows(int64_t count) {
  Random random(3);
  Tensor x(DType::i32, {count, kSteps});
  for (int64_t row = 0; row < count; ++row) {
    const int64_t padding = random.below(kSteps);
    for (int64_t i = 0; i < kSteps; ++i) {
      x.data<int32_t>()[row * kSteps + i] = i < padding ? 0 : 1 + static_cast<int32_t>(random.below(100));
    }
  }
  return x;
}

/// The next batch, each time.
std::vector<Tensor> next(BatchReader& reader) {
  Batch batch;
  REQUIRE(reader.read(batch));
  return batch.data;
}

std::vector<int64_t> numbers(int64_t count) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

int64_t words(const Tensor& x, std::span<const int64_t> rows) {
  int64_t count = 0;
  for (const int64_t row : rows) {
    const auto ids = x.data<int32_t>().subspan(static_cast<size_t>(row * kSteps), kSteps);
    count += kSteps - std::count(ids.begin(), ids.end(), 0);
  }
  return count;
}

TEST_CASE("batches: each part of a balanced batch has as many words as any other", "[batches]") {
  const Tensor x = padded_rows(300);
  std::vector<int64_t> order = numbers(300);
  balance_batches(order, x, 128);
  for (size_t begin = 0; begin < 256; begin += 128) {
    const std::span<int64_t> batch = std::span(order).subspan(begin, 128);
    for (const size_t size : {16, 32, 64}) {
      for (size_t part = 0; part < 128; part += size) {
        const double share = static_cast<double>(words(x, batch.subspan(part, size))) / words(x, batch);
        CHECK(share * 128 / size == Approx(1).margin(0.1));
      }
    }
  }
}

TEST_CASE("batches: balancing leaves every row in its batch", "[batches]") {
  for (const int64_t count : {1, 5, 100, 128, 300}) {
    std::vector<int64_t> order = numbers(count);
    balance_batches(order, padded_rows(count), 128);
    for (int64_t begin = 0; begin < count; begin += 128) {
      std::sort(order.begin() + begin, order.begin() + std::min(count, begin + 128));
    }
    CHECK(order == numbers(count));
  }
}

TEST_CASE("batches: rows without ids keep their order", "[batches]") {
  std::vector<int64_t> order = numbers(100);
  balance_batches(order, Tensor(DType::f32, {100, kSteps}), 32);
  CHECK(order == numbers(100));
}

TEST_CASE("batches: a shuffled pass hands out every row once, its parts together", "[batches]") {
  const Tensor x = padded_rows(100);
  Tensor y(DType::f32, {100});
  for (int64_t i = 0; i < 100; ++i) y.data<float>()[i] = static_cast<float>(words(x, std::array{i}));
  BatchReader reader({x, y}, 32);
  Random random(1);
  reader.start(&random);
  std::vector<float> seen;
  for (int64_t i = 0; i < *reader.count(); ++i) {
    const std::vector<Tensor> batch = next(reader);
    for (int64_t row = 0; row < batch[0].shape()[0]; ++row) {
      seen.push_back(batch[1].data<float>()[row]);
      CHECK(static_cast<float>(words(batch[0], std::array{row})) == seen.back());
    }
  }
  std::vector<float> all(y.data<float>().begin(), y.data<float>().end());
  std::sort(seen.begin(), seen.end());
  std::sort(all.begin(), all.end());
  CHECK(seen == all);
}

TEST_CASE("batches: a shuffled pass has the rows in the order of balance_batches", "[batches]") {
  const Tensor x = padded_rows(300);
  BatchReader reader({x}, 128);
  Random random(1), same(1);
  reader.start(&random);
  std::vector<int64_t> order = numbers(300);
  for (int64_t i = 299; i > 0; --i) std::swap(order[i], order[same.below(static_cast<uint32_t>(i + 1))]);
  balance_batches(order, x, 128);
  const Tensor expected = Samples(x).read(order);
  for (int64_t begin = 0; begin < 300; begin += 128) {
    const Tensor batch = next(reader)[0];
    const Tensor part = expected.slice_rows(begin, begin + batch.shape()[0]);
    CHECK(std::ranges::equal(batch.data<int32_t>(), part.data<int32_t>()));
  }
}

/// Rows of a tensor, counting how many are read.
struct CountedRows final : SampleSource {
  CountedRows(Tensor tensor, int64_t& count) : its(std::move(tensor)), read_rows(&count) {}
  Type type() const override { return its.type(); }
  void read(std::span<const int64_t> rows, Tensor& to) const override {
    *read_rows += static_cast<int64_t>(rows.size());
    Samples(its).read(rows, to);
  }
  Tensor its;
  int64_t* read_rows;
};

TEST_CASE("batches: each row of a source is read once a pass", "[batches]") {
  int64_t count = 0;
  const Tensor x = padded_rows(300);
  BatchReader made({CountedRows(x, count)}, 128), held({x}, 128);
  for (int64_t pass = 1; pass <= 2; ++pass) {
    Random random(pass), same(pass);
    made.start(&random);
    held.start(&same);
    for (int64_t i = 0; i < *made.count(); ++i) {
      const Tensor of_made = next(made)[0], of_held = next(held)[0];
      CHECK(std::ranges::equal(of_made.data<int32_t>(), of_held.data<int32_t>()));
    }
    CHECK(count == 300 * pass);
  }
}

TEST_CASE("batches: a size beyond the rows takes them all", "[batches]") {
  for (const int64_t size : {int64_t{5}, int64_t{6}, INT64_MAX - 5, INT64_MAX}) {
    BatchReader reader({Tensor::zeros({5, 2})}, size);
    CHECK(*reader.count() == 1);
    Random random(1);
    for (Random* order : {static_cast<Random*>(nullptr), &random}) {
      reader.start(order);
      CHECK(next(reader)[0].shape() == Shape{5, 2});
    }
  }
}

}  // namespace
}  // namespace reel
