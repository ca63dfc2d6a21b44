// Keras's example timeseries_anomaly_detection: a convolutional autoencoder learns what a day looks like, and where it
// redraws a series badly, that is not as usual. Keras's takes the series art_daily_small_noise and art_daily_jumpsup of
// the Numenta Anomaly Benchmark; here, made ones of the same shape: 14 days of a value each five minutes, with noise,
// and in the second a jump on one day.
#include <algorithm>
#include <vector>

#include "example.h"
#include "reel/models/data/timeseries.h"

using namespace reel;

namespace {

constexpr int64_t kDay = 288, kDays = 14;                           // steps, and days
constexpr int64_t kJumpDay = 10, kJumpBegin = 108, kJumpEnd = 216;  // from nine to six that day

/// 20 at night and 80 from nine to six, with noise; on one day, if it jumps, twice of that.
Tensor daily_series(uint64_t seed, bool jumps) {
  Tensor series = Tensor::uniform({kDay * kDays, 1}, -4, 4, seed);
  std::span<float> values = series.data<float>();
  for (int64_t i = 0; i < kDay * kDays; ++i) {
    const int64_t step = i % kDay;
    const bool is_day = kJumpBegin <= step && step < kJumpEnd;
    values[static_cast<size_t>(i)] += is_day ? (jumps && i / kDay == kJumpDay ? 160.0f : 80.0f) : 20.0f;
  }
  return series;
}

/// Of each window, the mean absolute difference to what the model makes of it.
std::vector<double> errors(Model& model, const Tensor& x) {
  return mean(abs(model.predict(x) - x), {1, 2}).to_vector<double>();
}

void anomaly_detection(const examples::Example& example) {
  const Tensor usual = daily_series(1, false), other = daily_series(2, true);
  const Tensor center = mean(usual), scale = stddev(usual);
  const auto windows = [&](const Tensor& series) {
    const Samples all = timeseries_dataset_from_array((series - center) / scale, {}, kDay).x;
    return all.read(0, all.shape()[0]);
  };
  const Tensor x_train = windows(usual), x_test = windows(other);
  if (example.saves({{"x_train", x_train}, {"x_test", x_test}})) return;

  const auto conv = [](int64_t filters) {
    return Conv1D(filters, 7, {.strides = 2, .padding = "same", .activation = relu});
  };
  const auto transposed = [](int64_t filters) {
    return Conv1DTranspose(filters, 7, {.strides = 2, .padding = "same", .activation = relu});
  };
  Sequential model{Input({kDay, 1}), conv(32),     Dropout(0.2),   conv(16),
                   transposed(16),   Dropout(0.2), transposed(32), Conv1DTranspose(1, 7, {.padding = "same"})};
  model.compile(Adam(0.001), "mse");
  const History history = model.fit(x_train, x_train,
                                    {.batch_size = 128,
                                     .epochs = example.pick(50, 3),
                                     .callbacks = {EarlyStopping{.monitor = "val_loss", .patience = 5, .mode = "min"}},
                                     .validation_split = 0.1});

  // A step is unusual if all windows that hold it are.
  const double threshold = std::ranges::max(errors(model, x_train));
  const std::vector<double> losses = errors(model, x_test);
  int64_t found = 0, usual_days = 0;
  for (int64_t step = kDay - 1; step + kDay <= kDay * kDays; ++step) {
    const auto begin = losses.begin() + (step - kDay + 1), end = losses.begin() + step + 1;
    if (!std::all_of(begin, end, [&](double loss) { return loss > threshold; })) continue;
    ++(step / kDay == kJumpDay ? found : usual_days);
  }
  fmt::print("Threshold {:.4f}; unusual: {} steps of the day that jumps, {} of other days\n", threshold, found,
             usual_days);
  examples::result("val_loss", history["val_loss"].back());
}

}  // namespace

int main(int argc, char** argv) { return examples::run(argc, argv, anomaly_detection); }
