// An autoencoder whose reconstructions of pictures a person would accept.
#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/rows.h"

namespace reel {
namespace {

Sequential build(const ZooConfig& config) {
  const LayerPtr layers[] = {
      Input({config.features}),
      Dense(128, {.activation = relu}),
      Dense(config.encoding_size, {.activation = relu}),
      Dense(128, {.activation = relu}),
      Dense(config.features, {.activation = sigmoid}),
  };
  Sequential model({std::begin(layers), std::end(layers)},
                   {.name = "autoencoder_images", .seed = config.seed, .most_parameters = config.most_parameters});
  // Cross-entropy rather than squared error: its gradient does not vanish where a pixel is black or white.
  model.compile({.loss = BinaryCrossentropy{},
                 .optimizer = Adam{},
                 .metrics = {Metric("mean_squared_error", MeanSquaredError{}), Accuracy{}}});
  return model;
}

/// A sigmoid reaches only what lies between 0 and 1.
ZooData load(const ZooDataOptions& options) {
  ZooData data = load_autoencoder_rows(options, 0);
  for (const Samples& part : {data.x, data.validation_x, Samples(data.held_out_x)}) {
    for (const float value : part.read(0, part.shape()[0]).data<float>()) {
      if (value >= 0 && value <= 1) continue;
      throw DataError(fmt::format("{}: autoencoder_images needs numbers from 0 to 1, got {}; autoencoder takes any",
                                  options.path, value));
    }
  }
  return data;
}

}  // namespace

ZooModel zoo_autoencoder_images() {
  return {.name = "autoencoder_images",
          .description = "a deeper autoencoder that redraws Fashion-MNIST pictures from a few numbers",
          .kind = ZooKind::table,
          .epochs = 10,
          .batch_size = 128,
          .build = build,
          .load = load,
          .show = show_reconstruction_errors};
}

}  // namespace reel
