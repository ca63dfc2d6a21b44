// An autoencoder that is given noisy rows, anew in every epoch, and is to give the clean ones.
#include <algorithm>

#include "reel/graph/random.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/dropout.h"
#include "reel/models/layers/input.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/rows.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) {
  const LayerPtr layers[] = {
      Input({config["features"]}),
      GaussianNoise(config.real("noise")),  // in training alone
      Dense(128, {.activation = relu}),    Dense(config["encoding_size"], {.activation = relu, .name = "code"}),
      Dense(128, {.activation = relu}),    Dense(config["features"], {.activation = sigmoid}),
  };
  Sequential model({std::begin(layers), std::end(layers)},
                   {.name = "denoising_autoencoder", .seed = config.seed, .most_parameters = config.most_parameters});
  compile_image_autoencoder(model);
  return model;
}

/// With noise, cut off where numbers end.
Tensor noisy(const Samples& rows_of, double stddev, uint64_t seed) {
  Tensor out = rows_of.read(0, rows_of.shape()[0]).clone();
  Random random(seed);
  for (float& value : out.data<float>()) {
    value = std::clamp(value + static_cast<float>(stddev * random.normal()), 0.0f, 1.0f);
  }
  return out;
}

/// What is validated on and shown is noisy; what is trained on becomes so in the model.
ZooData load(const ZooDataOptions& options) {
  ZooData data = load_unit_rows(options, "denoising_autoencoder");
  const double stddev = options.config.real("noise");
  data.validation_x = noisy(data.validation_x, stddev, 1);
  data.held_out_x = noisy(data.held_out_x, stddev, 2);
  return data;
}

}  // namespace

ZooModel zoo_denoising_autoencoder() {
  std::vector<ZooOption> options = autoencoder_options(64);
  options.push_back(real_option("noise", 0.3, "standard deviation of what is added to each number", 0, 10));
  ZooModel model = image_autoencoder("denoising_autoencoder", "an autoencoder that takes noise out of pictures", build,
                                     load, std::move(options));
  model.epoch_seconds = 2;
  return model;
}

}  // namespace reel
