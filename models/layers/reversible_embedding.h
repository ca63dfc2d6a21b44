// An embedding that also goes back: from vectors to how well each id fits.
#pragma once

#include "reel/models/layers/core.h"

namespace reel {

struct ReversibleEmbeddingOptions {
  bool tie_weights = true;  ///< whether the way back is by the same table, and not by a matrix of its own
  Initializer embeddings_initializer = "uniform";
  Regularizer embeddings_regularizer = {};
  Constraint embeddings_constraint = {};
  bool mask_zero = false;                               ///< id 0 is padding, masked in the layers that follow
  std::optional<double> logit_soft_cap = std::nullopt;  ///< logits become cap tanh(logit / cap)
  std::string name = "";
};

/// Embedding; a call with `reverse` goes back, x [rows, ..., output_dim] -> logits [rows, ..., input_dim]: x table^T,
/// or x times a matrix of its own. No mask comes with them. Not Keras's is `reverse_dtype`, of which there is only
/// null: the way back is computed in the type of the table. keras.layers.ReversibleEmbedding.
class ReversibleEmbedding : public LayerOf<ReversibleEmbedding, Embedding> {
 public:
  /// Throws ValueError unless input_dim > 0, output_dim > 0, and for a cap that is not positive.
  ReversibleEmbedding(int64_t input_dim, int64_t output_dim, ReversibleEmbeddingOptions options = {});
  std::string class_name() const override { return "ReversibleEmbedding"; }
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& input) override;
  Flow call_masked(Call& call, Flow input) const override;
  std::vector<std::string_view> call_options() const override { return {"reverse"}; }

 private:
  bool tie_weights_;
  std::optional<double> logit_soft_cap_;
  Variable reverse_embeddings_;
};

}  // namespace reel
