#include "reel/models/training/run_batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "reel/models/training/prefetch.h"

namespace reel {

int64_t BatchLimits::steps_of(int64_t row_count, const char* call) const {
  if (batch_size < 1) throw ValueError(fmt::format("{}: batch_size must be positive, got {}", call, batch_size));
  if (steps && *steps < 1) throw ValueError(fmt::format("{}: steps must be positive, got {}", call, *steps));
  const int64_t size = std::min(batch_size, row_count);
  return std::min(steps.value_or(row_count), (row_count + size - 1) / size);
}

namespace {

/// Batches of a pass, as `evaluate` and `predict` go through them.
class Pass {
 public:
  Pass(BatchSource& data, std::optional<int64_t> steps, const char* call)
      : is_counted_(data.count().has_value()), batches_(data) {
    if (!batches_.start(nullptr))
      throw ValueError(fmt::format("{}: the rows have ended, and cannot begin again", call));
    steps_ = std::min(steps.value_or(kAll), data.count().value_or(kAll));
  }

  /// Calls `begin` of each batch's number, `run` of its rows, and `end` of its number, between which none are read that
  /// could disturb code of users.
  template <class Begin, class Run, class End>
  void for_each(const CallbackList& callbacks, Begin&& begin, Run&& run, End&& end) {
    for (int64_t i = 0; i < steps_; ++i) {
      // That there is a batch is known of rows that are not counted when it is read.
      const Batch* batch = is_counted_ ? nullptr : batches_.next();
      if (!is_counted_ && batch == nullptr) return;
      begin(i);
      if (is_counted_) batch = batches_.next();
      if (batch == nullptr) return;
      if (i + 1 < steps_) batches_.read_ahead();
      batch->in_data([&] { run(*batch); });
      if (callbacks.watches_batches()) batches_.pause();
      end(i);
    }
  }

 private:
  static constexpr int64_t kAll = std::numeric_limits<int64_t>::max();

  bool is_counted_;
  int64_t steps_ = 0;
  Prefetch batches_;
};

/// Rows of outputs, put together as they come.
class Gathered {
 public:
  /// `row_count`: of all, if it is known.
  explicit Gathered(std::optional<int64_t> row_count) : row_count_(row_count) {}

  void add(const std::vector<Tensor>& outputs) {
    const int64_t count = outputs[0].shape()[0], room = room_for(done_ + count);
    all_.resize(outputs.size());
    for (size_t i = 0; i < outputs.size(); ++i) {
      const Tensor& out = outputs[i];
      if (!all_[i] || all_[i].shape()[0] < done_ + count) {
        Tensor larger(out.dtype(), out.shape().with_lead(room));
        if (all_[i]) larger.slice_rows(0, done_).assign(all_[i].slice_rows(0, done_));
        all_[i] = larger;
      }
      all_[i].slice_rows(done_, done_ + count).assign(out);
    }
    done_ += count;
  }
  std::vector<Tensor> take() {
    for (Tensor& part : all_) {
      if (part.shape()[0] != done_) part = part.slice_rows(0, done_);
    }
    return std::move(all_);
  }

 private:
  int64_t room_for(int64_t least) const { return row_count_ ? std::max(*row_count_, least) : 2 * least; }

  std::optional<int64_t> row_count_;
  int64_t done_ = 0;
  std::vector<Tensor> all_;
};

}  // namespace

Logs evaluate_batches(const StepProgram& step, BatchSource& data, std::optional<int64_t> steps,
                      const CallbackList& callbacks) {
  Pass pass(data, steps, "evaluate");
  RunningScores scores;
  std::vector<Tensor> outputs;
  pass.for_each(
      callbacks, [&](int64_t i) { callbacks.tell_watching(&Callback::on_test_batch_begin, i); },
      [&](const Batch& batch) {
        step.run(batch.data, outputs);
        scores.add(step.keys, outputs, batch.row_count());
      },
      [&](int64_t i) {
        if (callbacks.watches_batches()) callbacks.tell_watching(&Callback::on_test_batch_end, i, scores.logs());
      });
  return scores.logs();
}

std::vector<Tensor> predict_batches(const StepProgram& step, BatchSource& data, std::optional<int64_t> steps,
                                    std::optional<int64_t> row_count, const CallbackList& callbacks) {
  Pass pass(data, steps, "predict");
  Gathered all(row_count);
  std::vector<Tensor> outputs;
  pass.for_each(
      callbacks, [&](int64_t i) { callbacks.tell_watching(&Callback::on_predict_batch_begin, i); },
      [&](const Batch& batch) {
        step.run(std::span(batch.data).first(step.types.x.size()), outputs);
        all.add(outputs);
      },
      [&](int64_t i) { callbacks.tell_watching(&Callback::on_predict_batch_end, i, outputs); });
  return all.take();
}

}  // namespace reel
