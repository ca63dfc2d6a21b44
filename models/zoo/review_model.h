// What the models that read film reviews have in common: all but the recurrence.
#pragma once

#include "reel/models/zoo/reviews.h"

namespace reel {

/// Embedding(5000, 32), `recurrence` and Dense(1, sigmoid), compiled as in the AIMA notebooks' SimpleRNNLearner.
Sequential make_review_model(std::string name, LayerPtr recurrence, const ZooConfig& config);

/// The zoo's entry for a model that `build` makes with `make_review_model`.
ZooModel review_model(std::string_view name, std::string_view description, Sequential (*build)(const ZooConfig&));

}  // namespace reel
