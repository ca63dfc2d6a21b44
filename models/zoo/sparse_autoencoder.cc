// Keras's blog on autoencoders: codes of which few numbers are not zero, as each costs.
#include <fmt/format.h>

#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/rows.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) {
  const LayerPtr layers[] = {
      Input({config["features"]}),
      Dense(config["encoding_size"],
            {.activation = relu, .activity_regularizer = L1{config.real("l1")}, .name = "code"}),
      Dense(config["features"], {.activation = sigmoid}),
  };
  Sequential model({std::begin(layers), std::end(layers)},
                   {.name = "sparse_autoencoder", .seed = config.seed, .most_parameters = config.most_parameters});
  compile_image_autoencoder(model);
  return model;
}

/// What a code looks like, beside how far reconstructions are off.
std::string show(const ZooData& data, ZooTrained& trained) {
  Model encoder(trained.model.inputs(), {trained.model.get_layer("code")->output()});
  const Tensor codes = encoder.predict(data.held_out_x);
  int64_t zeros = 0;
  for (const float number : codes.data<float>()) zeros += number == 0;
  return show_reconstruction_errors(data, trained) +
         fmt::format("Zeros in their codes of {}: {:.1f} % (layer \"code\")\n", codes.shape()[1],
                     100.0 * static_cast<double>(zeros) / static_cast<double>(codes.size()));
}

}  // namespace

ZooModel zoo_sparse_autoencoder() {
  std::vector<ZooOption> options = autoencoder_options(64);
  options.push_back(real_option("l1", 1e-3, "what a number of a code costs, per unit", 0, 1));
  ZooModel model = image_autoencoder(
      "sparse_autoencoder", "an autoencoder whose codes are mostly zeros", build,
      [](const ZooDataOptions& data) { return load_unit_rows(data, "sparse_autoencoder"); }, std::move(options));
  model.show = show;
  model.epoch_seconds = 0.5;
  return model;
}

}  // namespace reel
