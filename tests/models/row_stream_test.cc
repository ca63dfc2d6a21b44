#include "reel/models/training/row_stream.h"

#include <catch2/catch.hpp>
#include <thread>

#include "reel/graph/error.h"
#include "reel/graph/run/with_threads.h"
#include "reel/graph/warning.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

using Catch::Contains;

const Tensor kX = Tensor::uniform({50, 4}, -1, 1, 5), kY = Tensor::uniform({50, 1}, -1, 1, 6);

enum class Can : uint8_t { nothing, rewind, seek };

/// Rows of kX and kY, one after the other, `passes` times.
class Rows final : public RowStream {
 public:
  explicit Rows(Can can = Can::rewind, std::optional<int64_t> count = {}, int64_t passes = 1)
      : can_(can), count_(count), end_(50 * passes) {}

  DataTypes types() const override {
    return {.x = {{DType::f32, {rows, 4}}}, .y = {{DType::f32, {rows, 1}}}, .weights = weights};
  }
  std::optional<int64_t> row_count() const override { return count_; }
  bool can_seek() const override { return can_ == Can::seek; }
  int64_t read_rows(int64_t count, std::span<Tensor> to) override {
    const int64_t got = std::min(count, end_ - next_);
    for (int64_t i = 0; i < got; ++i) {
      to[0].slice_rows(i, i + 1).assign(kX.slice_rows((next_ + i) % 50, (next_ + i) % 50 + 1));
      to[1].slice_rows(i, i + 1).assign(kY.slice_rows((next_ + i) % 50, (next_ + i) % 50 + 1));
      if (to[2]) to[2].data<float>()[i] = static_cast<float>((next_ + i) % 2);
    }
    next_ += got;
    return got;
  }
  bool go_to(int64_t row) override {
    if (can_ == Can::nothing) return row == next_;
    next_ = row;
    return true;
  }
  std::vector<Type> weights = {};

 private:
  Can can_;
  std::optional<int64_t> count_;
  int64_t end_, next_ = 0;
};

Sequential model_of(uint64_t seed = 3) {
  Sequential model({Input({4}), Dense(6, {.activation = tanh}), Dense(1)}, {.seed = seed});
  model.compile({.loss = "mse", .optimizer = "adam", .metrics = {"mae"}});
  return model;
}

FitOptions options_of(int64_t epochs, std::optional<int64_t> steps = {}) {
  return {.batch_size = 8, .epochs = epochs, .verbose = Verbose::silent, .shuffle = false, .steps_per_epoch = steps};
}

TEST_CASE("stream: a model learns of it what it learns of the same rows in memory", "[stream][threads]") {
  Sequential expected = model_of();
  const History history = expected.fit(kX, kY, options_of(3));
  for (const int count : {1, 2, 5}) {
    const WithThreads with(count);
    for (const Can can : {Can::rewind, Can::seek}) {
      for (const std::optional<int64_t> known : {std::optional<int64_t>(), std::optional<int64_t>(50)}) {
        Rows stream(can, known);
        Sequential model = model_of();
        const History got = model.fit(stream, options_of(3));
        CHECK(model.weights_sha256() == expected.weights_sha256());
        CHECK(got["loss"] == history["loss"]);
        CHECK(got["mae"] == history["mae"]);
        CHECK(model.evaluate(stream, {.batch_size = 8})["loss"] ==
              expected.evaluate(kX, kY, {.batch_size = 8})["loss"]);
        const Tensor predicted = model.predict(stream, {.batch_size = 8});
        CHECK(predicted.shape() == Shape{50, 1});
        CHECK(std::ranges::equal(predicted.data<float>(), expected.predict(kX).data<float>()));
        CHECK(model.predict(stream, {.batch_size = 8, .steps = 2}).shape() == Shape{16, 1});
        CHECK(std::isfinite(model.evaluate(stream, {.steps = 1})["loss"]));
      }
    }
  }
}

TEST_CASE("stream: goes on where it was, epoch after epoch and call after call", "[stream]") {
  Rows whole(Can::nothing, {}, 1000), parts(Can::nothing, {}, 1000);
  Sequential a = model_of(), b = model_of();
  a.fit(whole, options_of(6, 5));
  b.fit(parts, options_of(2, 5));
  for (int i = 0; i < 4; ++i) b.fit(parts, options_of(1, 5));
  CHECK(a.weights_sha256() == b.weights_sha256());
  CHECK(whole.position() == 6 * 5 * 8);
  CHECK(parts.position() == 6 * 5 * 8);
}

struct StopAfter : Callback {
  explicit StopAfter(int64_t batch) : last(batch) {}
  void on_train_batch_end(int64_t batch, const Logs&) override {
    if (batch == last) stop_training();
  }
  int64_t last;
};

