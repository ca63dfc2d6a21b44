#include "reel/models/zoo/series.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reel/graph/elementary.h"
#include "reel/graph/error.h"
#include "reel/graph/random.h"
#include "reel/models/data/rows.h"
#include "reel/models/data/timeseries.h"
#include "reel/models/layers/preprocessing.h"

namespace reel {
namespace {

constexpr int64_t kMadeSteps = 5000, kAnomaly = 4500, kAnomalySteps = 20, kHeldOut = 10, kFewestWindows = 20;

/// A long and a short season, and noise; [steps, 1].
Tensor made_series(bool with_anomaly) {
  Tensor series(DType::f32, {kMadeSteps, 1});
  Random random(0);
  for (int64_t t = 0; t < kMadeSteps; ++t) {
    const auto step = static_cast<double>(t);
    double value = 10 + 3 * plain_cos_of_turns(step / 288) + plain_cos_of_turns(step / 24) + 0.1 * random.normal();
    if (with_anomaly && t >= kAnomaly && t < kAnomaly + kAnomalySteps) value += 5;
    series.data<float>()[static_cast<size_t>(t)] = static_cast<float>(value);
  }
  return series;
}

Tensor series_of(const ZooDataOptions& options, bool with_anomaly, int64_t fewest) {
  if (options.path.empty()) return made_series(with_anomaly);
  Tensor series = load_rows(options.path, options.say);
  if (series.shape()[0] >= fewest && series.size() > 0) return series;
  throw DataError(
      fmt::format("{}: expected a series of {} steps or more, got {}", options.path, fewest, series.shape().str()));
}

std::string source_of(const ZooDataOptions& options, const Tensor& series, const ZooData& data) {
  return fmt::format("{}; {} steps of {}, {} windows to train on, {} to validate on",
                     options.path.empty() ? "a made series" : options.path, series.shape()[0], series.shape()[1],
                     data.x.shape()[0], data.validation_x.shape()[0]);
}

Samples windows(const Tensor& series, int64_t begin, int64_t end, int64_t length, int64_t limit) {
  const Samples all = timeseries_dataset_from_array(series.slice_rows(begin, end), {}, length).x;
  return limit > 0 ? all.slice_rows(0, std::min(all.shape()[0], limit)) : all;
}

/// The mean absolute error of each step, over all windows that have it, each of which begins a step after the other.
std::vector<double> errors_of(const Tensor& windows, const Tensor& made) {
  const auto count = static_cast<size_t>(windows.shape()[0]), length = static_cast<size_t>(windows.shape()[1]),
             columns = static_cast<size_t>(windows.shape()[2]);
  const std::span<const float> is = windows.data<float>(), given = made.data<float>();
  std::vector<double> errors(count + length - 1), numbers(errors.size());
  for (size_t i = 0; i < is.size(); ++i) {
    const size_t step = i / (length * columns) + i / columns % length;
    errors[step] += std::abs(static_cast<double>(is[i]) - given[i]);
    ++numbers[step];
  }
  for (size_t step = 0; step < errors.size(); ++step) errors[step] /= numbers[step];
  return errors;
}

}  // namespace

ZooData load_forecast(const ZooDataOptions& options) {
  const int64_t window = options.config["window"], ahead = options.config["ahead"], span = window + ahead;
  const Tensor series = series_of(options, false, 10 * (kFewestWindows + span));
  const int64_t steps = series.shape()[0], split = steps * 8 / 10;
  const auto targets = [&](int64_t begin, const Samples& x) {
    const int64_t first = begin + span - 1;
    return series.slice_rows(first, first + x.shape()[0]);
  };
  ZooData data;
  data.x = windows(series, 0, split - ahead, window, options.rows);
  data.y = targets(0, data.x);
  const int64_t held_out = steps - span - kHeldOut + 1;
  data.validation_x = windows(series, split, held_out, window, options.rows);
  data.validation_y = targets(split, data.validation_x);
  data.held_out_x = windows(series, held_out, steps - ahead, window, 0).read(0, kHeldOut);
  data.held_out_y = targets(held_out, data.held_out_x);
  data.options = {{"columns", series.shape()[1]}};
  data.source = source_of(options, series, data);
  if (!options.path.empty()) data.files = {options.path};
  return data;
}

std::string show_forecast(const ZooData& data, ZooTrained& trained) {
  const Tensor forecast = trained.model.predict(data.held_out_x);
  const int64_t columns = forecast.shape()[1], window = data.held_out_x.shape()[1];
  std::string out = "Steps that training never saw\n";
  for (int64_t i = 0; i < forecast.shape()[0]; ++i) {
    out +=
        fmt::format("{:2}. {:.4g}; it is {:.4g}\n", i + 1, forecast.at(i * columns), data.held_out_y.at(i * columns));
  }
  const Tensor x = data.validation_x.read(0, data.validation_x.shape()[0]), predicted = trained.model.predict(x),
               y = data.validation_y.read(0, x.shape()[0]);
  double error = 0, of_last = 0;
  for (int64_t i = 0; i < y.size(); ++i) {
    const int64_t last = (i / columns * window + window - 1) * columns + i % columns;
    error += std::abs(predicted.at(i) - y.at(i)) / static_cast<double>(y.size());
    of_last += std::abs(x.at(last) - y.at(i)) / static_cast<double>(y.size());
  }
  return out + fmt::format("Mean absolute error {:.4g}; saying the last value again: {:.4g}\n", error, of_last);
}

ZooData load_normal_windows(const ZooDataOptions& options) {
  const int64_t window = options.config["window"];
  const Tensor series = series_of(options, true, 10 * (kFewestWindows + window));
  const int64_t steps = series.shape()[0], split = steps * 8 / 10, training = split * 9 / 10;
  ZooData data;
  data.x = data.y = windows(series, 0, training, window, options.rows);
  data.validation_x = data.validation_y = windows(series, training, split, window, options.rows);
  const Samples shown = windows(series, split, steps, window, 0);
  data.held_out_x = data.held_out_y = shown.read(0, shown.shape()[0]);
  data.options = {{"columns", series.shape()[1]}};
  data.source = source_of(options, series, data);
  if (!options.path.empty()) data.files = {options.path};
  return data;
}

std::string show_anomalies(const ZooData& data, ZooTrained& trained) {
  const auto errors = [&](const Tensor& x) { return errors_of(x, trained.model.predict(x, {.batch_size = 128})); };
  const std::vector<double> normal = errors(data.x.read(0, data.x.shape()[0])), shown = errors(data.held_out_x);
  const double threshold = *std::ranges::max_element(normal);
  const auto is_anomaly = [&](size_t step) { return step < shown.size() && shown[step] > threshold; };
  std::string spans;
  for (size_t step = 0; step < shown.size(); ++step) {
    if (!is_anomaly(step)) continue;
    if (step == 0 || !is_anomaly(step - 1)) spans += fmt::format("{}{}", spans.empty() ? "" : ", ", step + 1);
    if (!is_anomaly(step + 1)) spans += fmt::format(" to {}", step + 1);
  }
  return fmt::format("Largest error of a step trained on: {:.4g}\nSteps of the last {} that are further off: {}\n",
                     threshold, shown.size(), spans.empty() ? "none" : spans);
}

void adapt_normalizations(const Model& model, const ZooData& data) {
  const Tensor x = data.x.read(0, data.x.shape()[0]);
  for (const LayerPtr& layer : model.layers()) {
    if (auto* normalization = dynamic_cast<Normalization*>(&*layer)) normalization->adapt(x);
  }
}

}  // namespace reel
