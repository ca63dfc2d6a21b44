#include "reel/models/zoo/review_model.h"

namespace reel {

Dense class_layer(const ZooConfig& config) {
  if (config["classes"] == 2) return Dense(1, {.activation = sigmoid});
  return Dense(config["classes"], {.activation = softmax});
}

CompileOptions class_options(const ZooConfig& config) {
  const Loss loss = config["classes"] == 2 ? Loss(BinaryCrossentropy{}) : Loss(SparseCategoricalCrossentropy{});
  return {.loss = loss, .optimizer = Adam{}, .metrics = {Accuracy{}}};
}

Model make_review_model(std::string name, const std::vector<LayerPtr>& layers, const ZooConfig& config) {
  std::vector<LayerPtr> all{
      Embedding(config["vocabulary"], config["embedding"], {.input_length = config["steps"]}),
  };
  all.insert(all.end(), layers.begin(), layers.end());
  all.push_back(class_layer(config));
  Sequential model(std::move(all),
                   {.name = std::move(name), .seed = config.seed, .most_parameters = config.most_parameters});
  model.compile(class_options(config));
  return model;
}

ZooModel review_model(std::string_view name, std::string_view description, Model (*build)(const ZooConfig&),
                      std::vector<ZooOption> options) {
  return {.name = name,
          .description = description,
          .data = "film reviews of IMDB; or a folder of folders of .txt files, or a .csv of texts and classes",
          .kind = ZooKind::reviews,
          .epochs = 10,
          .batch_size = 128,
          .options = std::move(options),
          .build = build,
          .load = load_reviews,
          .show = show_reviews,
          .answer = judge_text};
}

std::vector<ZooOption> recurrence_options(int64_t units, int64_t embedding, int64_t steps) {
  std::vector<ZooOption> options{whole_option("units", units, "of a recurrence"),
                                 whole_option("embedding", embedding, "numbers that stand for a word")};
  for (ZooOption& option : review_options(steps)) options.push_back(std::move(option));
  return options;
}

}  // namespace reel
