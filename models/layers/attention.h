// Attention without projections: each query gives a weighted mean of values, by how well their keys fit it.
#pragma once

#include "reel/models/layer/layer.h"

namespace reel {

/// Queries [rows, ..., queries, features], values [rows, ..., keys, features], and perhaps keys, which are the values
/// unless they are given -> [rows, ..., queries, features]: softmax(scores) values, with the softmax over the keys.
/// Where the values' mask [rows, keys] is 0, a score is 1e9 less; where that of the queries is 0, so is the result,
/// which has it as its mask. Calls take `use_causal_mask`, and `return_attention_scores`, which gives the shares [rows,
/// ..., queries, keys] as well, as they are after the dropout.
class ScoredAttention : public Layer {
 public:
  void build_many(std::span<const Type> inputs) override;
  Flows call_many(Call& call, const Flows& inputs) const override;
  std::vector<std::string_view> call_options() const override { return {"use_causal_mask", "return_attention_scores"}; }
  bool supports_masking() const override { return true; }

 protected:
  ScoredAttention(double dropout, std::optional<int64_t> seed) : dropout_(dropout), seed_(seed) {}
  /// [rows, ..., queries, keys] of queries and keys in the type of the weights, if there are any.
  virtual Var scores(Call& call, Var queries, Var keys) const = 0;
  /// A weight that tells the type to compute in; empty without.
  virtual const Variable& typed_by() const = 0;

  double dropout_;
  std::optional<int64_t> seed_;
};

struct AttentionOptions {
  bool use_scale = false;          ///< whether a weight scales the scores; in "concat" what goes into tanh
  std::string score_mode = "dot";  ///< "dot": query . key; "concat": weight sum(tanh(query + key))
  double dropout = 0;              ///< of the shares, in training
  std::optional<int64_t> seed = std::nullopt;
  std::string name = "";
};

/// Attention by dot products, Luong et al. 2015; see ScoredAttention. keras.layers.Attention.
class Attention : public LayerOf<Attention, ScoredAttention> {
 public:
  /// Throws ValueError for another score mode, and for a dropout that is not in [0, 1].
  explicit Attention(AttentionOptions options = {});
  std::string class_name() const override { return "Attention"; }
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& query) override;

 protected:
  Var scores(Call& call, Var queries, Var keys) const override;
  const Variable& typed_by() const override { return scale_ ? scale_ : concat_score_weight_; }

 private:
  bool use_scale_;
  std::string score_mode_;
  Variable scale_, concat_score_weight_;
};

struct AdditiveAttentionOptions {
  bool use_scale = true;  ///< whether each feature has a weight
  double dropout = 0;     ///< of the shares, in training
  std::optional<int64_t> seed = std::nullopt;
  std::string name = "";
};

/// Attention by scores sum(scale tanh(query + key)) over the features, Bahdanau et al. 2015; see ScoredAttention.
/// keras.layers.AdditiveAttention.
class AdditiveAttention : public LayerOf<AdditiveAttention, ScoredAttention> {
 public:
  /// Throws ValueError for a dropout that is not in [0, 1].
  explicit AdditiveAttention(AdditiveAttentionOptions options = {});
  std::string class_name() const override { return "AdditiveAttention"; }
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& query) override;

 protected:
  Var scores(Call& call, Var queries, Var keys) const override;
  const Variable& typed_by() const override { return scale_; }

 private:
  bool use_scale_;
  Variable scale_;
};

}  // namespace reel
