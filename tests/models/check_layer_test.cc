// Every layer goes through the check that users' layers do; and the check sees what is wrong.
#include "reel/models/testing/check_layer.h"

#include <catch2/catch.hpp>

#include "reel/models/layers/core.h"
#include "reel/models/layers/dropout.h"
#include "reel/models/layers/gru.h"
#include "reel/models/layers/lstm.h"
#include "reel/models/layers/masking.h"
#include "reel/models/layers/merging.h"
#include "reel/models/layers/normalization.h"
#include "reel/models/layers/regularization.h"
#include "reel/models/layers/reshaping.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/layers/wrappers.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

using Catch::Contains;

const Type kRow{DType::f32, {rows, 4}}, kSequence{DType::f32, {rows, 3, 4}}, kIds{DType::i32, {rows, 3}};

TEST_CASE("layers hold what check_layer asks", "[layers][check_layer]") {
  check_layer(Dense(3, {.activation = tanh, .kernel_regularizer = "l2"}), {kRow});
  check_layer(Dense(3), {kSequence});
  check_layer(Embedding(5, 3, {.mask_zero = true}), {kIds});
  check_layer(ActivationLayer(softplus), {kSequence});
  check_layer(Dropout(0.4), {kSequence});
  check_layer(Dropout(0.4, {.noise_shape = {{-1, 1, 4}}}), {kSequence});
  check_layer(GaussianNoise(0.3, {.seed = 3}), {kRow});
  check_layer(ActivityRegularization({.l1 = 0.1, .l2 = 0.2}), {kRow});
  check_layer(BatchNormalization(), {kRow});
  check_layer(BatchNormalization({.axis = 1, .momentum = 0.9, .scale = false}), {kSequence});
  check_layer(Reshape({2, -1}), {kRow});
  check_layer(RepeatVector(3), {kRow});
  check_layer(Flatten(), {kSequence});
}

TEST_CASE("merging layers hold what check_layer asks", "[layers][check_layer]") {
  check_layer(Add(), {kSequence, kSequence, kSequence});
  check_layer(Subtract(), {kRow, kRow});
  check_layer(Multiply(), {kSequence, {DType::f32, {rows, 4}}});
  check_layer(Average(), {kRow, kRow});
  check_layer(Maximum(), {kRow, kRow});
  check_layer(Minimum(), {kRow, kRow});
  check_layer(Concatenate(), {kSequence, {DType::f32, {rows, 3, 2}}});
  check_layer(Concatenate(1), {kSequence, {DType::f32, {rows, 2, 4}}});
}

TEST_CASE("recurrent layers hold what check_layer asks", "[layers][check_layer]") {
  const LayerCheckOptions masked{.masks_first = true};
  check_layer(SimpleRNN(3, {.dropout = 0.3, .recurrent_dropout = 0.2, .return_sequences = true}), {kSequence});
  check_layer(LSTM(2, {.dropout = 0.3, .return_state = true}), {kSequence}, masked);
  check_layer(GRU(2, {.recurrent_dropout = 0.3, .reset_after = false}), {kSequence});
  check_layer(LSTM(2), {kSequence, {DType::f32, {rows, 2}}, {DType::f32, {rows, 2}}});
  check_layer(RNN(StackedRNNCells({LSTMCell(2, {.dropout = 0.2}), GRUCell(3)})), {kSequence}, masked);
  check_layer(Bidirectional(GRU(2, {.return_sequences = true}), {.merge_mode = "mul"}), {kSequence}, masked);
  check_layer(TimeDistributed(Dense(2)), {kSequence});
  check_layer(TimeDistributed(LSTM(2)), {{DType::f32, {rows, 2, 3, 4}}});
}

/// Multiplies by its weight, in a wrong way if told to.
struct Odd : LayerOf<Odd> {
  std::string how = "right";
  Variable gain;

  explicit Odd(std::string of = "right") : how(std::move(of)) {}
  std::string class_name() const override { return "test>Odd"; }
  void fields(Fields& f) override {
    if (how != "forgets") f("how", how);
  }
  void build(const Type& x) override { gain = add_weight("gain", {x.shape.back()}, "ones"); }
  Var call(Call& c, Var x) const override {
    if (how == "mixes rows") return x * c[gain] + mean(x);
    if (how == "wrong gradient") return x * stop_gradient(c[gain]);
    if (how == "infinite") return x / (c[gain] * 0.0);
    return x * c[gain];
  }
};

TEST_CASE("check_layer sees what is wrong with a layer", "[layers][check_layer]") {
  register_layer<Odd>();
  CHECK_NOTHROW(check_layer(Odd(), {kRow}));
  CHECK_THROWS_WITH(check_layer(Odd("mixes rows"), {kRow}), Contains("other bits for rows 0 to 1 alone"));
  CHECK_THROWS_WITH(check_layer(Odd("wrong gradient"), {kRow}), Contains("derivative by argument"));
  CHECK_THROWS_WITH(check_layer(Odd("infinite"), {kRow}), Contains("gave"));
  CHECK_THROWS_AS(check_layer(Lambda([](Var x) { return x; }), {kRow}), ValueError);
  CHECK_NOTHROW(check_layer(Lambda([](Var x) { return tanh(x); }), {kRow}, {.has_config = false}));
}

}  // namespace
}  // namespace reel
