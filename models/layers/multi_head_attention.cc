#include "reel/models/layers/multi_head_attention.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/layers/arguments.h"

namespace reel {
namespace {

MultiHeadAttentionOptions for_any_heads(GroupQueryAttentionOptions options) {
  return {.dropout = options.dropout,
          .use_bias = options.use_bias,
          .sliding_window = options.sliding_window,
          .kernel_initializer = std::move(options.kernel_initializer),
          .bias_initializer = std::move(options.bias_initializer),
          .kernel_regularizer = std::move(options.kernel_regularizer),
          .bias_regularizer = std::move(options.bias_regularizer),
          .activity_regularizer = std::move(options.activity_regularizer),
          .kernel_constraint = std::move(options.kernel_constraint),
          .bias_constraint = std::move(options.bias_constraint),
          .use_gate = options.use_gate,
          .seed = options.seed,
          .name = std::move(options.name)};
}

}  // namespace

MultiHeadAttention::MultiHeadAttention(int64_t num_heads, int64_t key_dim, MultiHeadAttentionOptions options)
    : LayerOf(num_heads, num_heads, key_dim, std::move(options)) {
  check();
}

void MultiHeadAttention::fields(Fields& f) {
  f.required("num_heads", heads_);
  key_heads_ = heads_;
  f.required("key_dim", key_dim_);
  std::optional<int64_t> with_default = value_dim();
  f("value_dim", with_default);
  options_.value_dim = with_default;
  f("dropout", options_.dropout);
  f("use_bias", options_.use_bias);
  f("use_gate", options_.use_gate);
  f("output_shape", options_.output_shape);
  f("attention_axes", options_.attention_axes);
  f("sliding_window", options_.sliding_window);
  projection_fields(f);
  set_activity_regularizer({});  // it is that of the projections alone, though all layers read the key
  f("seed", options_.seed);
  flash_attention_field(f);
}

void MultiHeadAttention::check() const {
  check_positive(class_name(), "num_heads", heads_);
  check_positive(class_name(), "key_dim", key_dim_);
  check_options();
}

GroupQueryAttention::GroupQueryAttention(int64_t head_dim, int64_t num_query_heads, int64_t num_key_value_heads,
                                         GroupQueryAttentionOptions options)
    : LayerOf(num_query_heads, num_key_value_heads, head_dim, for_any_heads(std::move(options))) {
  set_activity_regularizer(options_.activity_regularizer);
  check();
}

void GroupQueryAttention::fields(Fields& f) {
  f.required("head_dim", key_dim_);
  f.required("num_query_heads", heads_);
  f.required("num_key_value_heads", key_heads_);
  f("use_bias", options_.use_bias);
  f("use_gate", options_.use_gate);
  f("sliding_window", options_.sliding_window);
  f("dropout", options_.dropout);
  projection_fields(f);
  set_activity_regularizer(options_.activity_regularizer);
  f("seed", options_.seed);
  flash_attention_field(f);
}

void GroupQueryAttention::check() const {
  check_positive(class_name(), "head_dim", key_dim_);
  check_positive(class_name(), "num_query_heads", heads_);
  check_positive(class_name(), "num_key_value_heads", key_heads_);
  check_options();
  if (heads_ % key_heads_ == 0) return;
  throw ValueError(fmt::format("{}: num_query_heads must be a multiple of num_key_value_heads, got {} and {}",
                               class_name(), heads_, key_heads_));
}

void GroupQueryAttention::build_many(std::span<const Type> inputs) {
  for (const Type& input : inputs) {
    if (input.shape.rank() == 3) continue;
    throw ShapeError(fmt::format("{}: needs [rows, steps, features], got {}", class_name(), input.str()));
  }
  HeadAttention::build_many(inputs);
}

}  // namespace reel
