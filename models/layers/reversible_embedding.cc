#include "reel/models/layers/reversible_embedding.h"

#include <fmt/format.h>

#include <cmath>

#include "reel/graph/error.h"
#include "reel/ops/ops.h"

namespace reel {

ReversibleEmbedding::ReversibleEmbedding(int64_t input_dim, int64_t output_dim, ReversibleEmbeddingOptions options)
    : LayerOf(input_dim, output_dim,
              EmbeddingOptions{.embeddings_initializer = std::move(options.embeddings_initializer),
                               .embeddings_regularizer = std::move(options.embeddings_regularizer),
                               .embeddings_constraint = std::move(options.embeddings_constraint),
                               .mask_zero = options.mask_zero,
                               .name = std::move(options.name)}),
      tie_weights_(options.tie_weights),
      logit_soft_cap_(options.logit_soft_cap) {
  check();
}

void ReversibleEmbedding::fields(Fields& f) {
  Embedding::fields(f);
  f("tie_weights", tie_weights_);
  f.only("reverse_dtype", "null");
  f("logit_soft_cap", logit_soft_cap_);
}

void ReversibleEmbedding::check() const {
  Embedding::check();
  if (!logit_soft_cap_ || (std::isfinite(*logit_soft_cap_) && *logit_soft_cap_ > 0)) return;
  throw ValueError(
      fmt::format("ReversibleEmbedding: logit_soft_cap must be positive and finite, got {}", *logit_soft_cap_));
}

void ReversibleEmbedding::build(const Type& input) {
  Embedding::build(input);
  if (tie_weights_) return;
  reverse_embeddings_ = add_weight("reverse_embeddings", {output_dim_, input_dim_}, options_.embeddings_initializer);
}

Flow ReversibleEmbedding::call_masked(Call& call, Flow input) const {
  if (!call.options().reverse) return Embedding::call_masked(call, input);
  const Var matrix = tie_weights_ ? table(call) : call[reverse_embeddings_], x = cast(input.value, matrix.dtype());
  const Var logits = tie_weights_ ? matmul_nt(x, matrix) : matmul(x, matrix);
  return {logit_soft_cap_ ? tanh(logits / *logit_soft_cap_) * *logit_soft_cap_ : logits};
}

}  // namespace reel
