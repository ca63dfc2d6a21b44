// The adding problem of Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997: of a long sequence of numbers two
// are marked, and their sum is asked for. Who cannot remember so far back says 1, and is wrong by 0.1667 in the square.
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/zoo/memory_tasks.h"
#include "reel/models/zoo/models.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) {
  const LayerPtr layers[] = {Input({config["steps"], 2}), recurrence_of(config), Dense(1)};
  Sequential model({std::begin(layers), std::end(layers)},
                   {.name = "adding_problem", .seed = config.seed, .most_parameters = config.most_parameters});
  model.compile({.loss = MeanSquaredError{}, .optimizer = Adam{.learning_rate = 0.002, .options = {.clipnorm = 1.0}}});
  return model;
}

}  // namespace

ZooModel zoo_adding_problem() {
  return {.name = "adding_problem",
          .description = "adds the two numbers of a long sequence that are marked",
          .data = "made sequences",
          .epochs = 20,
          .batch_size = 64,
          .options = {whole_option("steps", 100, "numbers of a sequence", 2, 10000), cell_option(),
                      whole_option("units", 64, "of the recurrence")},
          .build = build,
          .load = load_adding,
          .show = show_adding};
}

}  // namespace reel
