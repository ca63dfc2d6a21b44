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
  struct Of {
    std::string name;
    Metric metric;
    size_t sums;  ///< how many outputs are its sums
  };
  std::vector<Of> metrics;
};

/// What a batch's predictions score.
struct Scores {
  Reduced loss;
  std::vector<Var> outputs;  ///< the loss, [], then the sums of each metric
  ScoreKeys keys;
};

/// Records them. Weights are of rows, or an empty Var; metrics that are not weighted go by the mask alone. Throws what
/// losses and metrics throw.
Scores record_scores(const CompileOptions& compiled, Var y_true, const Flow& predicted, Var sample_weight);

/// Loss and metrics over batches, as Keras keeps them over an epoch: the mean of losses weighted by rows, and metrics
/// of the sums of all batches, added in their order.
class RunningScores {
 public:
  /// `outputs` are those of a program whose scores have these keys.
  void add(const ScoreKeys& keys, std::span<const Tensor> outputs, int64_t row_count);
  /// "loss", then the metrics; of a metric that gives several numbers "name/0", "name/1", ... Throws what results
  /// throw.
  Logs logs() const;

 private:
  ScoreKeys keys_;
  double loss_ = 0, rows_ = 0;
  std::vector<Tensor> totals_;
};

}  // namespace reel
