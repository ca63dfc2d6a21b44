#include "reel/models/training/fit_loop.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/stopwatch.h"
#include "reel/graph/trace.h"
#include "reel/graph/warning.h"
#include "reel/models/training/batches.h"
#include "reel/models/training/run_batches.h"
#include "reel/models/training/scores.h"
#include "reel/version.h"

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

  /// Steps of the epoch that begins, or of which so many are `done`: fewer where the rows end.
  int64_t begin_epoch(int64_t done) {
    if (left_ == 0 && done == 0) begin_pass();
    const int64_t there = left_ + done, wanted = options_.steps_per_epoch.value_or(there);
    if (wanted > there) {
      warn(fmt::format("fit: the rows end after {} of {} steps_per_epoch, and the epoch with them", there, wanted));
    }
    return std::min(wanted, there);
  }
  const std::vector<Tensor>& next() {
    --left_;
    return reader_.next();
  }
  void end_epoch() { learner_.orders = order_; }
  const BatchReader& reader() const { return reader_; }

  /// Where the next batch is: the order of the pass that begins next, and batches done in the one that goes on.
  int64_t next_order() const { return order_; }
  int64_t pass_batches() const { return has_begun_ ? reader_.count() - left_ : 0; }
  /// Goes on from there. Returns the last batch before, or nothing where no pass has begun.
  std::vector<Tensor> go_on(int64_t next_order, int64_t done) {
    order_ = next_order;
    if (done == 0) return {};
    if (done < 0 || done > reader_.count() || next_order < 1) {
      throw ValueError(fmt::format("fit: expected batch 0 to {} of an order to go on from, got batch {} of order {}",
                                   reader_.count(), done, next_order - 1));
    }
    --order_;
    begin_pass();
    left_ -= done - 1;
    reader_.skip(done - 1);
    return next();
  }

 private:
  void begin_pass() {
    Random random(learner_.seed, Purpose::row_order, static_cast<uint64_t>(order_));
    reader_.start(options_.shuffle ? &random : nullptr);
    ++order_;
    left_ = reader_.count();
    has_begun_ = true;
  }

  const Learner& learner_;
  const FitOptions& options_;
  BatchReader reader_;
  int64_t order_, left_ = 0;
  bool has_begun_ = false;  // a pass
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
  Fitting(const Learner& learner, const TrainingRows& data, const FitOptions& options, const CallbackList& callbacks)
      : learner_(learner), options_(options), callbacks_(callbacks), batches_(learner, data, options) {}

  History run(const TrainingState* from) {
    epoch_.place.epoch = options_.initial_epoch;
    callbacks_.tell(&Callback::on_train_begin);
    if (from != nullptr) go_on(*from);
    Logs last = history_.epochs.empty() ? Logs() : history_.epochs.back().logs;
    // What goes on between two epochs may have been asked to end.
    bool is_over = from != nullptr && epoch_.place.batch == 0 && has_to_stop();
    while (!is_over && epoch_.place.epoch < options_.epochs) {
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
    const std::vector<Tensor> batch = batches_.go_on(from.next_order, from.pass_batches);
    if (from.place.batch > 0 && batch.empty()) throw ValueError("fit: expected a pass over the rows that goes on");
    if (from.place.batch > 0) epoch_.scores.restore(learner_.train_program(batch)->keys, from.scores);
    callbacks_.tell(&Callback::on_train_resume, from.place.epoch, from.place.batch);
  }

  Logs run_epoch() {
    auto& [epoch, step] = epoch_.place;
    const TraceScope scope(fmt::format("epoch {}", epoch + 1), "fit");
    epoch_.watch = {};
    if (step == 0) callbacks_.tell(&Callback::on_epoch_begin, epoch);
    for (epoch_.steps = batches_.begin_epoch(step); step < epoch_.steps && !(step > 0 && has_to_stop());) run_step();
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

  void run_step() {
    int64_t& step = epoch_.place.batch;
    callbacks_.tell_watching(&Callback::on_train_batch_begin, step);
    const std::vector<Tensor>& batch = batches_.next();
    const auto done = batches_.reader().in_data([&] { return train(step, batch); });
    epoch_.scores.add(done->keys, outputs_, batch[0].shape()[0]);
    if (callbacks_.watches_batches()) {
      callbacks_.tell_watching(&Callback::on_train_batch_end, step, epoch_.scores.logs());
    }
    ++step;
    callbacks_.tell(&Callback::on_train_point, *this);
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
  Epoch epoch_;
  std::vector<Tensor> outputs_;
  History history_;
};

}  // namespace

History run_fit(const Learner& learner, const TrainingRows& data, const FitOptions& options,
                const CallbackList& callbacks, const TrainingState* state) {
  return Fitting(learner, data, options, callbacks).run(state);
}

int64_t steps_per_epoch(const TrainingRows& data, const FitOptions& options) {
  return BatchLimits{options.batch_size, options.steps_per_epoch}.steps_of(data.count(), "fit");
}

}  // namespace reel
