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
#include "reel/models/training/training_state.h"

namespace reel {

/// A model, as the loop sees it.
struct Learner {
  /// One update by a batch; `outputs` receives those of the program, which is returned.
  std::function<std::shared_ptr<const StepProgram>(std::span<const Tensor> batch, std::vector<Tensor>& outputs)> train;
  /// The same without an update.
  std::function<std::shared_ptr<const StepProgram>(std::span<const Tensor> batch, std::vector<Tensor>& outputs)> test;
  std::function<Logs(const CallbackList& callbacks)> validate;  ///< empty: there is nothing to validate on
  std::function<void()> finalize;                               ///< after the last step
  /// The program that `train` would run for such a batch.
  std::function<std::shared_ptr<const StepProgram>(std::span<const Tensor> batch)> train_program;
  /// Copies of all that steps change, and the reverse, which throws ValueError for those of another model.
  std::function<NamedTensors()> variables;
  std::function<void(const NamedTensors& values)> set_variables;
  Config made_with = {};  ///< null where no callback keeps states
  uint64_t seed = 0;      ///< of the rows' orders
  int64_t& orders;        ///< in how many orders the rows have been read, in this and calls before
};

/// Trains on the batches as `options` say; from `state` on, unless it is null. Throws ValueError for a state that does
/// not fit.
History run_fit(const Learner& learner, BatchSource& data, const FitOptions& options, const CallbackList& callbacks,
                const TrainingState* state = nullptr);

/// Steps of an epoch; 0 where the data do not tell.
int64_t steps_per_epoch(const BatchSource& data, const FitOptions& options);

}  // namespace reel
