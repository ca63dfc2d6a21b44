// Keras's example timeseries_anomaly_detection: what a convolutional autoencoder of normal windows cannot draw again is
// not normal.
#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/layers/convolution.h"
#include "reel/models/layers/dropout.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/preprocessing.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/series.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) {
  const int64_t filters = config["filters"], window = config["window"];
  if (window % 4 != 0)
    throw ValueError(fmt::format("window of timeseries_anomaly: expected a multiple of 4, got {}", window));
  const ConvOptions half{.strides = 2, .padding = "same", .activation = relu};
  const ConvTransposeOptions twice{.strides = 2, .padding = "same", .activation = relu};
  const LayerPtr layers[] = {
      Input({window, config["columns"]}),
      Normalization(),
      Conv1D(filters, 7, half),
      Dropout(0.2),
      Conv1D(filters / 2, 7, half),
      Conv1DTranspose(filters / 2, 7, twice),
      Dropout(0.2),
      Conv1DTranspose(filters, 7, twice),
      Conv1DTranspose(config["columns"], 7, {.padding = "same"}),
      Normalization({.invert = true}),
  };
  Sequential model({std::begin(layers), std::end(layers)},
                   {.name = "timeseries_anomaly", .seed = config.seed, .most_parameters = config.most_parameters});
  model.compile({.loss = MeanSquaredError{}, .optimizer = Adam{}, .metrics = {"mae"}});
  return model;
}

}  // namespace

ZooModel zoo_timeseries_anomaly() {
  return {.name = "timeseries_anomaly",
          .description = "finds the steps of a series of numbers that are not as usual",
          .data = "a made series; or a file of rows, a step each: .csv, .npy; its last fifth is searched",
          .epochs = 20,
          .batch_size = 128,
          .epoch_seconds = 0.1,
          .options = {whole_option("window", 48, "steps that are looked at together, a multiple of 4", 4, 10000),
                      whole_option("filters", 32, "of the outer convolutions", 2, 1024),
                      data_option("columns", 1, "of the series", 4096)},
          .build = build,
          .load = load_normal_windows,
          .adapt = adapt_normalizations,
          .show = show_anomalies};
}

}  // namespace reel
