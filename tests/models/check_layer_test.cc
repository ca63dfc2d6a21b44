// Every layer goes through the check that users' layers do; and the check sees what is wrong.
#include "reel/models/testing/check_layer.h"

#include <catch2/catch.hpp>
#include <set>

#include "reel/models/layers/activations.h"
#include "reel/models/layers/attention.h"
#include "reel/models/layers/conv_lstm.h"
#include "reel/models/layers/convolution.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/dot.h"
#include "reel/models/layers/dropout.h"
#include "reel/models/layers/einsum_dense.h"
#include "reel/models/layers/gru.h"
#include "reel/models/layers/hashing.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/lookup.h"
#include "reel/models/layers/lstm.h"
#include "reel/models/layers/masking.h"
#include "reel/models/layers/merging.h"
#include "reel/models/layers/multi_head_attention.h"
#include "reel/models/layers/normalization.h"
#include "reel/models/layers/pooling.h"
#include "reel/models/layers/preprocessing.h"
#include "reel/models/layers/regularization.h"
#include "reel/models/layers/reshaping.h"
#include "reel/models/layers/resizing.h"
#include "reel/models/layers/reversible_embedding.h"
#include "reel/models/layers/row_normalization.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/layers/spectral_normalization.h"
#include "reel/models/layers/text_vectorization.h"
#include "reel/models/layers/wrappers.h"
#include "reel/models/testing/check_host_layer.h"
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
      {Reshape({2, -1}), {kRow}},
      {Permute({2, 1}), {kSequence}},
      {IdentityLayer(), {kSequence}, {.masks_first = true}},
      {Rescaling({1, 2, 3, 4}, 0.5), {kSequence}},
      {Normalization(), {kSequence}},
      {Normalization({.axis = 1, .mean = {1, 2, 3}, .variance = {1, 4, 0}, .invert = true}), {kSequence}},
      {Discretization({-1, 0, 0.5}, {.output_mode = "multi_hot"}), {kRow}},
      {Discretization({}, {.num_bins = 1, .output_mode = "count"}), {kRow}},
      {CategoryEncoding(5, {.output_mode = "count"}), {kIds}, {.most_id = 4}},
      {RepeatVector(3), {kRow}},
      {Flatten(), {kSequence}},
      {Masking(7), {kSequence}},
      {Lambda([](Var x) { return tanh(x); }), {kRow}, {.has_config = false}},
  };
}

std::vector<CheckedRow> activation_rows() {
  return {
      {ReLU({.max_value = 1.5, .negative_slope = 0.1, .threshold = 0.25}), {kRow}},
      {LeakyReLU(0.2), {kSequence}},
      {ELU(0.7), {kRow}},
      {PReLU({.alpha_initializer = Constant{0.3}, .shared_axes = {{1}}}), {kSequence}},
      {Softmax(), {kRow}},
      {Softmax({1, 2}), {kSequence}, {.masks_first = true}},
      {ActivationLayer(glu), {kRow}},
      {ActivationLayer(sparse_plus), {kRow}},
      {ActivationLayer(sparsemax), {kSequence}},
  };
}

const Type kImages = type_of({5, 6, 4});

std::vector<CheckedRow> convolving_rows() {
  return {
      {Conv1D(3, 2, {.padding = "causal", .dilation_rate = 2, .activation = tanh}), {kSequence}},
      {Conv1D(4, 2, {.strides = 2, .padding = "same", .groups = 2}), {kSequence}},
      {Conv2D(3, {3, 2}, {.strides = {2, 1}, .padding = "same", .kernel_regularizer = "l2"}), {kImages}},
      {Conv2D(2, 1), {kImages}},
      {Conv2D(2, 3, {.data_format = "channels_first"}), {type_of({2, 5, 6})}},
      {Conv1DTranspose(3, 3, {.strides = 2}), {kSequence}},
      {Conv2DTranspose(2, {3, 2}, {.strides = 2, .padding = "same", .output_padding = 1}), {kImages}},
      {DepthwiseConv1D(2, {.depth_multiplier = 2}), {kSequence}},
      {DepthwiseConv2D(3, {.padding = "same"}), {kImages}},
      {SeparableConv1D(3, 2), {kSequence}},
      {SeparableConv2D(3, 2, {.depth_multiplier = 2}), {kImages}},
  };
}

