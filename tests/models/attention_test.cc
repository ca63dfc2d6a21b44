// Attention in models: what calls are given beside their inputs, as configs tell it; and what is refused. Values are
// those of the cases that Keras computed.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "graph/interpreter.h"
#include "reel/graph/error.h"
#include "reel/models/describe/json.h"
#include "reel/models/layers/attention.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/multi_head_attention.h"
#include "reel/models/layers/reversible_embedding.h"
#include "reel/models/model/sequential.h"

namespace reel::testing {
namespace {

using Catch::Contains;

/// Predictions of a model made of this config, with the weights of `model`.
std::vector<Tensor> predict_read(const Model& model, const Json& config, const std::vector<Tensor>& x) {
  Model again = Model::from_config(config_of(config));
  std::vector<Tensor> values;
  for (const auto& [name, value] : model.weights()) values.push_back(value);
  again.set_weights(values);
  return again.predict_all(x);
}

Json config_json(const Model& model) { return json_of(LayerPtr(model).config()); }

/// The only call of the model's layer of this name.
Json& call_of(Json& config, const std::string& name) {
  for (Json& layer : config["config"]["layers"]) {
    if (layer["name"] == name) return layer["inbound_nodes"][0];
  }
  FAIL(name);
  return config;
}

void check_same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) CHECK(same_bits(a[i], b[i]));
}

TEST_CASE("attention: masks and switches of a call go through configs", "[attention][model_config]") {
  const Input q({4, 3}, {.name = "q"}), v({5, 3}, {.name = "v"}), pairs({4, 5}, {.name = "pairs"}),
      valid({5}, {.name = "valid"});
  const MultiHeadAttention attend(2, 3, {.name = "attend"});
  const std::vector<SymbolicTensor> y = attend.outputs({q, v}, {.mask = {SymbolicTensor(), valid},
                                                                .attention_mask = pairs,
                                                                .use_causal_mask = true,
                                                                .return_attention_scores = true});
  REQUIRE(y.size() == 2);
  CHECK(y[0].shape() == std::vector<int64_t>{unknown, 4, 3});
  CHECK(y[1].shape() == std::vector<int64_t>{unknown, 2, 4, 5});
  Model model({q, v, pairs, valid}, y);
  std::vector<Tensor> x{Tensor::randn({6, 4, 3}, 1), Tensor::randn({6, 5, 3}, 2), Tensor::full({6, 4, 5}, 1),
                        Tensor::full({6, 5}, 1)};
  x[2].data<float>()[1 * 5 + 1] = 0;  // query 1 may not attend to key 1
  x[3].data<float>()[0] = 0;          // nor any to key 0
  Json config = config_json(model);
  Json& call = call_of(config, "attend");
  CHECK(call["args"].size() == 2);
  CHECK(call["kwargs"]["use_causal_mask"] == true);
  CHECK(call["kwargs"]["return_attention_scores"] == true);
  CHECK(call["kwargs"]["attention_mask"]["config"]["keras_history"] == Json::array({"pairs", 0, 0}));
  CHECK(call["kwargs"]["value_mask"]["config"]["keras_history"] == Json::array({"valid", 0, 0}));
  CHECK(!call["kwargs"].contains("query_mask"));
  const std::vector<Tensor> expected = model.predict_all(x);
  const auto share = [&](int64_t query, int64_t key) { return expected[1].at(query * 5 + key); };
  CHECK(share(0, 0) == Approx(0.2));  // query 0 is left without a key, and attends to all alike
  CHECK(share(1, 1) == Approx(0.2));
  CHECK(share(2, 0) == 0);
  CHECK(share(2, 1) + share(2, 2) == Approx(1));
  CHECK(share(2, 3) == 0);
  check_same(predict_read(model, config, x), expected);
  // Keras writes arguments as they were given: by position or by name.
  call["kwargs"]["value"] = call["args"][1];
  call["args"].erase(1);
  check_same(predict_read(model, config, x), expected);
  call["kwargs"]["use_causal_mask"] = "yes";
  CHECK_THROWS_WITH(Model::from_config(config_of(config)),
                    Contains("\"attend\"") && Contains("true or false as use_causal_mask") && Contains("yes"));
  call["kwargs"].erase("use_causal_mask");
  call["kwargs"]["use_causal_masks"] = true;
  CHECK_THROWS_WITH(Model::from_config(config_of(config)), Contains("use_causal_masks") && Contains("not supported"));
}

TEST_CASE("attention: masks of a list of inputs are a list", "[attention][model_config]") {
  const Input q({4, 3}, {.name = "q"}), v({5, 3}, {.name = "v"}), valid({5}, {.name = "valid"});
  const SymbolicTensor y = Attention({.name = "attend"})({q, v}, {.mask = {SymbolicTensor(), valid}});
  Model model({q, v, valid}, std::vector<SymbolicTensor>{y});
  Json config = config_json(model);
  const Json& mask = call_of(config, "attend")["kwargs"]["mask"];
  REQUIRE(mask.size() == 2);
  CHECK(mask[0].is_null());
  CHECK(mask[1]["config"]["keras_history"] == Json::array({"valid", 0, 0}));
  std::vector<Tensor> x{Tensor::randn({6, 4, 3}, 1), Tensor::randn({6, 5, 3}, 2), Tensor::full({6, 5}, 1)};
  for (int64_t key = 2; key < 5; ++key) x[2].data<float>()[static_cast<size_t>(key)] = 0;
  const std::vector<Tensor> before = model.predict_all(x);
  check_same(predict_read(model, config, x), before);
  for (int64_t i = 6; i < 15; ++i) x[1].data<float>()[static_cast<size_t>(i)] = 7;  // what row 0 does not see
  check_same(model.predict_all(x), before);
}

