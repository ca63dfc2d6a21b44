// Keras's example timeseries_weather_forecasting: an LSTM over a window of a series says what comes some steps ahead.
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/preprocessing.h"
#include "reel/models/zoo/made.h"
#include "reel/models/zoo/models.h"
#include "reel/models/zoo/series.h"

namespace reel {
namespace {

Model build(const ZooConfig& config) {
  const LayerPtr layers[] = {
      Input({config["window"], config["columns"]}),
      Normalization(),
      recurrence_of(config),
      Dense(config["columns"]),
      Normalization({.invert = true}),
  };
  Sequential model({std::begin(layers), std::end(layers)},
                   {.name = "timeseries_forecast", .seed = config.seed, .most_parameters = config.most_parameters});
  model.compile({.loss = MeanSquaredError{}, .optimizer = Adam{}, .metrics = {"mae"}});
  return model;
}

}  // namespace

ZooModel zoo_timeseries_forecast() {
  return {.name = "timeseries_forecast",
          .description = "says what comes next in a series of numbers",
          .data = "a made series; or a file of rows, a step each: .csv, .npy",
          .epochs = 10,
          .batch_size = 64,
          .epoch_seconds = 0.1,
          .options = {whole_option("window", 48, "steps that it looks back on", 1, 10000),
                      whole_option("ahead", 1, "steps from the last one to the one to say", 1, 10000), cell_option(),
                      whole_option("units", 32, "of the recurrence"), data_option("columns", 1, "of the series", 4096)},
          .build = build,
          .load = load_forecast,
          .adapt = adapt_normalizations,
          .show = show_forecast};
}

}  // namespace reel