TEST_CASE("stream: rows that were read ahead when training stopped are the next", "[stream]") {
  Rows stopped(Can::nothing, {}, 1000), whole(Can::nothing, {}, 1000);
  Sequential a = model_of(), b = model_of();
  FitOptions options = options_of(1, 20);
  options.callbacks = {StopAfter(4)};
  a.fit(stopped, options);
  CHECK(stopped.position() == 40);
  a.fit(stopped, options_of(1, 5));
  b.fit(whole, options_of(2, 5));
  CHECK(a.weights_sha256() == b.weights_sha256());
  CHECK(stopped.position() == 80);
}

TEST_CASE("stream: training ends with rows that cannot begin again, and a warning", "[stream]") {
  std::vector<std::string> warnings;
  const WarningHandler before = set_warning_handler([&](std::string_view text) { warnings.emplace_back(text); });
  Rows once(Can::nothing);
  Sequential model = model_of(), expected = model_of();
  CHECK(model.fit(once, options_of(3)).epochs.size() == 1);
  expected.fit(kX, kY, options_of(1));
  CHECK(model.weights_sha256() == expected.weights_sha256());
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0] == "fit: the rows have ended and cannot begin again, and training ends with them");
  CHECK(model.fit(once, options_of(3)).epochs.empty());
  CHECK_THROWS_WITH(model.evaluate(once), "evaluate: the rows have ended, and cannot begin again");
  Rows few(Can::rewind);
  warnings.clear();
  CHECK(model.fit(few, options_of(2, 10)).epochs.size() == 2);
  REQUIRE(warnings.size() == 2);
  CHECK(warnings[0] == "fit: the rows end after 7 of 10 steps_per_epoch, and the epoch with them");
  Rows just(Can::rewind);
  warnings.clear();
  const History whole = model.fit(just, options_of(3, 7));
  CHECK(whole["loss"].size() == 3);
  CHECK(warnings.empty());
  set_warning_handler(before);
}

TEST_CASE("stream: has weights of its rows, and refuses options that take rows by number", "[stream]") {
  Rows weighted;
  weighted.weights = {{DType::f32, {rows}}};
  Tensor weights(DType::f32, {50});
  for (int i = 0; i < 50; ++i) weights.data<float>()[i] = static_cast<float>(i % 2);
  Sequential a = model_of(), b = model_of();
  a.fit(weighted, options_of(2));
  FitOptions options = options_of(2);
  options.sample_weight = weights;
  b.fit(kX, kY, options);
  CHECK(a.weights_sha256() == b.weights_sha256());
  Rows stream;
  CHECK_THROWS_WITH(a.fit(stream, options), Contains("sample_weight takes rows by number"));
  CHECK_THROWS_WITH(a.fit(stream, {.validation_split = 0.5}), Contains("validation_split takes rows by number"));
  CHECK_THROWS_WITH(a.fit(stream, {.class_weight = {{0, 1.0}}}), Contains("class_weight takes rows by number"));
  CHECK_THROWS_AS(a.fit(stream, {.batch_size = 0}), ValueError);
  CHECK_THROWS_AS(a.evaluate(stream, {.steps = 0}), ValueError);
  FitOptions validating = options_of(1);
  validating.validation_data = {kX, kY};
  CHECK(a.fit(stream, validating)["val_loss"].size() == 1);
}

/// A stream of the types it is given, which reads what it is told to.
struct Typed final : RowStream {
  explicit Typed(DataTypes of, std::function<int64_t(int64_t, std::span<Tensor>)> how = {}) : its(of), read_as(how) {}
  DataTypes types() const override { return its; }
  int64_t read_rows(int64_t count, std::span<Tensor> to) override { return read_as ? read_as(count, to) : 0; }
  DataTypes its;
  std::function<int64_t(int64_t, std::span<Tensor>)> read_as;
};

