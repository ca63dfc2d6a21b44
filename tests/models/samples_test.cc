#include "reel/models/training/samples.h"

#include <catch2/catch.hpp>
#include <numeric>

#include "reel/graph/error.h"
#include "reel/models/data/sequences.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

using Catch::Contains;

/// Row i is [i, i + 0.5], and reading notes how many rows were asked for at a time.
class Counting final : public SampleSource {
 public:
  Counting(int64_t count, std::vector<size_t>& reads) : count_(count), reads_(&reads) {}
  Type type() const override { return {DType::f32, {count_, 2}}; }
  void read(std::span<const int64_t> rows, Tensor& to) const override {
    reads_->push_back(rows.size());
    float* next = to.data<float>().data();
    for (const int64_t row : rows) {
      *next++ = static_cast<float>(row);
      *next++ = static_cast<float>(row) + 0.5F;
    }
  }

 private:
  int64_t count_;
  std::vector<size_t>* reads_;
};

/// A source of the type it is given.
struct Typed final : SampleSource {
  explicit Typed(Type type) : its(type) {}
  Type type() const override { return its; }
  void read(std::span<const int64_t>, Tensor&) const override {}
  Type its;
};

std::vector<std::vector<int32_t>> some_sequences() {
  std::vector<std::vector<int32_t>> sequences;
  for (int32_t i = 0; i < 70; ++i) {
    std::vector<int32_t> ids(static_cast<size_t>(i * 7 % 13));
    std::iota(ids.begin(), ids.end(), i % 5 + 1);
    sequences.push_back(std::move(ids));
  }
  return sequences;
}

Sequential small_model() {
  const std::vector<LayerPtr> layers{Embedding(30, 4, {.input_length = 9}), SimpleRNN(5),
                                     Dense(1, {.activation = sigmoid})};
  Sequential model(layers, {.seed = 3});
  model.compile({.loss = "binary_crossentropy", .optimizer = "adam", .metrics = {"accuracy"}});
  return model;
}

TEST_CASE("samples: rows of a tensor share its memory, those of a source are made", "[samples]") {
  const Tensor tensor = Tensor::of(Shape{3, 2}, std::vector<float>{0, 0.5F, 1, 1.5F, 2, 2.5F});
  std::vector<size_t> reads;
  const Samples whole = tensor, made = Counting(3, reads);
  CHECK(whole.read(1, 3).raw() == tensor.raw() + 8);
  for (const Samples& samples : {whole, made}) {
    CHECK(samples.type() == tensor.type());
    CHECK(samples.read(1, 3).at(0) == 1);
    CHECK(samples.slice_rows(1, 3).slice_rows(1, 2).shape() == Shape{1, 2});
    CHECK(samples.slice_rows(1, 3).slice_rows(1, 2).read(0, 1).at(1) == 2.5);
    CHECK(samples.read(std::array<int64_t, 2>{2, 0}).at(0) == 2);
  }
  CHECK(!reads.empty());
  CHECK_FALSE(Samples());
  CHECK_FALSE(Samples(Tensor()));
}

TEST_CASE("samples: a source without a number of rows is refused", "[samples]") {
  CHECK_THROWS_WITH(Samples(Typed({DType::f32, {}})), Contains("needs a number of rows, [n, ...], got []"));
  CHECK_THROWS_WITH(Samples(Typed({DType::f32, {rows, 3}})), Contains("got [rows, 3]"));
  CHECK_THROWS_AS(Samples(std::shared_ptr<const SampleSource>()), ValueError);
}

TEST_CASE("samples: what a model makes of padded sequences is what it makes of their tensor", "[samples]") {
  const auto sequences = some_sequences();
  const Tensor padded = pad_sequences(sequences, {.maxlen = 9});
  const Samples made = PaddedSequences(sequences, {.maxlen = 9});
  Tensor y(DType::f32, {70});
  for (int i = 0; i < 70; ++i) y.data<float>()[i] = static_cast<float>(i % 3 == 0);
  Sequential a = small_model(), b = small_model();
  const FitOptions options{.batch_size = 16, .epochs = 2, .verbose = Verbose::silent, .validation_split = 0.2};
  const History of_tensor = a.fit(padded, y, options), of_source = b.fit(made, y, options);
  CHECK(a.weights_sha256() == b.weights_sha256());
  CHECK(of_tensor["val_loss"] == of_source["val_loss"]);
  CHECK(a.evaluate(padded, y)["loss"] == b.evaluate(made, y)["loss"]);
  CHECK(std::ranges::equal(a.predict(padded).data<float>(), b.predict(made).data<float>()));
}

TEST_CASE("samples: a model asks for a batch at a time", "[samples]") {
  std::vector<size_t> reads;
  const Samples x = Counting(10, reads);
  Sequential model{Dense(1)};
  model.compile({.loss = "mse", .optimizer = "sgd"});
  model.fit(x, Tensor::zeros({10, 1}), {.batch_size = 4, .verbose = Verbose::silent});
  CHECK(reads == std::vector<size_t>{4, 4, 2});
  CHECK(model.predict(x).shape() == Shape{10, 1});
  CHECK_THROWS_WITH(model.fit(x, Tensor::zeros({9, 1})),
                    Contains("same number of rows, at least one, got [10, 2] and [9, 1]"));
}

