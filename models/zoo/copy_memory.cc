// The copying memory problem of Arjovsky, Shah and Bengio, "Unitary Evolution Recurrent Neural Networks", 2016: ten
// digits are to be said again after a long silence. Who has forgotten them guesses, and pays 10 ln 8 / (steps + 20).
#include "reel/models/layers/core.h"
#include "reel/models/zoo/memory_tasks.h"
#include "reel/models/zoo/models.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) {
  const int64_t steps = config["steps"] + 2 * kCopiedDigits;
  const LayerPtr layers[] = {
      // One-hot, and not trained.
      Embedding(kCopyTokens, kCopyTokens, {.embeddings_initializer = Identity{}, .input_length = steps}),
      recurrence_of(config, true),
      Dense(kCopyTokens, {.activation = softmax}),
  };
  layers[0]->set_trainable(false);
  Sequential model({std::begin(layers), std::end(layers)},
                   {.name = "copy_memory", .seed = config.seed, .most_parameters = config.most_parameters});
  model.compile({.loss = SparseCategoricalCrossentropy{},
                 .optimizer = RMSprop{.learning_rate = 0.001, .options = {.clipnorm = 1.0}}});
  return model;
}

}  // namespace

ZooModel zoo_copy_memory() {
  return {.name = "copy_memory",
          .description = "says ten digits again after a long silence",
          .data = "made sequences",
          .epochs = 20,
          .batch_size = 128,
          .options = {whole_option("steps", 100, "of silence", 1, 10000), cell_option(),
                      whole_option("units", 128, "of the recurrence")},
          .targets_are_classes = true,
          .build = build,
          .load = load_copying,
          .show = show_copying};
}

}  // namespace reel
