// Sequential: what it refuses, what it says then, and that it is as good as before afterwards.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

using Catch::Contains;

/// A layer whose weight fits only inputs of four features, which it does not check.
class Careless : public Layer {
 public:
  std::string class_name() const override { return "Careless"; }
  void build(const Type&) override { kernel_ = add_weight("kernel", {4, 2}, Ones{}); }
  Var call(Call& call, Var x) const override { return matmul(x, call[kernel_]); }

 private:
  Variable kernel_;
};

Sequential two_layers() {
  Sequential model({Dense(3, {.activation = exponential, .name = "first"}), Dense(1, {.name = "second"})}, {.seed = 6});
  model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{}});
  return model;
}

TEST_CASE("a loss that is not finite stops training with the last good weights, naming op and layer", "[sequential]") {
  const Tensor x = Tensor::of<float>({3, 1}, {0.5f, -0.25f, 1e6f}), y = Tensor::zeros({3, 1});
  Sequential model = two_layers(), good = two_layers();
  const FitOptions options{.batch_size = 1, .verbose = Verbose::silent, .shuffle = false};
  model.build({DType::f32, {rows, 1}});
  // Of both signs, so that the large input overflows in one unit whatever the seed.
  Tensor(model.weights()[0].second).assign(Tensor::of<float>({1, 3}, {1, -1, 0.5f}));
  good.build({DType::f32, {rows, 1}});
  Tensor(good.weights()[0].second).assign(Tensor::of<float>({1, 3}, {1, -1, 0.5f}));
  try {
    model.fit(x, y, options);
    FAIL("no error");
  } catch (const NumericError& error) {
    CHECK_THAT(error.what(), Contains("exp") && Contains("\"first\""));
    CHECK_THAT(error.what(), !Contains("\n"));
  }
  good.fit(x.slice_rows(0, 2), y.slice_rows(0, 2), options);
  CHECK(model.weights_sha256() == good.weights_sha256());
  // It goes on from there: the step that failed counts for nothing.
  model.fit(x.slice_rows(0, 1), y.slice_rows(0, 1), options);
  good.fit(x.slice_rows(0, 1), y.slice_rows(0, 1), options);
  CHECK(model.weights_sha256() == good.weights_sha256());
}

TEST_CASE("layers that do not fit together are named, with the shapes", "[sequential]") {
  Sequential rank({Dense(4), SimpleRNN(3, {.name = "reader"})});
  CHECK_THROWS_WITH(rank.build({DType::f32, {rows, 5}}), Contains("\"reader\"") && Contains("[rows, 4]"));
  Sequential width({Dense(5), Careless()});
  CHECK_THROWS_WITH(width.build({DType::f32, {rows, 7}}),
                    Contains("matmul") && Contains("[rows, 5]") && Contains("[4, 2]") && Contains("\"careless\""));
}

TEST_CASE("a build that failed leaves nothing behind", "[sequential]") {
  Sequential model({Dense(4), SimpleRNN(3)}, {.seed = 2}), fresh({Dense(4), SimpleRNN(3)}, {.seed = 2});
  CHECK_THROWS_AS(model.build({DType::f32, {rows, 5}}), ShapeError);
  CHECK(model.parameter_count() == 0);
  model.build({DType::f32, {rows, 6, 2}});
  fresh.build({DType::f32, {rows, 6, 2}});
  CHECK(model.weights_sha256() == fresh.weights_sha256());
  CHECK(model.summary() == fresh.summary());
}

