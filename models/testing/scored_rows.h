// What checks of losses and of metrics have in common: what they are told, and what they run on.
#pragma once

#include <string>
#include <vector>

#include "reel/graph/tensor.h"
#include "reel/models/testing/drawn.h"

namespace reel {

struct ScoreCheckOptions {
  Drawn targets = Drawn::numbers, predictions = Drawn::numbers;
  int64_t classes = 0;       ///< of targets, and predictions, that are indices of them; 0: the predictions' last axis
  bool has_config = true;    ///< a function that a loss or a metric was made with has none
  bool is_of_batch = false;  ///< whether a batch has one value, which is not made of those of its rows
  bool of_row_alone = true;  ///< whether a row's value is of that row alone, and not of those that it is with
  bool by_vector = true;     ///< whether each vector along the predictions' last axis has a value, that masks may be of
  bool takes_copies = true;  ///< whether a row of the weight 2 counts as two rows do; of metrics
  double of_no_rows = 0;     ///< all results of a metric before the first batch; may be NaN
  double step = 1e-5;        ///< of differences in double, and how far at least predictions are from kinks
  double tolerance = 1e-7;   ///< of derivatives, relative to the sum of what is added up
};

/// Targets and predictions, many rows of them, weights and masks. Elements are the same for any number of rows.
struct ScoredRows {
  ScoredRows(const Type& y_true, const Type& y_pred, const ScoreCheckOptions& options, int64_t row_count);

  /// The predictions with NaN where a row's weight, or a step's mask, is 0; as they are if they are whole numbers.
  Tensor without_unweighted() const;
  Tensor without_masked() const;

  Tensor targets, predictions;
  Tensor weights;  ///< f32 [rows]: 0, 1 and 2
  Tensor mask;     ///< f32 [rows, steps], padding behind; empty where there are none, or values are not by vector
};

}  // namespace reel
