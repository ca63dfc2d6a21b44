// The loop of fit: epochs, batches, validation, and whom it tells of them.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "reel/graph/tensor.h"
#include "reel/models/training/batches.h"
#include "reel/models/training/callback_list.h"
#include "reel/models/training/history.h"
#include "reel/models/training/options.h"
#include "reel/models/training/step_program.h"

namespace reel {

/// A model, as the loop sees it.
struct Learner {
  /// One update by a batch; `outputs` receives those of the program, which is returned.
  std::function<std::shared_ptr<const StepProgram>(std::span<const Tensor> batch, std::vector<Tensor>& outputs)> train;
  /// The same without an update.
  std::function<std::shared_ptr<const StepProgram>(std::span<const Tensor> batch, std::vector<Tensor>& outputs)> test;
  std::function<Logs(const CallbackList& callbacks)> validate;  ///< empty: there is nothing to validate on
  std::function<void()> finalize;                               ///< after the last step
  uint64_t seed = 0;                                            ///< of the rows' orders
  int64_t& orders;  ///< in how many orders the rows have been read, in this and calls before
};

/// Trains on the batches as `options` say.
History run_fit(const Learner& learner, BatchSource& data, const FitOptions& options, const CallbackList& callbacks);

/// Steps of an epoch; 0 where the data do not tell.
int64_t steps_per_epoch(const BatchSource& data, const FitOptions& options);

}  // namespace reel
