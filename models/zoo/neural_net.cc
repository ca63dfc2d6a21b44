// NeuralNetLearner of the AIMA notebooks: a hidden layer of sigmoids between measures and classes.
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/zoo/classes.h"
#include "reel/models/zoo/models.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) {
  const LayerPtr layers[] = {
      Input({config["features"]}),
      Dense(config["units"], {.activation = sigmoid}),
      Dense(config["classes"], {.activation = softmax}),
  };
  Sequential model({std::begin(layers), std::end(layers)},
                   {.name = "neural_net", .seed = config.seed, .most_parameters = config.most_parameters});
  compile_classifier(model, Adam{.learning_rate = 0.01});
  return model;
}

}  // namespace

ZooModel zoo_neural_net() {
  ZooModel model = classifier("neural_net", "a hidden layer of sigmoids, to tell irises apart", build,
                              load_iris_classes, {whole_option("units", 10, "of the hidden layer")}, 4, 3);
  model.epochs = 100;
  model.batch_size = 10;
  model.epoch_seconds = 0.1;
  return model;
}

}  // namespace reel
