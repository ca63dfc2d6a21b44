// Keras's example lstm_character_level_text_generation: which character comes next, at every step of a text.
#include "reel/models/layers/core.h"
#include "reel/models/zoo/characters.h"
#include "reel/models/zoo/made.h"
#include "reel/models/zoo/models.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) {
  const LayerPtr layers[] = {
      Embedding(config["kinds"], 32, {.input_length = config["steps"]}),
      recurrence_of(config, true),
      Dense(config["kinds"], {.activation = softmax}),
  };
  Sequential model({std::begin(layers), std::end(layers)},
                   {.name = "char_lm", .seed = config.seed, .most_parameters = config.most_parameters});
  model.compile(
      {.loss = SparseCategoricalCrossentropy{}, .optimizer = Adam{.learning_rate = 0.003}, .metrics = {Accuracy{}}});
  return model;
}

}  // namespace

ZooModel zoo_char_lm() {
  return {.name = "char_lm",
          .description = "writes text, character by character, in the manner of what it has read",
          .data = "Debian's licences; or any text file, or a folder of .txt files",
          .epochs = 10,
          .batch_size = 64,
          .options = {whole_option("steps", 60, "characters that it looks back on", 1, 10000), cell_option(),
                      whole_option("units", 128, "of the recurrence"),
                      whole_option("stride", 20, "characters from one window to the next", 1, 10000),
                      whole_option("characters", 300, "to write", 1, 1000000),
                      whole_option("sharpness", 2, "power of the probabilities that characters are drawn by", 1, 100),
                      data_option("kinds", 128, "of characters, and one for all others", 1001)},
          .targets_are_classes = true,
          .build = build,
          .load = load_characters,
          .show = show_writing,
          .answer = write_on};
}

}  // namespace reel
