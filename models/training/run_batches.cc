#include "reel/models/training/run_batches.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/models/training/batches.h"

namespace reel {

int64_t BatchLimits::steps_of(int64_t row_count, const char* call) const {
  if (batch_size < 1) throw ValueError(fmt::format("{}: batch_size must be positive, got {}", call, batch_size));
  if (steps && *steps < 1) throw ValueError(fmt::format("{}: steps must be positive, got {}", call, *steps));
  const int64_t size = std::min(batch_size, row_count);
  return std::min(steps.value_or(row_count), (row_count + size - 1) / size);
}

Logs evaluate_batches(const StepProgram& step, const TrainingRows& data, const BatchLimits& limits,
                      const CallbackList& callbacks) {
  const int64_t steps = limits.steps_of(data.count(), "evaluate");
  BatchReader batches(data.together(), limits.batch_size);
  batches.start(nullptr);
  RunningScores scores;
  std::vector<Tensor> outputs;
  for (int64_t i = 0; i < steps; ++i) {
    callbacks.tell_watching(&Callback::on_test_batch_begin, i);
    const std::vector<Tensor>& batch = batches.next();
    batches.in_data([&] { step.run(batch, outputs); });
    scores.add(step.keys, outputs, batch[0].shape()[0]);
    if (callbacks.watches_batches()) callbacks.tell_watching(&Callback::on_test_batch_end, i, scores.logs());
  }
  return scores.logs();
}

std::vector<Tensor> predict_batches(const StepProgram& step, const std::vector<Samples>& x, const BatchLimits& limits,
                                    const CallbackList& callbacks) {
  const int64_t rows_there = x[0].shape()[0], steps = limits.steps_of(rows_there, "predict");
  const int64_t row_count = std::min(rows_there, steps * std::min(limits.batch_size, rows_there));
  BatchReader batches(x, limits.batch_size);
  batches.start(nullptr);
  std::vector<Tensor> all, outputs;
  int64_t done = 0;
  for (int64_t i = 0; i < steps; ++i) {
    callbacks.tell_watching(&Callback::on_predict_batch_begin, i);
    const std::vector<Tensor>& batch = batches.next();
    batches.in_data([&] { step.run(batch, outputs); });
    for (size_t which = 0; which < outputs.size(); ++which) {
      const Tensor& out = outputs[which];
      if (all.size() == which) all.emplace_back(out.dtype(), out.shape().with_lead(row_count));
      all[which].slice_rows(done, done + out.shape()[0]).assign(out);
    }
    done += batch[0].shape()[0];
    callbacks.tell_watching(&Callback::on_predict_batch_end, i, outputs);
  }
  return all;
}

}  // namespace reel
