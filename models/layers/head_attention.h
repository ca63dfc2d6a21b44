// Attention by several heads, each between projections of its own: what MultiHeadAttention and GroupQueryAttention have
// in common.
#pragma once

#include "reel/models/describe/extents.h"
#include "reel/models/layer/layer.h"

namespace reel {

struct EinsumDenseOptions;

struct MultiHeadAttentionOptions {
  std::optional<int64_t> value_dim = std::nullopt;  ///< of a head's values; key_dim unless given
  double dropout = 0;                               ///< of the shares, in training
  bool use_bias = true;
  Extents output_shape = {};                                          ///< of each query; its features unless given
  std::optional<std::vector<int64_t>> attention_axes = std::nullopt;  ///< all but rows, and features, unless given
  std::optional<int64_t> sliding_window = std::nullopt;               ///< query i attends to key j for |i - j| < this
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  bool use_gate = false;  ///< what heads give is multiplied with sigmoids of a projection of the query
  std::optional<int64_t> seed = std::nullopt;
  std::string name = "";
};

/// Queries [rows, queries, features], values [rows, keys, ...], and perhaps keys [rows, keys, ...], which are the
/// values unless they are given -> [rows, queries, features]. Each head projects them to key_dim, key_dim and
/// value_dim, and gives softmax(query . key / sqrt(key_dim)) values; all heads' are projected to the result. With
/// further axes, attention goes along `attention_axes`, and the others are as rows.
///
/// A query attends to a key that is valid by all of these: the values' mask [rows, keys], the keys', its own
/// [rows, queries], `attention_mask` of the call, [rows, queries, keys] or [rows, heads, queries, keys],
/// `use_causal_mask` of the call, the sliding window. One without a key attends to all alike. The queries' mask goes
/// on. `return_attention_scores` of the call gives the shares [rows, heads, queries, keys] as well, as they are before
/// the dropout.
class HeadAttention : public Layer {
 public:
  void build_many(std::span<const Type> inputs) override;
  Flows call_many(Call& call, const Flows& inputs) const override;
  std::vector<std::string_view> call_inputs() const override { return {"query", "value", "key"}; }
  std::vector<std::string_view> call_options() const override {
    return {"attention_mask", "use_causal_mask", "return_attention_scores"};
  }
  bool supports_masking() const override { return true; }
  std::vector<Attribute> attributes() const override;

 protected:
  HeadAttention(int64_t heads, int64_t key_heads, int64_t key_dim, MultiHeadAttentionOptions options);
  int64_t value_dim() const { return options_.value_dim.value_or(key_dim_); }
  /// What the names of the attributes that hold projections begin with, in Keras's class.
  virtual std::string_view attribute_prefix() const { return ""; }
  /// From kernel_initializer to bias_constraint.
  void projection_fields(Fields& f);
  /// An argument of Keras's that no config has, and that changes no number.
  void flash_attention_field(Fields& f) const;
  /// Throws ValueError for numbers that are none.
  void check_options() const;

  int64_t heads_, key_heads_, key_dim_;  // each of the key heads serves heads / key_heads queries' ones
  MultiHeadAttentionOptions options_;

 private:
  LayerPtr projection(const std::string& name, const Type& from, int64_t heads, int64_t dim, bool is_gate = false);
  LayerPtr output_projection(const Type& query);
  EinsumDenseOptions sublayer(const std::string& name, const std::string& bias_axes, bool is_gate) const;
  void check_inputs(std::span<const Type> inputs) const;
  std::vector<int> attention_axes(int rank) const;
  Var mask_of(Call& call, const Flows& inputs) const;

  LayerPtr query_, key_, gate_, value_, dropout_, output_;
};

}  // namespace reel
