// Sequential: which types a model is built for, and which data it takes.
#include <catch2/catch.hpp>

#include "reel/graph/error.h"
#include "reel/graph/random.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/gru.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/lstm.h"
#include "reel/models/layers/reshaping.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

TEST_CASE("each weight is drawn from a stream of its own, numbered through the model", "[sequential]") {
  const Sequential model({Input({3}), Dense(3), Dense(3)}, {.seed = 5});
  const auto weights = model.weights();
  REQUIRE(weights.size() == 4);
  for (const size_t i : {0, 2}) {
    Random random(5, Purpose::weights, i);
    const Tensor expected = GlorotUniform{}({3, 3}, random);
    for (int64_t k = 0; k < expected.size(); ++k) CHECK(weights[i].second.at(k) == expected.at(k));
  }
  CHECK(weights[0].second.at(0) != weights[2].second.at(0));
}

TEST_CASE("Flatten makes all axes of a row one, in order", "[sequential]") {
  const Tensor x = Tensor::of<float>({2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  Sequential model({Input({2, 3}), Flatten(), ActivationLayer(linear)});
  const Tensor y = model.predict(x);
  CHECK(y.shape() == Shape{2, 6});
  for (int64_t i = 0; i < 12; ++i) CHECK(y.at(i) == x.at(i));
  CHECK(Sequential({Flatten()}).predict(Tensor::zeros({3})).shape() == Shape{3, 1});
  CHECK(model.layers()[1]->name() == "flatten");
}

using Catch::Contains;

/// Says that it takes eight rows, which a layer does not know.
class Stubborn : public Layer {
 public:
  std::string class_name() const override { return "Stubborn"; }
  Flow call_masked(Call&, Flow input) const override { return input; }
  Type input_type() const override { return {DType::f32, {8, 4}}; }
};

TEST_CASE("a model is built for any number of rows, and not for some", "[sequential]") {
  Sequential model({Dense(4)}, {.name = "small"});
  CHECK_THROWS_WITH(model.build({DType::f32, {8, 4}}),
                    Contains("small") && Contains("[rows, ...]") && Contains("f32[8, 4]"));
  CHECK_THROWS_AS(model.build({DType::f32, {4}}), ShapeError);
  CHECK_THROWS_AS(model.build({}), ShapeError);
  CHECK_NOTHROW(model.build({DType::f32, {rows, 4}}));
  CHECK_THROWS_WITH(model.build({DType::f32, {8, 4}}), Contains("f32[8, 4]"));
  CHECK_THROWS_WITH(Sequential({Stubborn()}, {}), Contains("f32[8, 4]"));
}

/// That whole numbers, as any type, are the same to the layer.
void check_types(const LayerPtr& layer, const Tensor& x) {
  Sequential model({layer, Dense(2)}, {.seed = 3});
  const Tensor y = Tensor::randn({x.shape()[0], 2}, 4);
  model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{.learning_rate = 0}, .metrics = {"mae"}});
  const Logs expected = model.train_on_batch(x.cast(DType::f32), y);
  for (const DType dtype : {DType::f64, DType::i32}) {
    CHECK(model.train_on_batch(x.cast(dtype), y).entries() == expected.entries());
    CHECK(model.predict(x.cast(dtype)).dtype() == DType::f32);
  }
}

TEST_CASE("layers with products take whole numbers and doubles as floats", "[sequential]") {
  const Tensor x = Tensor::of<int32_t>({2, 3, 2}, {1, 0, -2, 3, 1, 1, 4, -1, 0, 2, 5, -3});
  check_types(Dense(3), x.reshaped({2, 6}));
  check_types(SimpleRNN(3), x);
  check_types(LSTM(3), x);
  check_types(GRU(3), x);
}

TEST_CASE("a model built by doubles takes floats", "[sequential]") {
  Sequential model({Dense(2)}, {.seed = 3});
  const Tensor x = Tensor::randn({3, 4}, 1, DType::f64), as_double = model.predict(x);
  CHECK(model.weights()[0].second.dtype() == DType::f32);
  CHECK(model.predict(x.cast(DType::f32)).at(0) == as_double.at(0));
}

/// Gives what its function makes of a value.
class Applying : public Layer {
 public:
  explicit Applying(std::function<Flow(Flow)> function) : function_(std::move(function)) {}
  std::string class_name() const override { return "Applying"; }
  Flow call_masked(Call&, Flow input) const override { return function_(input); }

 private:
  std::function<Flow(Flow)> function_;
};

TEST_CASE("what a layer gives has the rows of what it gets", "[sequential]") {
  const Tensor x = Tensor::randn({3, 5}, 1);
  const auto predict = [&](LayerPtr layer) { return Sequential{std::move(layer)}.predict(x); };
  CHECK_THROWS_WITH(predict(Applying([](Flow in) { return Flow{sum_rows(in.value)}; })),
                    "layer \"applying\": expected [rows, ...], got f32[5]");
  CHECK_THROWS_WITH(predict(Applying([](Flow in) { return Flow{sum(in.value)}; })), Contains("got f32[]"));
  CHECK_THROWS_AS(predict(Applying([](Flow in) {
                    return Flow{in.value.graph().constant(Tensor::zeros({3, 5}))};
                  })),
                  ShapeError);
  CHECK_THROWS_WITH(predict(Dense(2, {.activation = [](Var v) { return sum(v); }, .name = "last"})),
                    "layer \"last\": expected [rows, ...], got f32[]");
  CHECK_THROWS_AS(predict(ActivationLayer(sum_rows)), ShapeError);
  CHECK_NOTHROW(predict(Applying([](Flow in) { return Flow{reduce_sum(in.value)}; })));

  // In a graph of one's own the rows may be a number.
  Sequential model{Dense(2)};
  model.build({DType::f32, {rows, 5}});
  Tape tape;
  CHECK(model.call(tape.parameter(x)).shape() == Shape{3, 2});
  CHECK_THROWS_WITH(model.call(Var{}), Contains("empty Var"));
}

TEST_CASE("a layer that gives no Var, or one of another graph, is named", "[sequential]") {
  const Type five{DType::f32, {rows, 5}};
  const auto complaint = [&](LayerPtr layer) -> std::string {
    try {
      Sequential{std::move(layer)}.build(five);
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  };
  const auto nothing = [](Var) { return Var{}; };
  CHECK(complaint(Applying([](Flow) { return Flow{}; })) == "layer \"applying\": gave an empty Var");
  CHECK(complaint(Dense(2, {.activation = nothing})) == "activation \"custom\": gave an empty Var, in layer \"dense\"");
  CHECK(complaint(ActivationLayer(nothing)) == "activation \"custom\": gave an empty Var, in layer \"activation\"");
  Tape other;
  CHECK(complaint(Applying([&](Flow) {
          return Flow{other.input({rows, 5})};
        })) == "layer \"applying\": gave a Var that belongs to another graph");
  CHECK(complaint(Applying([](Flow) -> Flow { throw ValueError("no"); })) == "no, in layer \"applying\"");
}

TEST_CASE("layers refuse what they cannot be made of", "[sequential]") {
  CHECK_THROWS_WITH(Embedding(3, 2, {.input_length = -4}), "Embedding: input_length must not be negative, got -4");
  CHECK_THROWS_WITH(RNN(LayerPtr()), "RNN: expected a cell, got a null pointer");
}

}  // namespace
}  // namespace reel
