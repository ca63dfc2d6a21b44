// Loss and metrics: how a batch's are recorded, and how those of batches become an epoch's.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reel/models/activations/flow.h"
#include "reel/models/losses/loss.h"
#include "reel/models/metrics/metric.h"
#include "reel/models/training/history.h"
#include "reel/models/training/options.h"

namespace reel {

/// Metrics by the names that logs have them under, which are those of Keras: metrics of one name are numbered
/// ("accuracy", "accuracy_1"), and weighted ones whose name is taken are "weighted_accuracy".
struct ScoreKeys {
  std::vector<std::string> losses{"loss"};  ///< the whole, and of several outputs each one's: "label_loss"
  struct Of {
    std::string name;
    Metric metric;
    size_t sums;  ///< how many outputs are its sums
  };
  std::vector<Of> metrics;
};

/// What a batch's predictions score.
struct Scores {
  std::vector<Reduced> terms;  ///< whose sum is minimised
  std::vector<Var> outputs;    ///< losses, [], then the sums of each metric
  ScoreKeys keys;
};

/// What a model has given for its outputs, and what it should have.
struct Judged {
  std::vector<std::string> names;  ///< of the outputs
  std::vector<Var> y_true;
  Flows predicted;
  std::vector<Var> weights;  ///< of each, [rows] or [rows, steps, ...], or an empty Var
  std::vector<Var> added;    ///< what layers add to the loss, []
};

/// Records the losses of all outputs, and their sum with what layers add: the first of the scores' outputs.
void record_losses(const CompileOptions& compiled, const Judged& judged, Scores& scores);
/// Records the metrics of all outputs, under names that are free.
void record_all_metrics(const CompileOptions& compiled, const Judged& judged, Scores& scores);
/// Records both. Metrics that are not weighted go by the mask alone. Of several outputs, names begin with the output's.
/// Throws what losses and metrics throw.
Scores record_scores(const CompileOptions& compiled, const Judged& judged);

/// What loss and metrics have come to within an epoch.
struct SavedScores {
  std::vector<double> losses;
  double rows = 0;
  std::vector<Tensor> totals;  ///< of the metrics, f64
};

/// Loss and metrics over batches, as Keras keeps them over an epoch: the mean of losses weighted by rows, and metrics
/// of the sums of all batches, added in their order.
class RunningScores {
 public:
  /// `outputs` are those of a program whose scores have these keys.
  void add(const ScoreKeys& keys, std::span<const Tensor> outputs, int64_t row_count);
  /// "loss", then the metrics; of a metric that gives several numbers "name/0", "name/1", ... Throws what results
  /// throw.
  Logs logs() const;
  /// Copies.
  SavedScores saved() const;
  /// Goes on from those. `keys`: those of the programs that they are of. Throws ValueError for another number of sums.
  void restore(const ScoreKeys& keys, const SavedScores& saved);

 private:
  ScoreKeys keys_;
  std::vector<double> losses_;
  double rows_ = 0;
  std::vector<Tensor> totals_;
};

}  // namespace reel
