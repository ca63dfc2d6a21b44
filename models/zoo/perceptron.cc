// PerceptronLearner of the AIMA notebooks: one layer, whose outputs are the classes.
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/zoo/classes.h"
#include "reel/models/zoo/models.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) {
  const LayerPtr layers[] = {
      Input({config["features"]}),
      Dense(config["classes"], {.activation = softmax}),
  };
  Sequential model({std::begin(layers), std::end(layers)},
                   {.name = "perceptron", .seed = config.seed, .most_parameters = config.most_parameters});
  compile_classifier(model, SGD{.learning_rate = 0.01});
  return model;
}

}  // namespace

ZooModel zoo_perceptron() {
  ZooModel model =
      classifier("perceptron", "one Dense layer that tells irises apart", build, load_iris_classes, {}, 4, 3);
  model.epochs = 100;
  model.batch_size = 10;
  model.epoch_seconds = 0.1;
  return model;
}

}  // namespace reel
