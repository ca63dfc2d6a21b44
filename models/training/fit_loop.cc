#include "reel/models/training/fit_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "reel/graph/stopwatch.h"
#include "reel/graph/trace.h"
#include "reel/graph/warning.h"
#include "reel/models/training/prefetch.h"
#include "reel/models/training/scores.h"

namespace reel {
namespace {

constexpr int64_t kAll = std::numeric_limits<int64_t>::max();  // as many as there are

/// Batches of one epoch after the other: of a pass over the rows each, or of a part of one.
class EpochBatches {
 public:
  EpochBatches(const Learner& learner, BatchSource& data, const FitOptions& options)
      : learner_(learner),
        options_(options),
        data_(data),
        batches_(data),
        order_(options.initial_epoch > 0 ? options.initial_epoch : learner.orders) {}

  /// Begins an epoch. False where there are no rows any more.
  bool begin_epoch() {
    // Whether rows that are not counted have ended is known when the next batch is read, which begins the pass.
    if ((left_ == 0 || !is_counted()) && !begin_pass()) {
      warn("fit: the rows have ended and cannot begin again, and training ends with them");
      return false;
    }
    const int64_t wanted = options_.steps_per_epoch.value_or(left_);
    steps_ = std::min(wanted, left_);
    if (wanted > left_) warn_of_end(left_);
    return true;
  }
  /// Of the epoch that has begun: fewer where the rows end.
  int64_t steps() const { return steps_; }
  /// Whether the number of steps is that of the rows, and not only the most that there may be.
  bool is_counted() const { return left_ != kAll; }
  /// The batch of a step of the epoch. Null where the rows have ended before.
  const Batch* next(int64_t step) {
    if (is_counted()) --left_;
    const Batch* batch = batches_.next();
    if (batch != nullptr) return batch;
    left_ = 0;
    if (options_.steps_per_epoch) warn_of_end(step);
    return nullptr;
  }
  /// While a step runs.
  void read_ahead(int64_t step) {
    if (step + 1 < steps_) batches_.read_ahead();
  }
  /// Before code of users is called.
  void pause() { batches_.pause(); }
  void end_epoch() {
    pause();
    learner_.orders = order_;
  }

 private:
  bool begin_pass() {
    Random random(learner_.seed, Purpose::row_order, static_cast<uint64_t>(order_));
    if (!batches_.start(options_.shuffle ? &random : nullptr)) return false;
    ++order_;
    left_ = data_.count().value_or(kAll);
    return true;
  }
  void warn_of_end(int64_t after) const {
    warn(fmt::format("fit: the rows end after {} of {} steps_per_epoch, and the epoch with them", after,
                     *options_.steps_per_epoch));
  }

  const Learner& learner_;
  const FitOptions& options_;
  BatchSource& data_;
  Prefetch batches_;
  int64_t order_, left_ = 0, steps_ = 0;
};

class Fitting {
 public:
  Fitting(const Learner& learner, BatchSource& data, const FitOptions& options, const CallbackList& callbacks)
      : learner_(learner), options_(options), callbacks_(callbacks), batches_(learner, data, options) {}

  History run() {
    callbacks_.tell(&Callback::on_train_begin);
    Logs last;
    for (int64_t epoch = options_.initial_epoch; epoch < options_.epochs && batches_.begin_epoch(); ++epoch) {
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
    for (int64_t step = 0; step < batches_.steps() && !(step > 0 && has_to_stop()); ++step) {
      if (!run_step(step, scores)) break;
    }
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

  /// False where there was no batch for it, which of rows that are not counted is known when it is read.
  bool run_step(int64_t step, RunningScores& scores) {
    const bool is_counted = batches_.is_counted();
    const Batch* batch = is_counted ? nullptr : batches_.next(step);
    if (!is_counted && batch == nullptr) return false;
    callbacks_.tell_watching(&Callback::on_train_batch_begin, step);
    if (is_counted) batch = batches_.next(step);
    if (batch == nullptr) return false;
    batches_.read_ahead(step);
    const auto done = batch->in_data([&] { return train(step, batch->data); });
    scores.add(done->keys, outputs_, batch->row_count());
    if (!callbacks_.watches_batches()) return true;
    batches_.pause();
    callbacks_.tell_watching(&Callback::on_train_batch_end, step, scores.logs());
    return true;
  }

  /// A batch that is not finite has changed nothing; where a callback ends training there, its loss is told all the
  /// same.
  std::shared_ptr<const StepProgram> train(int64_t step, const std::vector<Tensor>& batch) {
    try {
      return learner_.train(batch, outputs_);
    } catch (const NumericError& error) {
      batches_.pause();
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

History run_fit(const Learner& learner, BatchSource& data, const FitOptions& options, const CallbackList& callbacks) {
  return Fitting(learner, data, options, callbacks).run();
}

int64_t steps_per_epoch(const BatchSource& data, const FitOptions& options) {
  const auto count = data.count();
  return count ? std::min(options.steps_per_epoch.value_or(*count), *count) : options.steps_per_epoch.value_or(0);
}

}  // namespace reel