TEST_CASE("data that do not fit the model are refused with both shapes", "[sequential]") {
  Sequential model = two_layers();
  const Tensor y = Tensor::zeros({3, 1});
  model.fit(Tensor::zeros({3, 2}), y, {.verbose = Verbose::silent});
  const std::string before = model.weights_sha256();
  const FitOptions silent{.verbose = Verbose::silent};
  CHECK_THROWS_WITH(model.fit(Tensor::zeros({3, 5}), y, silent), Contains("[rows, 2]") && Contains("[rows, 5]"));
  CHECK_THROWS_WITH(model.fit(Tensor::zeros({3, 2}), Tensor::zeros({3, 4}), silent),
                    Contains("mean_squared_error") && Contains("[rows, 4]") && Contains("[rows, 1]"));
  CHECK_THROWS_WITH(model.fit(Tensor::zeros({3, 2}), Tensor::zeros({2, 1}), silent),
                    Contains("[3, 2]") && Contains("[2, 1]"));
  CHECK_THROWS_WITH(model.predict(Tensor::zeros({3, 5})), Contains("[rows, 2]") && Contains("[rows, 5]"));
  CHECK_THROWS_AS(model.fit(Tensor::zeros({0, 2}), Tensor::zeros({0, 1}), silent), ShapeError);
  CHECK_THROWS_AS(model.fit({}, {}, silent), ShapeError);
  FitOptions weighted{.verbose = Verbose::silent, .sample_weight = Tensor::zeros({2})};
  CHECK_THROWS_WITH(model.fit(Tensor::zeros({3, 2}), y, weighted),
                    Contains("sample_weight must be [3]") && Contains("got [2]"));
  FitOptions validated{.verbose = Verbose::silent, .validation_data = {Tensor::zeros({4, 2}), Tensor::zeros({3, 1})}};
  CHECK_THROWS_WITH(model.fit(Tensor::zeros({3, 2}), y, validated), Contains("[4, 2]") && Contains("[3, 1]"));
  CHECK_THROWS_AS(model.fit(Tensor::zeros({3, 2}), y, {.batch_size = 0}), ValueError);
  CHECK(model.weights_sha256() == before);
}

TEST_CASE("word ids outside the table are refused, naming the layer", "[sequential]") {
  Sequential model({Embedding(5, 2, {.input_length = 2, .name = "words"})});
  CHECK_NOTHROW(model.predict(Tensor::of<int32_t>({1, 2}, {0, 4})));
  CHECK_THROWS_WITH(model.predict(Tensor::of<int32_t>({1, 2}, {0, 5})), Contains("5") && Contains("\"words\""));
  CHECK_THROWS_AS(model.predict(Tensor::of<int32_t>({1, 2}, {-1, 0})), ValueError);
}

TEST_CASE("ids that are floats are told as they came, and those that are whole numbers picked", "[sequential]") {
  Sequential model({Embedding(5, 2, {.name = "words"})});
  const auto predict = [&](float id) { model.predict(Tensor::of<float>({2, 1}, {4, id})); };
  CHECK_NOTHROW(predict(3));
  struct Case {
    float id;
    const char* told;
  };
  for (const auto& [id, told] :
       {Case{NAN, "got nan"}, Case{INFINITY, "got inf"}, Case{-INFINITY, "got -inf"}, Case{3e9f, "got 3000000000"},
        Case{-3e9f, "got -3000000000"}, Case{2147483648.0f, "got 2147483648"}}) {
    CHECK_THROWS_AS(predict(id), ValueError);
    CHECK_THROWS_WITH(predict(id), Contains(told) && Contains("in layer \"words\""));
  }
  CHECK_THROWS_WITH(predict(2e9f), Contains("id 2000000000 is outside the table"));
}

