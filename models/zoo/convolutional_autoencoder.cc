// Keras's example autoencoder: pictures squeezed by convolutions, drawn again by transposed ones.
#include "reel/models/layers/convolution.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/pooling.h"
#include "reel/models/layers/reshaping.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/rows.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) {
  const int64_t side = square_side(config, 4), filters = config["filters"];
  const ConvOptions same{.padding = "same", .activation = relu};
  const ConvTransposeOptions twice{.strides = 2, .padding = "same", .activation = relu};
  const LayerPtr layers[] = {
      Input({config["features"]}),
      Reshape({side, side, 1}),
      Conv2D(filters, 3, same),
      MaxPooling2D(2, {.padding = "same"}),
      Conv2D(filters, 3, same),
      MaxPooling2D(2, {.padding = "same", .name = "code"}),
      Conv2DTranspose(filters, 3, twice),
      Conv2DTranspose(filters, 3, twice),
      Conv2D(1, 3, {.padding = "same", .activation = sigmoid}),
      Flatten(),
  };
  Sequential model(
      {std::begin(layers), std::end(layers)},
      {.name = "convolutional_autoencoder", .seed = config.seed, .most_parameters = config.most_parameters});
  compile_image_autoencoder(model);
  return model;
}

}  // namespace

ZooModel zoo_convolutional_autoencoder() {
  ZooModel model = image_autoencoder(
      "convolutional_autoencoder", "an autoencoder of convolutions, for square pictures", build,
      [](const ZooDataOptions& data) { return load_unit_rows(data, "convolutional_autoencoder"); },
      {whole_option("filters", 16, "of each convolution", 1, 1024), data_option("features", 784, "pixels")});
  model.epochs = 3;
  return model;
}

}  // namespace reel
