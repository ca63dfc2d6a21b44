// Keras's example timeseries_weather_forecasting: from five days of seven measurements, an LSTM tells the temperature
// twelve hours later. Keras's takes the Jena climate data; here, made weather with the same columns: years, days,
// fronts that come and go, and what else follows from pressure and temperature.
#include <cmath>
#include <numbers>

#include "example.h"
#include "reel/models/data/timeseries.h"

using namespace reel;

namespace {

constexpr int64_t kStep = 6;                  // measurements are ten minutes apart, and one an hour is read
constexpr int64_t kPast = 720, kFuture = 72;  // measurements: five days, twelve hours
constexpr int64_t kColumns = 7;

/// [n, 7]: pressure in mbar, temperature in degrees Celsius, vapour pressure at saturation and its deficit in mbar,
/// specific humidity in g/kg, air density in g/m3, wind velocity in m/s.
Tensor weather(int64_t n) {
  const Tensor noise = Tensor::randn({n, 3}, 1);
  Tensor table(DType::f32, {n, kColumns});
  double front = 0, cloud = 0, wind = 2;
  for (int64_t i = 0; i < n; ++i) {
    front += 0.02 * noise.at(i, 0) - 0.0015 * front;  // slow: days
    cloud += 0.05 * noise.at(i, 1) - 0.01 * cloud;    // hours
    wind += 0.3 * noise.at(i, 2) - 0.05 * (wind - 2 - std::abs(front));
    const double day = 2 * std::numbers::pi * static_cast<double>(i) / 144, year = day / 365.25;
    const double temperature = 9.5 - 10 * std::cos(year) - (4 - 2 * cloud) * std::cos(day - 0.6) + 6 * front + cloud;
    const double pressure = 989 - 7 * front - 2 * cloud;
    const double saturated = 6.11 * std::exp(17.3 * temperature / (temperature + 237.3));
    const double humidity = 1 / (1 + std::exp(-1.2 - 2 * cloud + std::cos(year) * 0.3));
    const double row[kColumns] = {pressure,
                                  temperature,
                                  saturated,
                                  saturated * (1 - humidity),
                                  622 * saturated * humidity / pressure,
                                  1e5 * pressure / (287 * (temperature + 273.15)),
                                  std::abs(wind)};
    std::copy_n(row, kColumns, table.data<float>().begin() + i * kColumns);
  }
  return table;
}

void weather_forecasting(const examples::Example& example) {
  const int64_t n = example.pick(60'000, 8'000), split = n * 715 / 1000;
  const Tensor table = weather(n), training = table.slice_rows(0, split);
  const Tensor features = (table - mean(training, {0})) / stddev(training, {0});
  if (example.saves({{"features", features}})) return;

  const Tensor temperature = slice(features, 1, 1, 1);
  const auto windows = [&](int64_t begin, int64_t end) {
    return timeseries_dataset_from_array(features.slice_rows(begin, end),
                                         temperature.slice_rows(begin + kPast + kFuture, end), kPast / kStep,
                                         {.sampling_rate = kStep});
  };
  const auto [x_train, y_train] = windows(0, split);
  const auto [x_val, y_val] = windows(split, n);

  Sequential model{Input({kPast / kStep, kColumns}), LSTM(32), Dense(1)};
  model.compile(Adam(0.001), "mse");
  const History history = model.fit(x_train, y_train,
                                    {.batch_size = example.pick(256, 64),
                                     .epochs = example.pick(10, 2),
                                     .callbacks = {EarlyStopping{.monitor = "val_loss", .patience = 5}},
                                     .validation_data = {x_val, y_val}});
  examples::result("val_loss", history["val_loss"].back());
}

}  // namespace

int main(int argc, char** argv) { return examples::run(argc, argv, weather_forecasting); }