TEST_CASE("attention: weights have Keras's paths, and copies of a layer have the same", "[attention]") {
  const Input q({4, 3}), v({5, 3});
  const MultiHeadAttention attend(2, 3, {.use_gate = true, .name = "attend"}), copy = attend;
  Model model({q, v}, {attend({q, v}), copy({q, v})});
  std::vector<std::string> paths;
  for (const auto& [path, value] : model.weights()) paths.push_back(path);
  const std::vector<std::string> keras{"attend/query/kernel",
                                       "attend/query/bias",
                                       "attend/key/kernel",
                                       "attend/key/bias",
                                       "attend/gate/kernel",
                                       "attend/gate/bias",
                                       "attend/value/kernel",
                                       "attend/value/bias",
                                       "attend/attention_output/kernel",
                                       "attend/attention_output/bias"};
  CHECK(paths == keras);
  const std::vector<Tensor> y =
      model.predict_all(std::vector<Tensor>{Tensor::randn({6, 4, 3}, 1), Tensor::randn({6, 5, 3}, 2)});
  CHECK(same_bits(y[0], y[1]));
}

TEST_CASE("attention: a call is refused what its layer does not take", "[attention]") {
  const Input q({4, 3}), v({5, 3}), ids({4}, DType::i32);
  CHECK_THROWS_WITH(Dense(2)(q, {.use_causal_mask = true}), Contains("Dense: its call takes no use_causal_mask"));
  CHECK_THROWS_WITH(Attention()({q, v}, {.attention_mask = q}),
                    Contains("takes no attention_mask, only use_causal_mask, return_attention_scores"));
  CHECK_THROWS_WITH(Embedding(3, 2)(ids, {.reverse = true}), Contains("Embedding: its call takes no reverse"));
  CHECK_NOTHROW(ReversibleEmbedding(5, 3)(q, {.reverse = true}));
  CHECK_THROWS_WITH(Attention()({q, v}, {.mask = {q, v, q}}), Contains("3 masks for 2 inputs"));
}

TEST_CASE("attention: wrong arguments are told in a line", "[attention]") {
  CHECK_THROWS_WITH(Attention({.score_mode = "dots"}), Contains("Attention: score_mode") && Contains("\"dots\""));
  CHECK_THROWS_WITH(AdditiveAttention({.dropout = 1.5}),
                    Contains("AdditiveAttention: dropout must be in [0, 1]") && Contains("1.5"));
  CHECK_THROWS_WITH(MultiHeadAttention(0, 3),
                    Contains("MultiHeadAttention: num_heads must be positive") && Contains("0"));
  CHECK_THROWS_WITH(MultiHeadAttention(2, 3, {.value_dim = -1}),
                    Contains("value_dim must be positive") && Contains("-1"));
  CHECK_THROWS_WITH(MultiHeadAttention(2, 3, {.sliding_window = 0}),
                    Contains("sliding_window must be positive") && Contains("0"));
  CHECK_THROWS_WITH(GroupQueryAttention(2, 3, 2),
                    Contains("num_query_heads must be a multiple") && Contains("got 3 and 2"));
  const Input q({4, 3}), v({5, 3}), wide({5, 2}), row({3});
  CHECK_THROWS_WITH(Attention()({q, wide}),
                    Contains("as many features in the queries as in the keys") && Contains("[rows, 5, 2]"));
  CHECK_THROWS_WITH(Attention()({q, v, q}), Contains("as many values as keys") && Contains("[rows, 4, 3]"));
  CHECK_THROWS_WITH(Attention()(q), Contains("queries, values and perhaps keys") && Contains("[rows, 4, 3]"));
  CHECK_THROWS_WITH(MultiHeadAttention(2, 3)({q, row}), Contains("of one rank") && Contains("[rows, 3]"));
  CHECK_THROWS_WITH(MultiHeadAttention(2, 3)({q, v, q}), Contains("a key for each value") && Contains("[rows, 4, 3]"));
  CHECK_THROWS_WITH(MultiHeadAttention(2, 3, {.attention_axes = {{2}}})({q, v}),
                    Contains("attention_axes") && Contains("got 2"));
  Json config = json_of(LayerPtr(MultiHeadAttention(2, 3)).config());
  config["config"]["flash_attention"] = true;
  CHECK_THROWS_WITH(LayerPtr::from_config(config_of(config)),
                    Contains("flash_attention must be null or false") && Contains("true"));
  config["config"]["flash_attention"] = false;
  CHECK_NOTHROW(LayerPtr::from_config(config_of(config)));
}

}  // namespace
}  // namespace reel::testing
