// Targets and predictions for plain losses, 1,001 rows of them, and what the losses come to, weighted and masked.
#pragma once

#include "models/plain_losses.h"
#include "reel/graph/graph.h"

namespace reel::testing {

/// Vectors [rows, outputs], or of sequences [rows, steps, outputs], with a mask that pads in front, and weights of
/// rows, some of which are 0.
class LossBatch {
 public:
  static constexpr int64_t kRows = 1001, kSteps = 5, kOutputs = 3;

  LossBatch(Of targets, Of predictions, bool are_sequences);

  /// Of a row of any number.
  Type target_type() const { return symbolic(targets); }
  Type prediction_type() const { return symbolic(predictions); }
  /// What a mean of `loss` over the batch comes to, predictions moved by `distance` along `v`: divided by the number of
  /// vectors, or of those that the mask leaves.
  double mean(const PlainLoss& loss, bool is_weighted, double distance = 0, const Tensor* v = nullptr) const;

  Tensor targets, predictions, mask, weights;  ///< mask [rows, steps], weights [rows]

 private:
  static Type symbolic(const Tensor& tensor) { return {tensor.dtype(), tensor.shape().with_lead(rows)}; }

  bool are_sequences_;
};

}  // namespace reel::testing
