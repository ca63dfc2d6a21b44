// SimpleRNNLearner of the AIMA notebooks: does a reviewer like the film?
#include "reel/models/layers/core.h"
#include "reel/models/layers/recurrent.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/reviews.h"

namespace reel {
namespace {

Sequential build(const ZooConfig& config) {
  const LayerPtr layers[] = {
      Embedding(kReviewVocabulary, 32, {.input_length = config.steps}),
      SimpleRNN(128),
      Dense(1, {.activation = sigmoid}),
  };
  Sequential model({std::begin(layers), std::end(layers)}, {.name = "simple_rnn", .seed = config.seed});
  model.compile({.loss = BinaryCrossentropy{}, .optimizer = Adam{}, .metrics = {Accuracy{}}});
  return model;
}

}  // namespace

ZooModel zoo_simple_rnn() {
  return {.name = "simple_rnn",
          .description = "SimpleRNN(128) over the last 500 words of a film review: liked or not",
          .kind = ZooKind::text,
          .epochs = 10,
          .batch_size = 128,
          .build = build,
          .load = load_reviews,
          .show = show_reviews};
}

}  // namespace reel
