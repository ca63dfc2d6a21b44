// What the models that read texts have in common: all but what stands between the words and the verdict.
#pragma once

#include "reel/models/layers/core.h"
#include "reel/models/zoo/reviews.h"

namespace reel {

/// The last layer: of two classes how likely the second is, of more each one's probability.
Dense class_layer(const ZooConfig& config);
/// What goes with it: crossentropy, Adam, accuracy.
CompileOptions class_options(const ZooConfig& config);

/// Embedding(vocabulary, embedding), `layers` and `class_layer`, compiled; the defaults are those of the AIMA
/// notebooks' SimpleRNNLearner.
Model make_review_model(std::string name, const std::vector<LayerPtr>& layers, const ZooConfig& config);

/// The zoo's entry for a model that `build` makes of texts.
ZooModel review_model(std::string_view name, std::string_view description, Model (*build)(const ZooConfig&),
                      std::vector<ZooOption> options);

/// Options "embedding", numbers a word, and "units" of a recurrence, with those of all models of texts.
std::vector<ZooOption> recurrence_options(int64_t units, int64_t embedding = 32, int64_t steps = kReviewSteps);

}  // namespace reel
