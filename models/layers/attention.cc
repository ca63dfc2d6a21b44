#include "reel/models/layers/attention.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/layers/attention_shares.h"
#include "reel/models/layers/dropout.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

constexpr double kMaskedBy = 1e9;  // a score that is so much less has no share

/// query + key of all pairs, [rows, ..., queries, keys, features].
Var sums_of_pairs(Var queries, Var keys) { return expand_dims(queries, -2) + expand_dims(keys, -3); }

}  // namespace

void ScoredAttention::build_many(std::span<const Type> inputs) {
  const auto shape = [&](size_t i) { return inputs[i].shape; };
  const auto fail = [&](const char* expected) {
    std::string got;
    for (const Type& input : inputs) got += (got.empty() ? "" : ", ") + input.str();
    throw ShapeError(fmt::format("{}: expected {}, got {}", class_name(), expected, got));
  };
  if (inputs.size() != 2 && inputs.size() != 3) fail("queries, values and perhaps keys");
  for (const Type& input : inputs) {
    if (input.shape.rank() < 3) fail("queries, values and keys [rows, ..., steps, features]");
  }
  const size_t keys = inputs.size() - 1;
  if (shape(0).back() != shape(keys).back()) fail("as many features in the queries as in the keys");
  if (shape(1)[shape(1).rank() - 2] != shape(keys)[shape(keys).rank() - 2]) fail("as many values as keys");
  set_seed(seed_);
  build(inputs[0]);
}

Flows ScoredAttention::call_many(Call& call, const Flows& inputs) const {
  const Var given = inputs[0].value;
  const DType type = typed_by() ? call[typed_by()].dtype() : given.dtype() == DType::i32 ? DType::f32 : given.dtype();
  const Var queries = cast(given, type), values = cast(inputs[1].value, type), keys = cast(inputs.back().value, type);
  Var of_pairs = scores(call, queries, keys);
  const Shape& shape = of_pairs.shape();
  Var mask;
  if (inputs[1].mask) mask = expand_dims(inputs[1].mask, -2);
  if (call.options().use_causal_mask) {
    mask = both_masks(mask, causal_mask(call.graph(), shape[shape.rank() - 2], shape.back()));
  }
  if (mask) of_pairs = where(mask, of_pairs, of_pairs - kMaskedBy);
  Var shares = shares_of(of_pairs);
  if (const Var kept = dropout_mask(call, shape.without_axis(0), dropout_)) shares = shares * cast(kept, type);
  Var y = matmul(shares, values);
  const Var valid = inputs[0].mask;
  if (valid) y = where(expand_dims(valid, -1), y, call.graph().constant(0, type));
  Flows out{{y, valid}};
  if (call.options().return_attention_scores) out.push_back({shares});
  return out;
}

Attention::Attention(AttentionOptions options)
    : LayerOf(options.dropout, options.seed),
      use_scale_(options.use_scale),
      score_mode_(std::move(options.score_mode)) {
  set_default_name(options.name);
  check();
}

void Attention::fields(Fields& f) {
  f("use_scale", use_scale_);
  f("score_mode", score_mode_, {"dot", "concat"});
  f("dropout", dropout_);
  f("seed", seed_);
}

void Attention::check() const {
  check_dropout("Attention", dropout_);
  if (score_mode_ == "dot" || score_mode_ == "concat") return;
  throw ValueError(fmt::format("Attention: score_mode must be \"dot\" or \"concat\", got \"{}\"", score_mode_));
}

void Attention::build(const Type&) {
  if (use_scale_) scale_ = add_weight("scale", {}, "ones");
  if (score_mode_ == "concat") concat_score_weight_ = add_weight("concat_score_weight", {}, "ones");
}

Var Attention::scores(Call& call, Var queries, Var keys) const {
  if (score_mode_ == "concat") {
    const Var pairs = sums_of_pairs(queries, keys);
    return call[concat_score_weight_] * reduce_sum(tanh(use_scale_ ? call[scale_] * pairs : pairs), -1);
  }
  const Var products = matmul(queries, swapaxes(keys, -2, -1));
  return use_scale_ ? products * call[scale_] : products;
}

AdditiveAttention::AdditiveAttention(AdditiveAttentionOptions options)
    : LayerOf(options.dropout, options.seed), use_scale_(options.use_scale) {
  set_default_name(options.name);
  check();
}

void AdditiveAttention::fields(Fields& f) {
  f("use_scale", use_scale_);
  f("dropout", dropout_);
  f("seed", seed_);
}

void AdditiveAttention::check() const { check_dropout("AdditiveAttention", dropout_); }

void AdditiveAttention::build(const Type& query) {
  if (use_scale_) scale_ = add_weight("scale", {query.shape.back()}, "glorot_uniform");
}

Var AdditiveAttention::scores(Call& call, Var queries, Var keys) const {
  const Var pairs = tanh(sums_of_pairs(queries, keys));
  return reduce_sum(use_scale_ ? pairs * call[scale_] : pairs, -1);
}

}  // namespace reel
