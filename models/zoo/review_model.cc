#include "reel/models/zoo/review_model.h"

#include "reel/models/layers/core.h"

namespace reel {

Sequential make_review_model(std::string name, LayerPtr recurrence, const ZooConfig& config) {
  const LayerPtr layers[] = {
      Embedding(kReviewVocabulary, 32, {.input_length = config.steps}),
      std::move(recurrence),
      Dense(1, {.activation = sigmoid}),
  };
  Sequential model({std::begin(layers), std::end(layers)},
                   {.name = std::move(name), .seed = config.seed, .most_parameters = config.most_parameters});
  model.compile({.loss = BinaryCrossentropy{}, .optimizer = Adam{}, .metrics = {Accuracy{}}});
  return model;
}

ZooModel review_model(std::string_view name, std::string_view description, Sequential (*build)(const ZooConfig&)) {
  return {.name = name,
          .description = description,
          .kind = ZooKind::text,
          .epochs = 10,
          .batch_size = 128,
          .build = build,
          .load = load_reviews,
          .show = show_reviews};
}

}  // namespace reel