TEST_CASE("stream: what does not fit is refused in one line", "[stream]") {
  Sequential model = model_of();
  const Type x{DType::f32, {rows, 4}}, y{DType::f32, {rows, 1}};
  const auto fit = [&](const DataTypes& types, std::function<int64_t(int64_t, std::span<Tensor>)> how = {}) {
    Typed stream(types, std::move(how));
    model.fit(stream, {.verbose = Verbose::silent});
  };
  CHECK_THROWS_WITH(fit({{}, {y}}), Contains("expected types of rows, [rows, ...], got none"));
  CHECK_THROWS_WITH(fit({{{DType::f32, {7, 4}}}, {y}}), Contains("expected types of rows, [rows, ...], got [7, 4]"));
  CHECK_THROWS_WITH(fit({{x, x}, {y}}), Contains("the model has 1 inputs, and rows of the stream have 2"));
  CHECK_THROWS_WITH(fit({{x}, {}}), Contains("the model has 1 outputs, and rows of the stream have 0"));
  CHECK_THROWS_WITH(fit({{x}, {y}, {y, y}}), Contains("expected a type of weights for each of 1 outputs, got 2"));
  CHECK_THROWS_AS(fit({{{DType::f32, {rows, 5}}}, {y}}), ShapeError);
  CHECK_THROWS_WITH(fit({{x}, {y}}, [](int64_t count, std::span<Tensor>) { return count + 1; }),
                    Contains("expected up to 32 rows to be read, got 33"));
  CHECK_THROWS_WITH(fit({{x}, {y}},
                        [](int64_t count, std::span<Tensor> to) {
                          to[0] = Tensor::zeros({count, 4});
                          return count;
                        }),
                    Contains("it put another in place"));
  CHECK_THROWS_WITH(fit({{x}, {y}}, [](int64_t, std::span<Tensor>) -> int64_t { throw DataError("log: is gone"); }),
                    "log: is gone");
}

TEST_CASE("stream: is read, told where it is, and moved", "[stream]") {
  for (const Can can : {Can::nothing, Can::rewind, Can::seek}) {
    Rows stream(can);
    std::vector<Tensor> to{Tensor(DType::f32, {10, 4}), Tensor(DType::f32, {10, 1}), {}};
    CHECK(stream.rewind());
    CHECK(stream.read(10, to) == 10);
    CHECK(stream.position() == 10);
    stream.take_back({.data = {to[0].slice_rows(6, 10), to[1].slice_rows(6, 10), {}}});
    stream.take_back({.data = {to[0].slice_rows(5, 6), to[1].slice_rows(5, 6), {}}});
    CHECK(stream.position() == 5);
    CHECK(stream.read(3, to) == 3);
    CHECK(to[0].at(0) == kX.at(5, 0));
    CHECK(stream.read(10, to) == 10);
    CHECK(to[0].at(2, 1) == kX.at(10, 1));
    CHECK(stream.position() == 18);
    stream.seek(30);
    CHECK(stream.read(1, to) == 1);
    CHECK(to[1].at(0) == kY.at(30));
    CHECK(stream.rewind() == (can != Can::nothing));
    if (can == Can::nothing) {
      CHECK_THROWS_WITH(stream.seek(3), "RowStream: cannot go from row 31 to row 3");
    } else {
      stream.seek(3);
      CHECK(stream.read(1, to) == 1);
      CHECK(to[0].at(0) == kX.at(3, 0));
      stream.seek(1);
      CHECK(stream.position() == 1);
    }
    if (can != Can::seek) CHECK_THROWS_AS(stream.seek(51), ValueError);
    CHECK_THROWS_AS(stream.seek(-1), ValueError);
    CHECK_THROWS_AS(stream.read(0, to), ValueError);
    CHECK_THROWS_AS(stream.read(11, to), ShapeError);
    CHECK_THROWS_AS(stream.read(1, std::span(to).first(2)), ShapeError);
  }
}

TEST_CASE("stream: a function makes its rows", "[stream]") {
  int64_t next = 0;
  GeneratedRows stream({.x = {{DType::f32, {rows, 4}}}, .y = {{DType::f32, {rows, 1}}}}, [&](std::span<Tensor> row) {
    if (next == 50) return false;
    row[0].assign(kX.slice_rows(next, next + 1));
    row[1].assign(kY.slice_rows(next, next + 1));
    ++next;
    return true;
  });
  Sequential a = model_of(), b = model_of();
  a.fit(stream, options_of(1));
  b.fit(kX, kY, options_of(1));
  CHECK(a.weights_sha256() == b.weights_sha256());
  GeneratedRows replacing(stream.types(), [&](std::span<Tensor> row) { return row[0] = Tensor::zeros({1, 4}), true; });
  CHECK_THROWS_AS(a.fit(replacing, options_of(1)), ShapeError);
}

TEST_CASE("stream: a mistake in a row is told by the row's number since the first", "[stream]") {
  Sequential model({Input({4}), Dense(10, {.activation = softmax})}, {.seed = 1});
  model.compile({.loss = "sparse_categorical_crossentropy"});
  int32_t next = 0;
  GeneratedRows stream({.x = {{DType::f32, {rows, 4}}}, .y = {{DType::i32, {rows}}}}, [&](std::span<Tensor> row) {
    row[0].assign(kX.slice_rows(next % 50, next % 50 + 1));
    row[1].data<int32_t>()[0] = next == 77 ? 10 : next % 10;
    return ++next <= 1000;
  });
  CHECK_THROWS_WITH(model.fit(stream, options_of(1, 100)), Contains("row 77 of the data"));
}

}  // namespace
}  // namespace reel
