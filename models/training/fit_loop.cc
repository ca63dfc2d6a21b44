#include "reel/models/training/fit_loop.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/stopwatch.h"
#include "reel/graph/trace.h"
#include "reel/graph/warning.h"
#include "reel/models/training/batches.h"
#include "reel/models/training/run_batches.h"
#include "reel/models/training/scores.h"

namespace reel {
namespace {

/// Batches of one epoch after the other: of a pass over the rows each, or of a part of one.
class EpochBatches {
 public:
  EpochBatches(const Learner& learner, const TrainingRows& data, const FitOptions& options)
      : learner_(learner),
        options_(options),
        reader_(data.together(), options.batch_size),
        order_(options.initial_epoch > 0 ? options.initial_epoch : learner.orders) {}

  /// Steps of the epoch that begins: fewer where the rows end.
  int64_t begin_epoch() {
    if (left_ == 0) begin_pass();
    const int64_t wanted = options_.steps_per_epoch.value_or(left_);
    if (wanted > left_) {
      warn(fmt::format("fit: the rows end after {} of {} steps_per_epoch, and the epoch with them", left_, wanted));
    }
    return std::min(wanted, left_);
  }
  const std::vector<Tensor>& next() {
    --left_;
    return reader_.next();
  }
  void end_epoch() { learner_.orders = order_; }
  const BatchReader& reader() const { return reader_; }

 private:
  void begin_pass() {
    Random random(learner_.seed, Purpose::row_order, static_cast<uint64_t>(order_));
    reader_.start(options_.shuffle ? &random : nullptr);
    ++order_;
    left_ = reader_.count();
  }

  const Learner& learner_;
  const FitOptions& options_;
  BatchReader reader_;
  int64_t order_, left_ = 0;
};

class Fitting {
 public:
  Fitting(const Learner& learner, const TrainingRows& data, const FitOptions& options, const CallbackList& callbacks)
      : learner_(learner), options_(options), callbacks_(callbacks), batches_(learner, data, options) {}

  History run() {
    callbacks_.tell(&Callback::on_train_begin);
    Logs last;
    for (int64_t epoch = options_.initial_epoch; epoch < options_.epochs; ++epoch) {
      last = run_epoch(epoch);
      if (has_to_stop()) break;
    }
    learner_.finalize();
    callbacks_.tell(&Callback::on_train_end, last);
    return std::move(history_);
  }

 private:
  bool has_to_stop() const { return callbacks_.run().stops; }

  Logs run_epoch(int64_t epoch) {
    const TraceScope scope(fmt::format("epoch {}", epoch + 1), "fit");
    const Stopwatch watch;
    callbacks_.tell(&Callback::on_epoch_begin, epoch);
    RunningScores scores;
    const int64_t steps = batches_.begin_epoch();
    for (int64_t step = 0; step < steps && !(step > 0 && has_to_stop()); ++step) run_step(step, scores);
    batches_.end_epoch();
    Logs logs = scores.logs();
    if (learner_.validate && options_.validation_freq.includes(epoch)) {
      callbacks_.tell(&Callback::on_test_begin);
      const Logs validated = learner_.validate(callbacks_);
      callbacks_.tell(&Callback::on_test_end, validated);
      for (const auto& [log, value] : validated) logs.set("val_" + log, value);
    }
    const double seconds = watch.seconds();
    callbacks_.tell(&Callback::on_epoch_end, epoch, logs);
    history_.epochs.push_back({logs, seconds, epoch});
    return logs;
  }

  void run_step(int64_t step, RunningScores& scores) {
    callbacks_.tell_watching(&Callback::on_train_batch_begin, step);
    const std::vector<Tensor>& batch = batches_.next();
    const auto done = batches_.reader().in_data([&] { return train(step, batch); });
    scores.add(done->keys, outputs_, batch[0].shape()[0]);
    if (callbacks_.watches_batches()) callbacks_.tell_watching(&Callback::on_train_batch_end, step, scores.logs());
  }

  /// A batch that is not finite has changed nothing; where a callback ends training there, its loss is told all the
  /// same.
  std::shared_ptr<const StepProgram> train(int64_t step, const std::vector<Tensor>& batch) {
    try {
      return learner_.train(batch, outputs_);
    } catch (const NumericError& error) {
      if (!callbacks_.ends_training(step, error)) throw;
    }
    callbacks_.run().stop_training();
    return learner_.test(batch, outputs_);
  }

  const Learner& learner_;
  const FitOptions& options_;
  const CallbackList& callbacks_;
  EpochBatches batches_;
  std::vector<Tensor> outputs_;
  History history_;
};

}  // namespace

History run_fit(const Learner& learner, const TrainingRows& data, const FitOptions& options,
                const CallbackList& callbacks) {
  return Fitting(learner, data, options, callbacks).run();
}

int64_t steps_per_epoch(const TrainingRows& data, const FitOptions& options) {
  return BatchLimits{options.batch_size, options.steps_per_epoch}.steps_of(data.count(), "fit");
}

}  // namespace reel
