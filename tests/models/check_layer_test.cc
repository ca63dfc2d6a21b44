// Every layer goes through the check that users' layers do; and the check sees what is wrong.
#include "reel/models/testing/check_layer.h"

#include <catch2/catch.hpp>
#include <set>

#include "reel/models/layers/core.h"
#include "reel/models/layers/dropout.h"
#include "reel/models/layers/gru.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/lstm.h"
#include "reel/models/layers/masking.h"
#include "reel/models/layers/merging.h"
#include "reel/models/layers/normalization.h"
#include "reel/models/layers/regularization.h"
#include "reel/models/layers/reshaping.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/layers/wrappers.h"
#include "reel/ops/ops.h"
#include "sources.h"

namespace reel {
namespace {

using Catch::Contains;

const Type kRow{DType::f32, {rows, 4}}, kSequence{DType::f32, {rows, 3, 4}}, kIds{DType::i32, {rows, 3}};

struct CheckedRow {
  LayerPtr layer;
  std::vector<Type> inputs;
  LayerCheckOptions options = {};
};

Type type_of(std::initializer_list<int64_t> of_row) { return {DType::f32, Shape(of_row).with_inserted(0, rows)}; }

std::vector<CheckedRow> plain_rows() {
  return {
      {Input({4}), {kRow}},
      {Dense(3, {.activation = tanh, .kernel_regularizer = "l2"}), {kRow}},
      {Dense(3), {kSequence}},
      {Embedding(5, 3, {.mask_zero = true}), {kIds}},
      {ActivationLayer(softplus), {kSequence}},
      {Dropout(0.4), {kSequence}},
      {Dropout(0.4, {.noise_shape = {{-1, 1, 4}}}), {kSequence}},
      {GaussianNoise(0.3, {.seed = 3}), {kRow}},
      {ActivityRegularization({.l1 = 0.1, .l2 = 0.2}), {kRow}},
      {BatchNormalization(), {kRow}},
      {BatchNormalization({.axis = 1, .momentum = 0.9, .scale = false}), {kSequence}},
      {Reshape({2, -1}), {kRow}},
      {RepeatVector(3), {kRow}},
      {Flatten(), {kSequence}},
      {Masking(7), {kSequence}},
      {Lambda([](Var x) { return tanh(x); }), {kRow}, {.has_config = false}},
  };
}

std::vector<CheckedRow> merging_rows() {
  return {
      {Add(), {kSequence, kSequence, kSequence}},
      {Subtract(), {kRow, kRow}},
      {Multiply(), {kSequence, kRow}},
      {Average(), {kRow, kRow}},
      {Maximum(), {kRow, kRow}},
      {Minimum(), {kRow, kRow}},
      {Concatenate(), {kSequence, type_of({3, 2})}},
      {Concatenate(1), {kSequence, type_of({2, 4})}},
  };
}

std::vector<CheckedRow> recurrent_rows() {
  const LayerCheckOptions masked{.masks_first = true};
  const Type state = type_of({2});
  return {
      {SimpleRNN(3, {.dropout = 0.3, .recurrent_dropout = 0.2, .return_sequences = true}), {kSequence}},
      {LSTM(2, {.dropout = 0.3, .return_state = true}), {kSequence}, masked},
      {GRU(2, {.recurrent_dropout = 0.3, .reset_after = false}), {kSequence}},
      {LSTM(2), {kSequence, state, state}},
      {SimpleRNNCell(2), {kRow, state}},
      {LSTMCell(2, {.dropout = 0.2}), {kRow, state, state}},
      {GRUCell(2), {kRow, state}},
      {StackedRNNCells({LSTMCell(2), GRUCell(2)}), {kRow, state, state, state}},
      {RNN(StackedRNNCells({LSTMCell(2, {.dropout = 0.2}), GRUCell(3)})), {kSequence}, masked},
      {Bidirectional(GRU(2, {.return_sequences = true}), {.merge_mode = "mul"}), {kSequence}, masked},
      {TimeDistributed(Dense(2)), {kSequence}},
      {TimeDistributed(LSTM(2)), {type_of({2, 3, 4})}},
  };
}

void check_all(const std::vector<CheckedRow>& table) {
  for (const auto& [layer, inputs, options] : table) {
    INFO(layer->class_name());
    CHECK_NOTHROW(check_layer(layer, inputs, options));
  }
}

TEST_CASE("layers hold what check_layer asks", "[layers][check_layer]") { check_all(plain_rows()); }
TEST_CASE("merging layers hold what check_layer asks", "[layers][check_layer]") { check_all(merging_rows()); }
TEST_CASE("recurrent layers hold what check_layer asks", "[layers][check_layer]") { check_all(recurrent_rows()); }

TEST_CASE("every class of layers goes through check_layer", "[layers][check_layer]") {
  std::set<std::string> checked, in_sources;
  for (const auto& table : {plain_rows(), merging_rows(), recurrent_rows()}) {
    for (const CheckedRow& row : table) checked.insert(row.layer->class_name());
  }
  testing::for_each_source([&](const std::filesystem::path&, const std::string& text) {
    in_sources.merge(testing::matches(text, "class_name\\(\\) const override \\{ return \"(\\w+)\"; \\}"));
  });
  CHECK(in_sources == checked);
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
  CHECK_THROWS_AS(check_layer(Lambda([](Var x) { return tanh(x); }), {kRow}), ValueError);
}

}  // namespace
}  // namespace reel