std::vector<CheckedRow> pooling_rows() {
  return {
      {MaxPooling1D(2, {.padding = "same"}), {kSequence}},
      {MaxPooling2D({2, 3}, {.strides = 2}), {kImages}},
      {AveragePooling1D(2), {kSequence}},
      {AveragePooling2D(2, {.strides = 1, .padding = "same"}), {kImages}},
      {GlobalAveragePooling1D(), {kSequence}, {.masks_first = true}},
      {GlobalAveragePooling2D({.keepdims = true}), {kImages}},
      {GlobalMaxPooling1D(), {kSequence}},
      {GlobalMaxPooling2D(), {kImages}},
      {AdaptiveAveragePooling1D(2), {kSequence}},
      {AdaptiveAveragePooling2D({2, 4}), {kImages}},
      {AdaptiveMaxPooling1D(2), {kSequence}},
      {AdaptiveMaxPooling2D(3), {kImages}},
      {ZeroPadding1D(Margin{2, 1}), {kSequence}},
      {ZeroPadding2D(), {kImages}},
      {Cropping1D(), {kSequence}},
      {Cropping2D({1, 0}, {1, 2}), {kImages}},
      {UpSampling1D(3), {kSequence}},
      {UpSampling2D({2, 3}), {kImages}},
      {UpSampling2D(2, {.interpolation = "bilinear"}), {kImages}},
      {UpSampling2D({3, 2}, {.data_format = "channels_first", .interpolation = "bicubic"}), {type_of({2, 3, 4})}},
      {UpSampling2D(2, {.interpolation = "lanczos3"}), {type_of({3, 2, 2})}},
      {UpSampling2D(2, {.interpolation = "lanczos5"}), {type_of({2, 6, 2})}},
  };
}