TEST_CASE("messages show names of layers as they can be seen, and the beginning of long ones", "[sequential]") {
  const auto complaint = [](const std::string& name) {
    try {
      Sequential({Dense(4), SimpleRNN(3, {.name = name})}).build({DType::f32, {rows, 5}});
    } catch (const ShapeError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(complaint("a\x1b[2J"), Catch::EndsWith(", in layer \"a\\x1b[2J\""));
  CHECK_THAT(complaint(std::string(1000, 'x')), Catch::EndsWith(", in layer \"" + std::string(80, 'x') + "...\""));
}

TEST_CASE("a model needs layers, a loss, and known names", "[sequential]") {
  CHECK_THROWS_WITH(Sequential(std::vector<LayerPtr>{}).build({DType::f32, {rows, 2}}), Contains("needs a layer"));
  Sequential model({Dense(1)});
  CHECK_THROWS_WITH(model.fit(Tensor::zeros({1, 1}), Tensor::zeros({1, 1})), Contains("compile()"));
  CHECK_THROWS_AS(Loss("cubic"), ValueError);
  CHECK_THROWS_AS(Optimizer("climb"), ValueError);
  CHECK_THROWS_AS(Metric("beauty"), ValueError);
  CHECK_THROWS_AS(Dense(0), ValueError);
  CHECK_THROWS_AS(Dense(1, {.activation = "wavy"}), ValueError);
}

TEST_CASE("copies of a model are the same model", "[sequential]") {
  Sequential model = two_layers();
  Sequential other = model;
  model.build({DType::f32, {rows, 2}});
  CHECK(other.weights_sha256() == model.weights_sha256());
  other.train_on_batch(Tensor::ones({3, 2}), Tensor::zeros({3, 1}));
  CHECK(other.weights_sha256() == model.weights_sha256());
  const Sequential third = std::move(other);
  CHECK(third.weights_sha256() == model.weights_sha256());
}

TEST_CASE("options of fit that are none are refused", "[sequential]") {
  Sequential model = two_layers();
  const Tensor x = Tensor::zeros({3, 2}), y = Tensor::zeros({3, 1});
  CHECK_THROWS_WITH(model.fit(x, y, {.validation_data = {x, {}}}), "fit: validation_data needs x and y, got x alone");
  CHECK_THROWS_WITH(model.fit(x, y, {.validation_data = {{}, y}}), "fit: validation_data needs x and y, got y alone");
  const Tensor weight = Tensor::zeros({x.shape()[0] - 1});
  FitOptions options;
  options.validation_data.sample_weight = weight;
  CHECK_THROWS_WITH(model.fit(x, y, options), "fit: validation_data needs x and y, got sample_weight alone");
  options.validation_data = {x, y, weight};
  CHECK_THROWS_WITH(model.fit(x, y, options), Contains("sample_weight must be [3]"));
  CHECK_THROWS_WITH(model.evaluate(x, y, {.sample_weight = weight}), Contains("sample_weight must be [3]"));
  CHECK_THROWS_WITH(model.fit(x, y, {.initial_epoch = -3}), "fit: initial_epoch must not be negative, got -3");
  CHECK_THROWS_AS(model.fit(x, y, {.epochs = -1}), ValueError);
  CHECK_THROWS_AS(model.fit(x, y, {.validation_data = {x, y}, .validation_batch_size = -4}), ValueError);
}

TEST_CASE("data to validate on that do not fit are refused before the first step", "[sequential]") {
  Sequential model = two_layers();
  model.build({DType::f32, {rows, 2}});
  const std::string before = model.weights_sha256();
  const Tensor x = Tensor::randn({3, 2}, 1), y = Tensor::zeros({3, 1});
  const auto validating = [&](Tensor val_x, Tensor val_y) {
    FitOptions options{.verbose = Verbose::silent, .validation_data = {std::move(val_x), std::move(val_y)}};
    model.fit(x, y, options);
  };
  CHECK_THROWS_WITH(validating(Tensor::zeros({4, 6}), Tensor::zeros({4, 1})),
                    Contains("[rows, 2]") && Contains("[rows, 6]"));
  CHECK_THROWS_WITH(validating(Tensor::zeros({4, 2}), Tensor::zeros({4, 3})),
                    Contains("[rows, 3]") && Contains("[rows, 1]"));
  CHECK(model.weights_sha256() == before);
  // A model that is not built is built by the data to train on.
  Sequential unbuilt = two_layers();
  FitOptions options{.verbose = Verbose::silent, .validation_data = {Tensor::zeros({4, 6}), Tensor::zeros({4, 1})}};
  CHECK_THROWS_WITH(unbuilt.fit(x, y, options), Contains("takes [rows, 2]"));
}

TEST_CASE("a row without its axis of rows is told what it needs", "[sequential]") {
  Sequential model{Input({5}), Dense(1)};
  CHECK_THROWS_WITH(model.predict(Tensor::zeros({5})),
                    "predict: x: sequential takes [rows, 5], got [5]; one row alone is [1, 5]");
  CHECK_THROWS_WITH(model.predict(Tensor::zeros({6})), Contains("takes [rows, 5]"));
}

TEST_CASE("a target that is no class is told by its row in the data, in whatever order rows are read", "[sequential]") {
  const int64_t n = 100;
  Tensor y = Tensor::zeros({n}, DType::i32);
  y.data<int32_t>()[77] = 10;
  Sequential model{Dense(10, {.activation = softmax})};
  model.compile({.loss = SparseCategoricalCrossentropy{}});
  const Tensor x = Tensor::randn({n, 4}, 1);
  const char* message = "sparse_categorical_crossentropy: 10 in row 77 of the data is none of 10 classes, 0 to 9";
  CHECK_THROWS_WITH(model.fit(x, y, {.batch_size = 16, .verbose = Verbose::silent}), message);
  CHECK_THROWS_WITH(model.fit(x, y, {.batch_size = 16, .verbose = Verbose::silent, .shuffle = false}), message);
  CHECK_THROWS_WITH(model.evaluate(x, y, {.batch_size = 16}), message);
  CHECK_THROWS_AS(model.train_on_batch(x, y), RowError);
}

}  // namespace
}  // namespace reel
