#include "reel/models/training/fit_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "reel/graph/stopwatch.h"
#include "reel/graph/trace.h"
#include "reel/graph/warning.h"
#include "reel/models/training/prefetch.h"
#include "reel/models/training/scores.h"
#include "reel/version.h"

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

  /// Begins an epoch, or goes on with one of which so many steps are `done`. False where there are no rows any more.
  bool begin_epoch(int64_t done) {
    // Whether rows that are not counted have ended is known when the next batch is read, which begins the pass.
    if (done == 0 && (left_ == 0 || !is_counted()) && !begin_pass()) {
      warn("fit: the rows have ended and cannot begin again, and training ends with them");
      return false;
    }
    const int64_t there = is_counted() ? left_ + done : kAll, wanted = options_.steps_per_epoch.value_or(there);
    steps_ = std::min(wanted, there);
    if (wanted > there) warn_of_end(there);
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
    if (batch != nullptr) {
      ++pass_batches_;
      return batch;
    }
    left_ = pass_batches_ = 0;
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

  /// Where the next batch is: the order of the pass that begins next, and batches done since the first row was read.
  int64_t next_order() const { return order_; }
  int64_t pass_batches() const { return pass_batches_; }
  /// Goes on from there. Returns the last batch before, or null where no pass has begun.
  const Batch* go_on(int64_t next_order, int64_t done) {
    order_ = next_order;
    if (done == 0) return nullptr;
    const int64_t count = data_.count().value_or(kAll);
    if (done < 0 || done > count || next_order < 1) {
      throw ValueError(fmt::format("fit: expected batch 0 to {} of an order to go on from, got batch {} of order {}",
                                   count, done, next_order - 1));
    }
    --order_;
    const bool begins = begin_pass();
    if (begins) batches_.skip(done - 1);
    if (is_counted()) left_ -= done - 1;
    pass_batches_ = done - 1;
    const Batch* last = begins ? next(0) : nullptr;
    if (last == nullptr) {
      throw ValueError(fmt::format("fit: expected {} batches of rows to go on behind, but they end before", done));
    }
    return last;
  }

 private:
  bool begin_pass() {
    Random random(learner_.seed, Purpose::row_order, static_cast<uint64_t>(order_));
    if (!batches_.start(options_.shuffle ? &random : nullptr)) return false;
    ++order_;
    left_ = data_.count().value_or(kAll);
    if (!data_.goes_on()) pass_batches_ = 0;
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
  int64_t order_, left_ = 0, steps_ = 0, pass_batches_ = 0;
};

/// An epoch, as far as it is.
struct Epoch {
  TrainingPlace place;
  int64_t steps = 0;
  double seconds_before = 0;  // in the runs that it goes on from
  Stopwatch watch = {};
  RunningScores scores = {};

  double seconds() const { return seconds_before + watch.seconds(); }
};

class Fitting final : public TrainingPoint {
 public:
  Fitting(const Learner& learner, BatchSource& data, const FitOptions& options, const CallbackList& callbacks)
      : learner_(learner), options_(options), callbacks_(callbacks), batches_(learner, data, options) {}

  History run(const TrainingState* from) {
    epoch_.place.epoch = options_.initial_epoch;
    callbacks_.tell(&Callback::on_train_begin);
    if (from != nullptr) go_on(*from);
    Logs last = history_.epochs.empty() ? Logs() : history_.epochs.back().logs;
    // What goes on between two epochs may have been asked to end.
    bool is_over = from != nullptr && epoch_.place.batch == 0 && has_to_stop();
    while (!is_over && epoch_.place.epoch < options_.epochs && batches_.begin_epoch(epoch_.place.batch)) {
      last = run_epoch();
      is_over = has_to_stop();
    }
    learner_.finalize();
    callbacks_.tell(&Callback::on_train_end, last);
    return std::move(history_);
  }

  TrainingPlace place() const override { return epoch_.place; }
  bool is_end_of_steps() const override { return epoch_.place.batch == epoch_.steps; }
  TrainingState state() const override {
    if (learner_.made_with == Config()) throw Error("fit: a state was asked for by none of callbacks that keep states");
    return {.place = epoch_.place,
            .version = std::string(version()),
            .made_with = learner_.made_with,
            .stops = has_to_stop(),
            .orders = learner_.orders,
            .next_order = batches_.next_order(),
            .pass_batches = batches_.pass_batches(),
            .seconds = epoch_.place.batch == 0 ? 0 : epoch_.seconds(),
            .variables = learner_.variables(),
            .scores = epoch_.scores.saved(),
            .history = history_,
            .callbacks = callbacks_.states(),
            .source = {}};
  }

 private:
  bool has_to_stop() const { return callbacks_.run().stops; }

  void go_on(const TrainingState& from) {
    learner_.set_variables(from.variables);
    callbacks_.set_states(from.callbacks);
    callbacks_.run().stops = from.stops;
    learner_.orders = from.orders;
    history_ = from.history;
    epoch_.place = from.place;
    epoch_.seconds_before = from.seconds;
    const Batch* batch = batches_.go_on(from.next_order, from.pass_batches);
    if (from.place.batch > 0 && batch == nullptr) {
      throw ValueError("fit: expected a pass over the rows that goes on");
    }
    if (from.place.batch > 0) epoch_.scores.restore(learner_.train_program(batch->data)->keys, from.scores);
    callbacks_.tell(&Callback::on_train_resume, from.place.epoch, from.place.batch);
  }

  Logs run_epoch() {
    auto& [epoch, step] = epoch_.place;
    const TraceScope scope(fmt::format("epoch {}", epoch + 1), "fit");
    epoch_.watch = {};
    if (step == 0) callbacks_.tell(&Callback::on_epoch_begin, epoch);
    for (epoch_.steps = batches_.steps(); step < epoch_.steps && !(step > 0 && has_to_stop());) {
      if (!run_step()) break;
    }
    batches_.end_epoch();
    Logs logs = epoch_.scores.logs();
    if (learner_.validate && options_.validation_freq.includes(epoch)) {
      callbacks_.tell(&Callback::on_test_begin);
      const Logs validated = learner_.validate(callbacks_);
      callbacks_.tell(&Callback::on_test_end, validated);
      for (const auto& [log, value] : validated) logs.set("val_" + log, value);
    }
    const double seconds = epoch_.seconds();
    callbacks_.tell(&Callback::on_epoch_end, epoch, logs);
    history_.epochs.push_back({logs, seconds, epoch});
    epoch_ = {.place = {epoch + 1, 0}};
    callbacks_.tell(&Callback::on_train_point, *this);
    return logs;
  }

  /// False where there was no batch for it, which of rows that are not counted is known when it is read.
  bool run_step() {
    int64_t& step = epoch_.place.batch;
    const bool is_counted = batches_.is_counted();
    const Batch* batch = is_counted ? nullptr : batches_.next(step);
    if (!is_counted && batch == nullptr) return false;
    callbacks_.tell_watching(&Callback::on_train_batch_begin, step);
    if (is_counted) batch = batches_.next(step);
    if (batch == nullptr) return false;
    batches_.read_ahead(step);
    const auto done = batch->in_data([&] { return train(step, batch->data); });
    epoch_.scores.add(done->keys, outputs_, batch->row_count());
    if (callbacks_.watches_batches()) {
      batches_.pause();
      callbacks_.tell_watching(&Callback::on_train_batch_end, step, epoch_.scores.logs());
    }
    ++step;
    callbacks_.tell(&Callback::on_train_point, *this);
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
  Epoch epoch_;
  std::vector<Tensor> outputs_;
  History history_;
};

}  // namespace

History run_fit(const Learner& learner, BatchSource& data, const FitOptions& options, const CallbackList& callbacks,
                const TrainingState* state) {
  return Fitting(learner, data, options, callbacks).run(state);
}

int64_t steps_per_epoch(const BatchSource& data, const FitOptions& options) {
  const auto count = data.count();
  return count ? std::min(options.steps_per_epoch.value_or(*count), *count) : options.steps_per_epoch.value_or(0);
}

}  // namespace reel
