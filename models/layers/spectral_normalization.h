// A wrapper that keeps the largest stretch of a layer's matrix at 1.
#pragma once

#include "reel/models/layer/layer.h"

namespace reel {

struct SpectralNormalizationOptions {
  int64_t power_iterations = 1;  ///< at each call in training
  std::string name = "";
};

/// In training the layer's kernel, or else its embeddings, as a matrix with the last axis as columns, is divided by its
/// largest singular value, as power iterations from the vector of the last call estimate it; one of zeros stays. In
/// inference the layer is as it is. Gradients go through the division. Where an optimizer trains the kernel, that is
/// what is made of it: as in Keras on JAX, the normalized one is used and not kept. Miyato et al. 2018;
/// keras.layers.SpectralNormalization.
class SpectralNormalization : public LayerOf<SpectralNormalization> {
 public:
  /// Throws ValueError for no layer, and unless power_iterations > 0; building does for a layer without such a weight.
  explicit SpectralNormalization(LayerPtr layer, SpectralNormalizationOptions options = {});
  /// Of nothing yet: what a config is read into.
  SpectralNormalization() = default;
  std::string class_name() const override { return "SpectralNormalization"; }
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& input) override;
  Flow call_masked(Call& call, Flow input) const override;
  std::vector<Attribute> attributes() const override { return {{"layer", layer_}}; }

 private:
  void normalize(Call& call) const;

  LayerPtr layer_;
  int64_t power_iterations_ = 1;
  Variable kernel_, vector_u_;
};

}  // namespace reel
