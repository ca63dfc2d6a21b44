// Losses as Keras's configs have them, and what reductions make of their values.
#include <catch2/catch.hpp>
#include <cmath>

#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/reshaping.h"
#include "reel/models/losses/loss.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

using Catch::Contains;

Loss parsed(const char* json) { return Loss::from_config(Config::parse(json)); }

// keras.losses.serialize(...)
TEST_CASE("losses have the configs that Keras gives them", "[loss][config]") {
  const auto config = [](const Loss& loss) { return loss.config().str(); };
  CHECK(config(BinaryCrossentropy{.from_logits = true}) ==
        R"({"module":"keras.losses","class_name":"BinaryCrossentropy","config":{"name":"binary_crossentropy",)"
        R"("reduction":"sum_over_batch_size","from_logits":true,"label_smoothing":0.0,"axis":-1},)"
        R"("registered_name":null})");
  CHECK(config(SparseCategoricalCrossentropy{.ignore_class = 3, .reduction = std::nullopt}) ==
        R"({"module":"keras.losses","class_name":"SparseCategoricalCrossentropy","config":)"
        R"({"name":"sparse_categorical_crossentropy","reduction":null,"from_logits":false,"ignore_class":3},)"
        R"("registered_name":null})");
  CHECK(config("mse") == R"({"module":"keras.losses","class_name":"MeanSquaredError","config":)"
                         R"({"name":"mean_squared_error","reduction":"sum_over_batch_size"},"registered_name":null})");
  CHECK(config(Dice{.axis = {1, 2}}) == R"({"module":"keras.losses","class_name":"Dice","config":{"name":"dice",)"
                                        R"("reduction":"sum_over_batch_size","axis":[1,2]},"registered_name":null})");
  // Keras's config leaves out a Huber's delta, with which it could not be made again.
  CHECK_THAT(config(Huber{.delta = 0.5}), Contains(R"("delta":0.5)"));
  CHECK_THAT(config(Huber{}), !Contains("delta"));
}

TEST_CASE("losses come back from their configs", "[loss][config]") {
  const Loss all[] = {BinaryFocalCrossentropy{.apply_class_balancing = true, .gamma = 3},
                      CategoricalCrossentropy{.label_smoothing = 0.25, .axis = 1},
                      CategoricalFocalCrossentropy{.alpha = 0.5},
                      CosineSimilarity{.axis = 1},
                      Dice{.axis = -1},
                      Hinge{.reduction = "sum", .name = "mine"},
                      Huber{.delta = 0.5},
                      SparseCategoricalCrossentropy{.from_logits = true},
                      Tversky{.alpha = 0.25}};
  for (const Loss& loss : all) {
    INFO(loss.config().str());
    CHECK(Loss::from_config(Config::parse(loss.config().str())).config() == loss.config());
  }
  CHECK(Loss::from_config(Config::parse("\"mse\"")).name() == "mean_squared_error");
}

TEST_CASE("configs of no loss are refused by what is wrong", "[loss][config]") {
  CHECK_THROWS_WITH(parsed(R"({"class_name":"Huberish","config":{}})"), Contains("loss: \"Huberish\" is not known"));
  CHECK_THROWS_WITH(parsed(R"({"class_name":"Hinge","config":{"margin":1}})"),
                    "Hinge: \"margin\" is not known, only "
                    "name, reduction");
  CHECK_THROWS_WITH(parsed(R"({"class_name":"Hinge","config":{"reduction":"product"}})"),
                    Contains("hinge: reduction \"product\" is not known"));
  CHECK_THROWS_WITH(parsed(R"({"class_name":"BinaryCrossentropy","config":{"label_smoothing":2}})"),
                    Contains("label_smoothing must be in [0, 1], got 2"));
  CHECK_THROWS_WITH(parsed(R"({"class_name":"Dice","config":{"axis":"all"}})"), Contains("Dice: axis: expected null"));
  CHECK_THROWS_WITH(Loss([](Var, Var y) { return y; }).config(), Contains("a function has no config"));
  CHECK_THROWS_WITH(Loss{}.config(), "loss: expected a loss, got none");
  CHECK_THROWS_AS(register_loss("Mine", [] { return Loss("mse"); }), ValueError);
}

/// Of mean squares 1, 4 and 9, or of some of them.
double reduced_to(const char* reduction, const std::vector<float>& weights = {}) {
  Tape tape;
  const Var t = tape.constant(Tensor::zeros({3, 1})), y = tape.constant(Tensor::of<float>({3, 1}, {1, 2, 3}));
  const Var weight = weights.empty() ? Var{} : tape.constant(Tensor::of(weights));
  return value_of(Loss(MeanSquaredError{.reduction = reduction}).of_batch(t, y, weight).value()).item();
}

