// TrainingRows: what a model is trained on or judged by.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "reel/models/training/model_data.h"
#include "reel/models/training/samples.h"

namespace reel {

/// Weights of classes by their numbers: `{{0, 1.0}, {1, 4.0}}`.
using ClassWeights = std::map<int64_t, double>;

/// Rows of a model's inputs and outputs, in their order, and weights of its outputs' rows: none, or one for each
/// output, some of which may be empty.
struct TrainingRows {
  std::vector<Samples> x, y, weights;

  explicit operator bool() const { return !x.empty(); }
  int64_t count() const { return x.at(0).shape()[0]; }
  /// All of them, as StepProgram takes them: x, y, and a weight for each of y, which may be empty.
  std::vector<Samples> together() const;
  /// Throws ShapeError unless all have the same number of rows, at least one.
  void check() const;
};

/// Weights of rows as users give them: by output; or one for all outputs, `.sample_weight = weights`. `what` begins
/// messages, "fit". Throws ValueError for an output that is not there.
std::vector<Samples> weights_by_output(const ModelData& given, const std::vector<std::string>& outputs,
                                       const std::string& what);

/// Weights [n] of rows with these targets by their classes: of targets [n] or [n, 1] the number, rounded; of
/// [n, classes] the index of the largest. A class that is not named has weight 1. Rows that a source makes are read
/// when their weights are. Throws ShapeError, which begins with `what`, for other targets.
Samples weights_of_classes(const Samples& y, const ClassWeights& weights, const std::string& what);

/// What `fit` trains on, and what it validates on if a share of the rows is for that. Throws ValueError for a share
/// that is none.
struct Split {
  TrainingRows training, validation;
};
Split split_validation(TrainingRows all, double share);

}  // namespace reel
