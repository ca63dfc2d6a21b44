// Layers of products: shapes that equations tell, low-rank adaptation, spectral normalization in training, and what is
// refused. Values are those of the cases that Keras computed.
#include <catch2/catch.hpp>

#include "graph/interpreter.h"
#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/dot.h"
#include "reel/models/layers/einsum_dense.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/spectral_normalization.h"
#include "reel/models/model/sequential.h"

namespace reel::testing {
namespace {

using Catch::Contains;

using Dims = std::vector<int64_t>;

// Shapes as in the documentation of keras.layers.EinsumDense.
TEST_CASE("einsum dense: shapes follow from the equation", "[products]") {
  const Input row({32}), sequence({32, 128}), any_length({unknown, 128});
  CHECK(EinsumDense("ab,bc->ac", 64, {.bias_axes = "c"})(row).shape() == Dims{unknown, 64});
  CHECK(EinsumDense("abc,cd->abd", {unknown, 64}, {.bias_axes = "d"})(sequence).shape() == Dims{unknown, 32, 64});
  CHECK(EinsumDense("...x,xy->...y", 64, {.bias_axes = "y"})(sequence).shape() == Dims{unknown, 32, 64});
  CHECK(EinsumDense("abc,cd->abd", {unknown, 64})(any_length).shape() == Dims{unknown, unknown, 64});
}

TEST_CASE("einsum dense: what does not fit is told with the equation", "[products]") {
  const Input sequence({4, 3});
  const auto call = [&](const char* equation, const Extents& shape, const EinsumDenseOptions& options = {}) {
    return EinsumDense(equation, shape, options)(sequence);
  };
  CHECK_THROWS_WITH(EinsumDense("ab;bc->ac", 3), Contains("EinsumDense: equation must be as") && Contains("ab;bc->ac"));
  CHECK_THROWS_AS(EinsumDense("...ab,bc->ac", 3), ValueError);
  CHECK_THROWS_WITH(call("ab,bc->ac", 3), Contains("\"ab,bc->ac\"") && Contains("[rows, 4, 3]"));
  CHECK_THROWS_WITH(call("abc,cd->abd", 3), Contains("output_shape needs an extent for each of \"abd\""));
  CHECK_THROWS_WITH(call("abc,cd->abd", {5, 3}), Contains("'b' is 5 in output_shape, and 4 in"));
  CHECK_THROWS_WITH(call("abc,cd->abd", {unknown, unknown}), Contains("leaves open the extent of 'd'"));
  CHECK_THROWS_WITH(call("abc,cd->abe", {4, 3}), Contains("'e' comes from nowhere"));
  CHECK_THROWS_WITH(call("abc,acd->abd", {unknown, 3}), Contains("'a' is the rows"));
  CHECK_THROWS_WITH(call("abc,cd->bad", {4, 3}), Contains("the first axis, of the rows"));
  CHECK_THROWS_WITH(call("abc,cd->abd", {unknown, 3}, {.bias_axes = "c"}), Contains("bias axis 'c'"));
}

TEST_CASE("lora: what is added is trained, and the matrix is not", "[products][lora]") {
  Sequential model({Input({3}), Dense(2, {.lora_rank = 1, .lora_alpha = 4, .name = "thin"})});
  model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{.learning_rate = 0.1}});
  const Tensor x = Tensor::randn({20, 3}, 1), y = Tensor::randn({20, 2}, 2);
  const auto copies = [&] {
    std::vector<Tensor> all;
    for (const auto& [path, value] : model.weights()) all.push_back(value.clone());
    return all;
  };
  const std::vector<Tensor> first = copies();
  REQUIRE(first.size() == 4);
  CHECK(model.weights()[2].first == "thin/lora_kernel_a");
  CHECK(model.weights()[3].first == "thin/lora_kernel_b");
  const Tensor before = model.predict(x);
  for (int step = 0; step < 2; ++step) model.train_on_batch(x, y);
  const std::vector<Tensor> last = copies();
  CHECK(same_bits(first[0], last[0]));
  for (size_t i = 1; i < 4; ++i) CHECK(!same_bits(first[i], last[i]));
  CHECK(!same_bits(model.predict(x), before));
  CHECK_THROWS_WITH(Dense(2, {.lora_rank = 0}), Contains("Dense: lora_rank must be positive"));
  CHECK_THROWS_WITH(Dense(2, {.kernel_constraint = NonNeg{}, .lora_rank = 1}), Contains("exclude each other"));
}

TEST_CASE("spectral normalization: a kernel that is trained is what the optimizer makes of it", "[products]") {
  // Of a kernel 3 [1, 0] [0, 0.5]: from u = [1, 0] iterations stay there, and the stretch is 3.
  Sequential model({Input({2}), SpectralNormalization(Dense(2, {.use_bias = false, .name = "d"}), {.name = "s"})});
  CHECK(model.weights()[0].first == "s/d/kernel");
  CHECK(model.weights()[1].first == "s/vector_u");
  CHECK(model.weights().size() == 2);
  model.set_weights({Tensor::of<float>({2, 2}, {3, 0, 0, 0.5f}), Tensor::of<float>({1, 2}, {1, 0})});
  model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{.learning_rate = 1}});
  // y = x K / 3 = [1, 0.5 / 3]; loss = mean((y - t)^2); t = [1, 0]: dy = [0, 1 / 6]. K/3's gradient is x^T dy = [0,
  // 1/6] in both of its rows. K_01 and K_11 move by a third of that; the stretch is K_00, of which the gradient is
  // -sum(dN N) / 3, N = K / 3: -(1/6)(1/6) / 3.
  model.train_on_batch(Tensor::of<float>({1, 2}, {1, 1}), Tensor::of<float>({1, 2}, {1, 0}));
  const Tensor kernel = model.weights()[0].second;
  CHECK(kernel.at(0) == Approx(3 + 1.0 / 108).epsilon(1e-6));
  CHECK(kernel.at(1) == Approx(-1.0 / 18).epsilon(1e-6));
  CHECK(kernel.at(2) == Approx(0).margin(1e-7));
  CHECK(kernel.at(3) == Approx(0.5 - 1.0 / 18).epsilon(1e-6));
  CHECK(model.weights()[1].second.at(0) == 1);
  CHECK_THROWS_WITH(SpectralNormalization(Dense(2))({Input({2}), Input({2})}), Contains("takes one input"));
  CHECK_THROWS_WITH(SpectralNormalization(ActivationLayer(tanh))(Input({2})), Contains("\"kernel\" or \"embeddings\""));
  CHECK_THROWS_WITH(SpectralNormalization(Dense(2), {.power_iterations = 0}), Contains("power_iterations"));
}

TEST_CASE("dot: axes that do not fit are told", "[products]") {
  const Input a({4, 3}), b({5, 3});
  CHECK(Dot(2)({a, b}).shape() == Dims{unknown, 4, 5});
  CHECK_THROWS_WITH(Dot(1)({a, b}), Contains("axis 1 of [rows, 4, 3] and axis 1 of [rows, 5, 3] differ, 4 against 5"));
  CHECK_THROWS_WITH(Dot(0)({a, b}), Contains("axis 0 of [rows, 4, 3] is none beside the rows"));
  CHECK_THROWS_WITH(Dot({1, 1, 1}), Contains("Dot: axes"));
  CHECK_THROWS_WITH(Dot(1)({a, b, a}), Contains("takes two values, got 3"));
}

}  // namespace
}  // namespace reel::testing
