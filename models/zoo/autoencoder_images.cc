// An autoencoder whose reconstructions of pictures a person would accept.
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/rows.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) {
  const LayerPtr layers[] = {
      Input({config["features"]}),
      Dense(128, {.activation = relu}),
      Dense(config["encoding_size"], {.activation = relu}),
      Dense(128, {.activation = relu}),
      Dense(config["features"], {.activation = sigmoid}),
  };
  Sequential model({std::begin(layers), std::end(layers)},
                   {.name = "autoencoder_images", .seed = config.seed, .most_parameters = config.most_parameters});
  // Cross-entropy rather than squared error: its gradient does not vanish where a pixel is black or white.
  model.compile({.loss = BinaryCrossentropy{}, .optimizer = Adam{}, .metrics = {"mean_squared_error", Accuracy{}}});
  return model;
}

}  // namespace

ZooModel zoo_autoencoder_images() {
  ZooModel model = image_autoencoder(
      "autoencoder_images", "a deeper autoencoder that redraws Fashion-MNIST pictures from a few numbers", build,
      [](const ZooDataOptions& options) { return load_unit_rows(options, "autoencoder_images"); },
      autoencoder_options());
  model.epoch_seconds = 1.2;
  return model;
}

}  // namespace reel
