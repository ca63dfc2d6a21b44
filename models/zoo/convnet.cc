// Keras's example mnist_convnet.
#include "reel/models/layers/convolution.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/dropout.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/pooling.h"
#include "reel/models/layers/reshaping.h"
#include "reel/models/zoo/classes.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/rows.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) {
  const int64_t side = square_side(config), filters = config["filters"];
  const LayerPtr layers[] = {
      Input({config["features"]}),
      Reshape({side, side, 1}),
      Conv2D(filters, 3, {.padding = "same", .activation = relu}),
      MaxPooling2D(2, {.padding = "same"}),
      Conv2D(2 * filters, 3, {.padding = "same", .activation = relu}),
      MaxPooling2D(2, {.padding = "same"}),
      Flatten(),
      Dropout(config.real("dropout")),
      Dense(config["classes"], {.activation = softmax}),
  };
  Sequential model({std::begin(layers), std::end(layers)},
                   {.name = "convnet", .seed = config.seed, .most_parameters = config.most_parameters});
  compile_classifier(model, Adam{});
  return model;
}

}  // namespace

ZooModel zoo_convnet() {
  ZooModel model = classifier(
      "convnet", "two convolutions that tell what a picture of Fashion-MNIST shows", build, load_picture_classes,
      {whole_option("filters", 32, "of the first convolution; the second has twice as many", 1, 1024),
       real_option("dropout", 0.5, "share that is left out in training", 0, 0.9)},
      784, 10);
  model.epochs = 3;
  return model;
}

}  // namespace reel
