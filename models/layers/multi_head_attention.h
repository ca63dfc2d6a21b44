// Attention by heads: MultiHeadAttention, and GroupQueryAttention, in which heads share keys and values.
#pragma once

#include "reel/models/layers/head_attention.h"

namespace reel {

/// Attention by `num_heads` heads; see HeadAttention. As Keras's call, it takes the queries' mask from the queries
/// alone: one that the call gives does not count. Not Keras's is `flash_attention`, of which there is only null or
/// false: scores live in tiles of few rows as it is. Vaswani et al. 2017; keras.layers.MultiHeadAttention.
class MultiHeadAttention : public LayerOf<MultiHeadAttention, HeadAttention> {
 public:
  /// Throws ValueError for sizes that are not positive, and for a dropout that is not in [0, 1].
  MultiHeadAttention(int64_t num_heads, int64_t key_dim, MultiHeadAttentionOptions options = {});
  std::string class_name() const override { return "MultiHeadAttention"; }
  void fields(Fields& f) override;
  void check() const override;
  bool takes_mask(size_t input) const override { return input != 0; }
};

struct GroupQueryAttentionOptions {
  double dropout = 0;  ///< of the shares, in training
  bool use_bias = true;
  std::optional<int64_t> sliding_window = std::nullopt;  ///< query i attends to key j for |i - j| < this
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};  ///< of each projection, and once more of the result, as in Keras
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  bool use_gate = false;  ///< what heads give is multiplied with sigmoids of a projection of the query
  std::optional<int64_t> seed = std::nullopt;
  std::string name = "";
};

/// The same over sequences, where each of `num_key_value_heads` heads of keys and values serves as many of the queries'
/// heads. `flash_attention` is as there. Ainslie et al. 2023; keras.layers.GroupQueryAttention.
class GroupQueryAttention : public LayerOf<GroupQueryAttention, HeadAttention> {
 public:
  /// Throws ValueError for sizes that are not positive, for heads of queries that are no multiple of those of keys, and
  /// for a dropout that is not in [0, 1].
  GroupQueryAttention(int64_t head_dim, int64_t num_query_heads, int64_t num_key_value_heads,
                      GroupQueryAttentionOptions options = {});
  std::string class_name() const override { return "GroupQueryAttention"; }
  std::string python_name() const override { return "GroupedQueryAttention"; }
  void fields(Fields& f) override;
  void check() const override;
  void build_many(std::span<const Type> inputs) override;

 private:
  std::string_view attribute_prefix() const override { return "_"; }
};

}  // namespace reel
