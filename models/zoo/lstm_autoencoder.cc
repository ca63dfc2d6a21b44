// An autoencoder of sequences: one LSTM reads the rows of a picture, another writes them.
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/lstm.h"
#include "reel/models/layers/reshaping.h"
#include "reel/models/layers/wrappers.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/rows.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) {
  const int64_t side = square_side(config);
  const LayerPtr layers[] = {
      Input({config["features"]}),
      Reshape({side, side}),
      LSTM(config["encoding_size"], {.name = "code"}),
      RepeatVector(side),
      LSTM(config["encoding_size"], {.return_sequences = true}),
      TimeDistributed(Dense(side, {.activation = sigmoid})),
      Flatten(),
  };
  Sequential model({std::begin(layers), std::end(layers)},
                   {.name = "lstm_autoencoder", .seed = config.seed, .most_parameters = config.most_parameters});
  compile_image_autoencoder(model);
  return model;
}

}  // namespace

ZooModel zoo_lstm_autoencoder() {
  return image_autoencoder(
      "lstm_autoencoder", "an autoencoder that reads the rows of a picture as steps of a sequence", build,
      [](const ZooDataOptions& data) { return load_unit_rows(data, "lstm_autoencoder"); }, autoencoder_options(128));
}

}  // namespace reel
