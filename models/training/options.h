// What training is told: options, named as in Keras.
#pragma once

#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "reel/graph/graph.h"
#include "reel/graph/tensor.h"
#include "reel/models/losses/loss.h"
#include "reel/models/metrics/metric.h"
#include "reel/models/optimizers/optimizers.h"
#include "reel/models/training/callback.h"
#include "reel/models/training/history.h"
#include "reel/models/training/model_data.h"
#include "reel/models/training/training_rows.h"
#include "reel/models/training/verbosity.h"

namespace reel {

class CustomStep;
/// Records a step of a user's own.
using StepFunction = std::function<void(CustomStep& step)>;

struct CompileOptions {
  Loss loss = {};  ///< of every output that `losses` does not name
  Optimizer optimizer = "adam";
  Metrics metrics = {};           ///< of every output that `output_metrics` does not name
  Metrics weighted_metrics = {};  ///< the same by the weights of samples
  // By the outputs' names, of a model of several: `.losses = {{"label", "mse"}, {"flag", "bce"}}`.
  std::map<std::string, Loss> losses = {};
  std::map<std::string, double> loss_weights = {};  ///< 1 for those not named
  std::map<std::string, Metrics> output_metrics = {}, output_weighted_metrics = {};
  /// What a step of training, or of evaluation, does in place of loss, gradients and metrics (training/custom_step.h).
  StepFunction train_step = {}, test_step = {};
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
  ModelData sample_weight;  ///< as FitOptions' for its rows

  ValidationData() = default;
  ValidationData(ModelData x_of, ModelData y_of, ModelData weight = {})
      : x(std::move(x_of)), y(std::move(y_of)), sample_weight(std::move(weight)) {}
};

/// After which epochs there is validation: each n-th, or those of a list, counted from 1: `2`, `{1, 4}`.
class ValidationFrequency {
 public:
  ValidationFrequency(int64_t every = 1) : every_(every) {}
  ValidationFrequency(std::initializer_list<int64_t> epochs) : every_(0), epochs_(epochs) {}
  ValidationFrequency(std::vector<int64_t> epochs) : every_(0), epochs_(std::move(epochs)) {}

  /// Whether after this epoch, counted from 0.
  bool includes(int64_t epoch) const;
  /// Throws ValueError for a number below 1.
  void check() const;
  /// "2" or "1, 4".
  std::string str() const;

 private:
  int64_t every_;
  std::vector<int64_t> epochs_;
};

/// What is called after each epoch (counted from 0) with its logs: a function of both, of the epoch alone, or of
/// nothing. Training stops when it returns false; it need not return anything.
class EpochCallback {
 public:
  EpochCallback() = default;
  template <class F>
  requires std::is_invocable_v<F&, int64_t, const Logs&> || std::is_invocable_v<F&, int64_t> || std::is_invocable_v<F&>
  EpochCallback(F function) {
    if constexpr (std::is_pointer_v<F> || requires { function.target_type(); }) {  // which may be empty
      if (!function) return;
    }
    call_ = [function = std::move(function)](int64_t epoch, const Logs& logs) mutable {
      if constexpr (std::is_invocable_v<F&, int64_t, const Logs&>)
        return goes_on([&]() -> decltype(auto) { return function(epoch, logs); });
      else if constexpr (std::is_invocable_v<F&, int64_t>)
        return goes_on([&]() -> decltype(auto) { return function(epoch); });
      else
        return goes_on(function);
    };
  }

  explicit operator bool() const { return static_cast<bool>(call_); }
  /// Whether training goes on.
  bool operator()(int64_t epoch, const Logs& logs) const { return call_(epoch, logs); }

 private:
  template <class F>
  static bool goes_on(F&& function) {
    using Result = decltype(function());
    constexpr bool tells = std::is_same_v<std::remove_cvref_t<Result>, bool>;
    constexpr bool is_known = tells || std::is_void_v<Result>;
    static_assert(is_known, "on_epoch_end returns nothing, or a bool: whether training goes on");
    if constexpr (tells) return function();
    function();
    return true;
  }

  std::function<bool(int64_t, const Logs&)> call_;
};

struct FitOptions {
  int64_t batch_size = 32;  ///< rows a step; all, if there are fewer
  int64_t epochs = 1;       ///< the number of the last one, counted from 1
  Verbosity verbose = Verbose::automatic;
  /// Told of the run in their order, before what prints progress; that is one of them, if one is given.
  Callbacks callbacks = {};
  double validation_split = 0;  ///< this share of the rows, from the end with their weights, taken before shuffling
  ValidationData validation_data = {};
  /// The rows, anew in each epoch that the model is trained for, in whichever call; those of a batch are then balanced
  /// (`balance_batches`).
  bool shuffle = true;
  /// Weights of training rows by their class, of a model of one output; not with `sample_weight`.
  ClassWeights class_weight = {};
  /// [n], or [n, steps, ...] of values by step; for all outputs, or by name. Metrics ignore it, weighted ones do not.
  ModelData sample_weight = {};
  /// Counted from 0. Above 0, orders go on as in a model that was trained for so many epochs.
  int64_t initial_epoch = 0;
  /// Batches of an epoch; the next one goes on in the rows where this one ended, until there are none left. All, if it
  /// is not given.
  std::optional<int64_t> steps_per_epoch = {};
  std::optional<int64_t> validation_steps = {};  ///< batches from the first on; all, if it is not given
  int64_t validation_batch_size = 0;             ///< `batch_size` if 0
  ValidationFrequency validation_freq = 1;
  EpochCallback on_epoch_end = {};
  /// Where progress is printed. Training goes on where the stream takes nothing, as its error indicator then tells.
  std::FILE* log = stdout;

  /// Throws ValueError, naming the option, for numbers that are none.
  void check() const;
};

struct EvaluateOptions {
  int64_t batch_size = 32;            ///< rows a run; all, if there are fewer
  ModelData sample_weight = {};       ///< as FitOptions'
  std::optional<int64_t> steps = {};  ///< batches from the first on; all, if it is not given
  Callbacks callbacks = {};
};

struct PredictOptions {
  int64_t batch_size = 32;            ///< rows a run; all, if there are fewer
  std::optional<int64_t> steps = {};  ///< batches from the first on; all, if it is not given
  Callbacks callbacks = {};
};

}  // namespace reel