std::vector<CheckedRow> normalizing_rows() {
  return {
      {BatchNormalization(), {kRow}},
      {BatchNormalization({.axis = 1, .momentum = 0.9, .scale = false}), {kSequence}},
      {LayerNormalization({.gamma_initializer = "random_normal"}), {kSequence}},
      {LayerNormalization({.axis = {1, 2}, .center = false}), {kSequence}},
      {GroupNormalization({.groups = 2}), {kSequence}},
      {GroupNormalization({.groups = -1, .axis = 1}), {kSequence}},
      {RMSNormalization({.axis = 1}), {kSequence}},
      {UnitNormalization({1, 2}), {kSequence}},
      {SpatialDropout1D(0.4), {kSequence}},
      {SpatialDropout2D(0.4), {type_of({2, 3, 4})}},
      {GaussianDropout(0.4), {kSequence}},
      {AlphaDropout(0.4), {kSequence}},
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

std::vector<CheckedRow> convolving_recurrent_rows() {
  const LayerCheckOptions masked{.masks_first = true};
  const Type state = type_of({2, 2});
  return {
      {ConvLSTM1D(2, 2, {.dropout = 0.3, .recurrent_dropout = 0.2, .return_sequences = true}), {type_of({2, 3, 4})}},
      {ConvLSTM1D(2, 2, {.strides = 2, .padding = "same", .data_format = "channels_first", .return_state = true}),
       {type_of({2, 2, 5})},
       masked},
      {ConvLSTM2D(2, {2, 1}, {.dilation_rate = {2, 1}, .kernel_regularizer = "l2", .go_backwards = true}),
       {type_of({2, 3, 2, 2})}},
      {ConvLSTMCell(1, 2, 2, {}, "ConvLSTM1D"), {type_of({3, 4}), state, state}, {.has_config = false}},
  };
}

std::vector<CheckedRow> attention_rows() {
  const LayerCheckOptions masked{.masks_all = true}, causal{.call = {.use_causal_mask = true}},
      scores{.masks_all = true, .call = {.return_attention_scores = true}};
  const Type value = type_of({5, 4}), key = type_of({5, 2}), grid = type_of({2, 3, 4});
  return {
      {Attention(), {kSequence, value}, masked},
      {Attention({.use_scale = true, .score_mode = "concat", .dropout = 0.3, .seed = 2}), {kSequence, value, value}},
      {Attention({.use_scale = true}), {grid, grid}, causal},
      {AdditiveAttention({.dropout = 0.2}), {kSequence, value}, scores},
      {AdditiveAttention({.use_scale = false}), {kSequence, kSequence}, causal},
      {MultiHeadAttention(2, 3, {.value_dim = 2, .dropout = 0.2, .use_gate = true, .seed = 3}),
       {kSequence, value, key},
       scores},
      {MultiHeadAttention(2, 3,
                          {.use_bias = false, .output_shape = {2, 2}, .sliding_window = 2, .kernel_regularizer = "l2"}),
       {kSequence, kSequence},
       causal},
      {MultiHeadAttention(2, 2, {.attention_axes = {{-2}}, .activity_regularizer = "l2"}), {grid, grid}},
      {MultiHeadAttention(1, 2), {grid, grid}},
      {GroupQueryAttention(2, 4, 2, {.dropout = 0.1, .activity_regularizer = "l1"}), {kSequence, value}, masked},
  };
}

std::vector<CheckedRow> product_rows() {
  const Type grid = type_of({2, 3, 4});
  return {
      {EinsumDense("abc,cd->abd", {unknown, 3}, {.activation = tanh, .bias_axes = "d"}), {kSequence}},
      {EinsumDense("...bc,bcd->...db", {2, 3}, {.bias_axes = "d"}), {grid}},
      {EinsumDense("abcd,bcd->abcd", {2, 3, 4}, {.bias_axes = "bd", .lora_rank = 2, .lora_alpha = 3}), {grid}},
      {EinsumDense("ab...,bc->ac...", {5}, {.bias_axes = "c", .activity_regularizer = "l2"}), {grid}},
      {Dense(3, {.lora_rank = 2, .lora_alpha = 5}), {kRow}},
      {Embedding(5, 3, {.lora_rank = 2}), {kIds}},
      {ReversibleEmbedding(5, 3, {.mask_zero = true}), {kIds}},
      {ReversibleEmbedding(5, 4), {kSequence}, {.call = {.reverse = true}}},
      {ReversibleEmbedding(5, 4, {.tie_weights = false, .logit_soft_cap = 1.5}),
       {kSequence},
       {.call = {.reverse = true}}},
      {Dot(1), {kRow, kRow}},
      {Dot({2, -1}, {.normalize = true}), {kSequence, type_of({2, 2, 4})}},
      // Gradients take the singular vectors as constants, which is right for those that iterations have arrived at.
      {SpectralNormalization(Dense(3), {.power_iterations = 30}), {kRow}},
      {SpectralNormalization(Embedding(5, 3), {.power_iterations = 30}), {kIds}},
  };
}

struct HostRow {
  LayerPtr layer;
  HostValue value;
};

std::vector<HostRow> host_rows() {
  const Strings texts{"a b, B!", "", "c  a", "d"}, words{{"a", "b"}, {"c", "a"}, {"x", ""}};
  const Tensor numbers = Tensor::of<int32_t>({4, 2}, {4, 9, -7, 4, 0, 1, 9, 9});
  const std::vector<std::string> known{"b", "a"};
  return {
      {TextVectorization({.vocabulary = known}), texts},
      {TextVectorization({.max_tokens = 6, .split = "character", .ngrams = {1, 2}, .vocabulary = known}), texts},
      {TextVectorization({.standardize = "lower", .output_sequence_length = 2, .vocabulary = known}), texts},
      {TextVectorization({.max_tokens = 9,
                          .split = std::nullopt,
                          .output_mode = "one_hot",
                          .pad_to_max_tokens = true,
                          .vocabulary = known}),
       texts},
      {TextVectorization({.output_mode = "tf_idf", .vocabulary = known, .idf_weights = {0.5, 2}}), texts},
      {StringLookup({.num_oov_indices = 3, .mask_token = "", .vocabulary = known, .salt = {{3, 4}}}), words},
      {StringLookup({.vocabulary = known, .output_mode = "count"}), words},
      {StringLookup({.vocabulary = known, .invert = true}), Tensor::of<int32_t>({2, 2}, {0, 1, 2, 9})},
      {IntegerLookup({.num_oov_indices = 2, .mask_token = 0, .vocabulary = {9, 4}, .oov_method = "farmhash"}), numbers},
      {IntegerLookup({.vocabulary = {9, 4}, .output_mode = "one_hot"}), numbers},
      {Hashing(5, {.mask_value = "a", .salt = {{1, 2}}}), words},
      {Hashing(7, {.mask_value = int64_t{4}, .output_mode = "multi_hot"}), numbers},
  };
}

void check_all(const std::vector<CheckedRow>& table) {
  for (const auto& [layer, inputs, options] : table) {
    INFO(layer->class_name());
    CHECK_NOTHROW(check_layer(layer, inputs, options));
  }
}

TEST_CASE("layers hold what check_layer asks", "[layers][check_layer]") { check_all(plain_rows()); }
TEST_CASE("activation layers hold what check_layer asks", "[layers][check_layer]") { check_all(activation_rows()); }
TEST_CASE("convolutions hold what check_layer asks", "[layers][check_layer]") { check_all(convolving_rows()); }
TEST_CASE("pooling and resizing layers hold what check_layer asks", "[layers][check_layer]") {
  check_all(pooling_rows());
}
TEST_CASE("normalizing layers hold what check_layer asks", "[layers][check_layer]") { check_all(normalizing_rows()); }
TEST_CASE("merging layers hold what check_layer asks", "[layers][check_layer]") { check_all(merging_rows()); }
TEST_CASE("recurrent layers hold what check_layer asks", "[layers][check_layer]") { check_all(recurrent_rows()); }

TEST_CASE("recurrences of convolutions hold what check_layer asks", "[layers][check_layer]") {
  check_all(convolving_recurrent_rows());
}

TEST_CASE("layers of attention hold what check_layer asks", "[layers][check_layer][attention]") {
  check_all(attention_rows());
}
TEST_CASE("layers of products hold what check_layer asks", "[layers][check_layer][products]") {
  check_all(product_rows());
}

TEST_CASE("layers on the host hold what check_host_layer asks", "[layers][check_layer][text]") {
  for (const auto& [layer, value] : host_rows()) {
    INFO(layer.config().str());
    CHECK_NOTHROW(check_host_layer(layer, value));
  }
}

TEST_CASE("every class of layers goes through check_layer", "[layers][check_layer]") {
  std::set<std::string> checked, in_sources;
  for (const auto& table :
       {plain_rows(), activation_rows(), convolving_rows(), pooling_rows(), normalizing_rows(), merging_rows(),
        recurrent_rows(), convolving_recurrent_rows(), attention_rows(), product_rows()}) {
    for (const CheckedRow& row : table) checked.insert(row.layer->class_name());
  }
  for (const auto& [layer, value] : host_rows()) checked.insert(layer->class_name());
  testing::for_each_source([&](const std::filesystem::path&, const std::string& text) {
    in_sources.merge(testing::matches(text, "class_name\\(\\) const override \\{ return \"(\\w+)\"; \\}"));
  });
  CHECK(in_sources == checked);
}

/// Multiplies by its weight, in a wrong way if told to.
struct Odd : LayerOf<Odd> {
  std::string how = "right";
  double factor = 1;  // which no config has
  Variable gain;

  explicit Odd(std::string of = "right", double times = 1) : how(std::move(of)), factor(times) {}
  std::string class_name() const override { return "test>Odd"; }
  void fields(Fields& f) override {
    if (how != "forgets") f("how", how);
  }
  void build(const Type& x) override { gain = add_weight("gain", {x.shape.back()}, "ones"); }
  Var call(Call& c, Var x) const override {
    if (how == "mixes rows") return x * c[gain] + mean(x);
    if (how == "wrong gradient") return x * stop_gradient(c[gain]);
    if (how == "infinite") return x / (c[gain] * 0.0);
    return x * c[gain] * factor;
  }
};

TEST_CASE("check_layer sees what is wrong with a layer", "[layers][check_layer]") {
  register_layer<Odd>();
  CHECK_NOTHROW(check_layer(Odd(), {kRow}));
  CHECK_THROWS_WITH(check_layer(Odd("mixes rows"), {kRow}), Contains("other bits for rows 0 to 1 alone"));
  CHECK_THROWS_WITH(check_layer(Odd("wrong gradient"), {kRow}), Contains("derivative by argument"));
  CHECK_THROWS_WITH(check_layer(Odd("forgets"), {kRow}), Contains("made of"));
  CHECK_THROWS_WITH(check_layer(Odd("right", 2), {kRow}), Contains("gives other bits made of its config"));
  CHECK_THROWS_WITH(check_layer(Odd("infinite"), {kRow}), Contains("gave"));
  CHECK_THROWS_AS(check_layer(Lambda([](Var x) { return tanh(x); }), {kRow}), ValueError);
}

}  // namespace
}  // namespace reel
