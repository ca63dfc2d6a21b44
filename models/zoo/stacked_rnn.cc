// Recurrences on top of each other: all but the last hand on every step.
#include "reel/models/layers/gru.h"
#include "reel/models/layers/lstm.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/review_model.h"

namespace reel {
namespace {

LayerPtr recurrence(const ZooConfig& config, bool return_sequences) {
  const int64_t units = config["units"];
  if (config.word("cell") == "lstm") return LSTM(units, {.return_sequences = return_sequences});
  if (config.word("cell") == "gru") return GRU(units, {.return_sequences = return_sequences});
  return SimpleRNN(units, {.return_sequences = return_sequences});
}

Model build(const ZooConfig& config) {
  std::vector<LayerPtr> layers;
  for (int64_t i = 1; i <= config["layers"]; ++i) layers.push_back(recurrence(config, i < config["layers"]));
  return make_review_model("stacked_rnn", layers, config);
}

}  // namespace

ZooModel zoo_stacked_rnn() {
  std::vector<ZooOption> options = recurrence_options(64, 32, 200);
  options.push_back(whole_option("layers", 3, "recurrences, one on the other", 1, 16));
  options.push_back(word_option("cell", {"gru", "lstm", "simple_rnn"}, "what they are"));
  return review_model("stacked_rnn", "three GRU(64), one on the other, over 200 words of a review", build,
                      std::move(options));
}

}  // namespace reel
