// What evaluate and predict do with a program: batch after batch, in the rows' order.
#pragma once

#include <optional>
#include <vector>

#include "reel/models/training/batches.h"
#include "reel/models/training/callback_list.h"
#include "reel/models/training/scores.h"
#include "reel/models/training/step_program.h"

namespace reel {

/// How much of the rows is read: `steps` batches of so many, or all.
struct BatchLimits {
  int64_t batch_size = 32;
  std::optional<int64_t> steps = {};

  /// Of so many rows. Throws ValueError, which begins with `call`, for numbers below 1.
  int64_t steps_of(int64_t row_count, const char* call) const;
};

/// Loss and metrics over the rows of a pass, or of so many batches of it. Callbacks are told of its batches, but not of
/// its begin and end.
Logs evaluate_batches(const StepProgram& step, BatchSource& data, std::optional<int64_t> steps,
                      const CallbackList& callbacks);

/// The model's outputs for the rows that are read, as many as `row_count` says if it is known, of which a batch begins
/// with the model's inputs; the same of callbacks.
std::vector<Tensor> predict_batches(const StepProgram& step, BatchSource& data, std::optional<int64_t> steps,
                                    std::optional<int64_t> row_count, const CallbackList& callbacks);

}  // namespace reel