TEST_CASE("reductions sum, or divide by how many values there are or by their weights", "[loss]") {
  CHECK(reduced_to("sum_over_batch_size") == Approx(14.0 / 3));
  CHECK(reduced_to("mean") == Approx(14.0 / 3));
  CHECK(reduced_to("mean_with_sample_weight") == Approx(14.0 / 3));
  CHECK(reduced_to("sum") == 14);
  CHECK(reduced_to("sum_over_batch_size", {2, 0, 1}) == Approx(11.0 / 3));
  CHECK(reduced_to("mean_with_sample_weight", {2, 0, 1}) == Approx(11.0 / 3));
  CHECK(reduced_to("mean_with_sample_weight", {2, 1, 1}) == Approx(15.0 / 4));
  CHECK(reduced_to("mean_with_sample_weight", {0, 0, 0}) == 0);
  CHECK(reduced_to("sum", {2, 0, 1}) == 11);
  CHECK_THROWS_WITH(reduced_to("none"), Contains("mean_squared_error: reduction none leaves a value a row"));
}

TEST_CASE("a model trains by its loss's reduction", "[loss]") {
  const Tensor x = Tensor::of<float>({2, 1}, {1, 3}), y = Tensor::zeros({2, 1}),
               weight = Tensor::of<float>({2}, {3, 1});
  Sequential model({Input({1}), Dense(1, {.use_bias = false, .kernel_initializer = "ones"})});
  const auto step = [&](const char* reduction, double loss, double gradient) {
    INFO(reduction);
    model.set_weights({Tensor::ones({1, 1})});
    model.compile({.loss = MeanSquaredError{.reduction = reduction}, .optimizer = SGD{.learning_rate = 0.125}});
    CHECK(model.train_on_batch(x, y, weight)["loss"] == loss);
    CHECK(model.weights()[0].second.item() == 1 - 0.125 * gradient);
  };
  step("sum_over_batch_size", 6, 12);
  step("sum", 12, 24);
  step("mean_with_sample_weight", 3, 6);
}

TEST_CASE("overlaps are of the axes that are named, or of the batch", "[loss]") {
  Tape tape;
  const Var t = tape.constant(Tensor::of<float>({2, 2}, {1, 0, 1, 1})),
            y = tape.constant(Tensor::of<float>({2, 2}, {0.5f, 0.25f, 1, 0}));
  CHECK(value_of(Loss(Dice{})(t, y)).item() == Approx(1 - 2 * 1.5 / (3 + 1.75)));
  const Tensor by_row = value_of(Loss(Dice{.axis = -1})(t, y));
  CHECK(by_row.at(0) == Approx(1 - 2 * 0.5 / 1.75));
  CHECK(by_row.at(1) == Approx(1 - 2.0 / 3));
  CHECK(value_of(Loss(Tversky{.alpha = 0.25, .beta = 0.75})(t, y)).item() ==
        Approx(1 - 1.5 / (1.5 + 0.25 * 1.5 + 0.75 * 0.25)));
  CHECK_THROWS_WITH(Loss(Dice{.axis = 2})(t, y), Contains("dice: axis must name axes of f32[2, 2]"));
}

TEST_CASE("a model that ends in sigmoid or softmax trains by its logits, also flattened", "[loss]") {
  const Tensor x = Tensor::of<float>({1, 2}, {1, 0}), far = Tensor::of<float>({2, 2}, {60, -60, 0, 0});
  const auto loss = [&](std::vector<LayerPtr> layers, const Loss& of, const Tensor& y) {
    Sequential model(std::move(layers));
    model.build({DType::f32, {rows, 2}});
    model.set_weights({far});
    model.compile({.loss = of});
    return model.evaluate(x, y)["loss"];
  };
  const Tensor second = Tensor::of<float>({1, 2}, {0, 1});
  const DenseOptions shares{.activation = sigmoid, .use_bias = false}, plain{.use_bias = false};
  CHECK(loss({Dense(2, shares)}, "bce", second) == Approx(60));
  CHECK(loss({Dense(2, shares), Flatten()}, "bce", second) == Approx(60));
  CHECK(loss({Dense(2, plain), ActivationLayer(sigmoid)}, "bce", second) == Approx(60));
  CHECK(loss({Dense(2, plain), ActivationLayer(softmax)}, "categorical_crossentropy", second) == Approx(120));
  CHECK(loss({Dense(2, plain), ActivationLayer(softmax)}, "sparse_categorical_crossentropy",
             Tensor::of<int32_t>({1}, {1})) == Approx(120));
}

}  // namespace
}  // namespace reel
