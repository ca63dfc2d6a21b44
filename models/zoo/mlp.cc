// Two Dense layers with Dropout behind each, as in Keras's examples of MNIST.
#include "reel/models/layers/core.h"
#include "reel/models/layers/dropout.h"
#include "reel/models/layers/input.h"
#include "reel/models/zoo/classes.h"
#include "reel/models/zoo/models.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) {
  const double rate = config.real("dropout");
  const LayerPtr layers[] = {
      Input({config["features"]}),
      Dense(config["units"], {.activation = relu}),
      Dropout(rate),
      Dense(config["units"], {.activation = relu}),
      Dropout(rate),
      Dense(config["classes"], {.activation = softmax}),
  };
  Sequential model({std::begin(layers), std::end(layers)},
                   {.name = "mlp", .seed = config.seed, .most_parameters = config.most_parameters});
  compile_classifier(model, Adam{});
  return model;
}

}  // namespace

ZooModel zoo_mlp() {
  return classifier("mlp", "two Dense layers that tell what a picture of Fashion-MNIST shows", build,
                    load_picture_classes,
                    {whole_option("units", 512, "of each of the two layers"),
                     real_option("dropout", 0.2, "share that is left out in training", 0, 0.9)},
                    784, 10);
}

}  // namespace reel
