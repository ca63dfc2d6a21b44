// AutoencoderLearner of the AIMA notebooks, with the notebook's choices: every bias starts at one and every kernel near
// zero, so that plain SGD first unlearns the ones, and in its 200 epochs comes to blurred outlines of the pictures.
// autoencoder_images shows what better choices do.
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/rows.h"

namespace reel {
namespace {

// Batches of ten make 200 steps an epoch of this, and there are 200 epochs.
constexpr int64_t kDefaultPictures = 2000;

Model build(const ZooConfig& config) {
  const auto dense = [](int64_t units) {
    return Dense(units, {.activation = relu, .kernel_initializer = RandomUniform{}, .bias_initializer = Ones{}});
  };
  const LayerPtr layers[] = {Input({config["features"]}), dense(config["encoding_size"]), dense(config["features"])};
  Sequential model({std::begin(layers), std::end(layers)},
                   {.name = "autoencoder", .seed = config.seed, .most_parameters = config.most_parameters});
  model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{.learning_rate = 0.01}, .metrics = {Accuracy{}}});
  return model;
}

}  // namespace

ZooModel zoo_autoencoder() {
  ZooModel model = image_autoencoder(
      "autoencoder", "the notebook's autoencoder, two Dense layers, on Fashion-MNIST or rows of your own", build,
      [](const ZooDataOptions& options) { return load_autoencoder_rows(options, kDefaultPictures); },
      autoencoder_options());
  model.epochs = 200;
  model.batch_size = 10;
  model.epoch_seconds = 0.1;
  return model;
}

}  // namespace reel