/// Puts a tensor of its own in place of the one to write to.
struct Replacing final : SampleSource {
  explicit Replacing(Tensor tensor) : its(std::move(tensor)) {}
  Type type() const override { return {DType::f32, {100, 5}}; }
  void read(std::span<const int64_t>, Tensor& to) const override { to = its; }
  Tensor its;
};

TEST_CASE("samples: a source sets the elements of the tensor that it is given", "[samples]") {
  Sequential model{Input({5}), Dense(1)};
  model.compile({.loss = "mse"});
  const std::string before = model.weights_sha256();
  for (const Tensor& other : {Tensor::zeros({32, 5}), Tensor::zeros({1, 5}), Tensor::zeros({32, 5}, DType::i32),
                              Tensor::zeros({32, 2}), Tensor()}) {
    CHECK_THROWS_AS(model.fit(Replacing(other), Tensor::zeros({100, 1})), ShapeError);
    CHECK_THROWS_AS(model.predict(Samples(Replacing(other)).slice_rows(10, 20)), ShapeError);
  }
  CHECK_THROWS_WITH(model.predict(Replacing(Tensor::zeros({1, 5}))),
                    "Samples: a source sets the elements of the tensor that it is given, f32[32, 5]; it put another "
                    "f32[1, 5] in its place");
  CHECK(model.weights_sha256() == before);
}

TEST_CASE("samples: rows that are not there are not read", "[samples]") {
  const std::vector<std::vector<int32_t>> sequences{{1, 2}, {3}, {4, 5, 6}};
  const PaddedSequences source(sequences);
  std::vector<size_t> reads;
  for (const Samples& samples : {Samples(pad_sequences(sequences)), Samples(source), Samples(Counting(3, reads))}) {
    for (const int64_t row : {int64_t{-1}, int64_t{3}, INT64_MAX, INT64_MIN}) {
      CAPTURE(row);
      CHECK_THROWS_WITH(samples.read(std::vector{int64_t{0}, row}), Contains("has no row " + std::to_string(row)));
      CHECK_THROWS_AS(samples.slice_rows(1, 3).read(std::vector{row == 3 ? 2 : row}), ValueError);
    }
    CHECK_THROWS_AS(samples.read(0, 4), ValueError);
    CHECK_THROWS_AS(samples.read(-1, 2), ValueError);
    CHECK_THROWS_AS(samples.read(2, 1), ValueError);
    CHECK_THROWS_AS(samples.slice_rows(INT64_MIN, INT64_MAX), ValueError);
    Tensor narrow(samples.dtype(), {3, 1}), few(samples.dtype(), {1, samples.shape()[1]}), none;
    const std::vector<int64_t> two{0, 1};
    for (Tensor* to : {&narrow, &few, &none}) CHECK_THROWS_AS(samples.read(two, *to), ShapeError);
  }
  Tensor to(DType::i32, {1, 3});
  CHECK_THROWS_AS(source.read(std::vector{int64_t{3}}, to), ValueError);
  CHECK_THROWS_AS(PaddedSequences(sequences, {.maxlen = INT64_MAX}), ShapeError);
  CHECK_THROWS_AS(pad_sequences(sequences, {.maxlen = INT64_MAX}), ShapeError);
}

TEST_CASE("samples: a source may be shared", "[samples]") {
  std::vector<size_t> reads;
  const auto shared = std::make_shared<Counting>(10, reads);
  Sequential model{Dense(1)};
  model.compile({.loss = "mse"});
  model.fit(shared, Tensor::zeros({10, 1}), {.verbose = Verbose::silent});
  CHECK(model.predict(std::make_shared<const Counting>(4, reads)).shape() == Shape{4, 1});
  CHECK_FALSE(reads.empty());
  CHECK_THROWS_AS(Samples(std::shared_ptr<Counting>()), ValueError);
}

TEST_CASE("samples: a batch beyond all rows is all rows", "[samples]") {
  const Tensor x = Tensor::randn({10, 5}, 1), y = Tensor::zeros({10, 1});
  Sequential model{Dense(1)};
  model.compile({.loss = "mse"});
  CHECK(model.fit(x, y, {.batch_size = INT64_MAX, .verbose = Verbose::silent})["loss"].size() == 1);
  CHECK(model.evaluate(x, y, {.batch_size = INT64_MAX}).entries() == model.evaluate(x, y).entries());
  CHECK(model.predict(x, {.batch_size = INT64_MAX}).shape() == Shape{10, 1});
}

TEST_CASE("rows to validate on are read so many at a time as is said, or as those to train on", "[samples]") {
  std::vector<size_t> reads;
  Sequential model({Input({2}), Dense(1)}, {.seed = 3});
  model.compile({.loss = "mse", .optimizer = "sgd"});
  const auto reads_of = [&](int64_t validation_batch_size) {
    const Samples x(std::make_shared<Counting>(7, reads));
    FitOptions options{.batch_size = 4,
                       .verbose = Verbose::silent,
                       .validation_data = {x, Tensor::zeros({7, 1})},
                       .validation_batch_size = validation_batch_size};
    reads.clear();
    model.fit(Tensor::zeros({8, 2}), Tensor::zeros({8, 1}), options);
    return reads;
  };
  CHECK(reads_of(3) == std::vector<size_t>{3, 3, 1});
  CHECK(reads_of(5) == std::vector<size_t>{5, 2});
  CHECK(reads_of(0) == std::vector<size_t>{4, 3});
}

}  // namespace
}  // namespace reel
