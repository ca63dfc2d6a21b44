// What training is told: options, named as in Keras.
#pragma once

#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reel/graph/graph.h"
#include "reel/graph/tensor.h"
#include "reel/models/losses/loss.h"
#include "reel/models/metrics/metric.h"
#include "reel/models/optimizers/optimizers.h"
#include "reel/models/training/history.h"
#include "reel/models/training/model_data.h"
#include "reel/models/training/samples.h"

namespace reel {

struct CompileOptions {
  Loss loss = {};  ///< of every output that `losses` does not name
  Optimizer optimizer = "adam";
  std::vector<Metric> metrics = {};           ///< of every output that `output_metrics` does not name
  std::vector<Metric> weighted_metrics = {};  ///< the same by the weights of samples
  // By the outputs' names, of a model of several: `.losses = {{"label", "mse"}, {"flag", "bce"}}`.
  std::map<std::string, Loss> losses = {};
  std::map<std::string, double> loss_weights = {};  ///< 1 for those not named
  std::map<std::string, std::vector<Metric>> output_metrics = {}, output_weighted_metrics = {};
  /// Of all programs of the model: `Passes passes; passes.switch_off("hoist");`. Results agree within rounding.
  Passes passes = {};

  const Loss& loss_of(const std::string& output) const;
  double loss_weight(const std::string& output) const;
  const std::vector<Metric>& metrics_of(const std::string& output) const;
  const std::vector<Metric>& weighted_metrics_of(const std::string& output) const;
};

/// x and y, or none.
struct ValidationData {
  ModelData x, y;
  Tensor sample_weight;  ///< as FitOptions' for its rows

  ValidationData() = default;
  ValidationData(ModelData x_of, ModelData y_of, Tensor weight = {})
      : x(std::move(x_of)), y(std::move(y_of)), sample_weight(std::move(weight)) {}
};

/// What training prints: with `automatic`, a moving line on a terminal and one line an epoch otherwise.
enum class Verbose : uint8_t { automatic, silent, progress_bar, line_per_epoch };

struct FitOptions {
  int64_t batch_size = 32;  ///< rows a step; all, if there are fewer
  int64_t epochs = 1;
  Verbose verbose = Verbose::automatic;
  double validation_split = 0;  ///< this share of the rows, from the end with their weights, taken before shuffling
  ValidationData validation_data = {};
  /// The rows, anew in each epoch that the model is trained for, in whichever call; those of a batch are then balanced
  /// (`balance_batches`).
  bool shuffle = true;
  Tensor sample_weight = {};  ///< f32 [n]; metrics ignore it, weighted ones do not
  /// Counted from 0. Above 0, orders go on as in a model that was trained for so many epochs.
  int64_t initial_epoch = 0;
  int64_t validation_batch_size = 0;  ///< `batch_size` if 0
  /// Called after each epoch (counted from 0) with its logs; training stops when it returns false.
  std::function<bool(int64_t epoch, const Logs& logs)> on_epoch_end = {};
  /// Where progress is printed. Training goes on where the stream takes nothing, as its error indicator then tells.
  std::FILE* log = stdout;
};

struct EvaluateOptions {
  int64_t batch_size = 32;    ///< rows a run; all, if there are fewer
  Tensor sample_weight = {};  ///< f32 [n]; metrics ignore it, weighted ones do not
};

struct PredictOptions {
  int64_t batch_size = 32;  ///< rows a run; all, if there are fewer
};

}  // namespace reel
