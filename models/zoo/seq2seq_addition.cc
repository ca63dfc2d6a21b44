// Keras's example addition_rnn: sums as text, read by one LSTM and written by another.
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/lstm.h"
#include "reel/models/layers/reshaping.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/sums.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) {
  constexpr auto kCount = static_cast<int64_t>(kSumCharacters.size());
  const LayerPtr layers[] = {
      Input({question_length(config), kCount}), LSTM(config["units"]),
      RepeatVector(answer_length(config)),      LSTM(config["units"], {.return_sequences = true}),
      Dense(kCount, {.activation = softmax}),
  };
  Sequential model({std::begin(layers), std::end(layers)},
                   {.name = "seq2seq_addition", .seed = config.seed, .most_parameters = config.most_parameters});
  model.compile({.loss = SparseCategoricalCrossentropy{}, .optimizer = Adam{}, .metrics = {Accuracy{}}});
  return model;
}

}  // namespace

ZooModel zoo_seq2seq_addition() {
  return {.name = "seq2seq_addition",
          .description = "adds numbers written as text, character by character",
          .data = "made sums",
          .epochs = 30,
          .batch_size = 64,
          .options = {whole_option("digits", 3, "of each number", 1, 15), whole_option("units", 128, "of both LSTM")},
          .targets_are_classes = true,
          .build = build,
          .load = load_sums,
          .show = show_sums,
          .answer = answer_sum};
}

}  // namespace reel
