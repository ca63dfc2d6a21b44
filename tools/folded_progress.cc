#include "tools/folded_progress.h"

#include <optional>

#include "reel/graph/stopwatch.h"
#include "reel/models/training/progress.h"

namespace reel::cli {
namespace {

constexpr int64_t kMostLines = 20;
constexpr double kMostSeconds = 10;  // between two lines

/// 1, 2, 5, 10, 20, 50, ...
bool is_round(int64_t number) {
  while (number % 10 == 0) number /= 10;
  return number == 1 || number == 2 || number == 5;
}

class FoldedProgress : public Callback {
 public:
  void on_train_begin() override {
    if (folds_epochs(params().epochs)) progress_.emplace(Verbose::line_per_epoch, params().log, params().epochs);
  }
  void on_train_resume(int64_t epoch, int64_t batch) override {
    if (batch > 0) on_epoch_begin(epoch);
  }
  void on_epoch_begin(int64_t epoch) override {
    if (progress_) progress_->begin_epoch(epoch, params().steps);
  }
  void on_test_begin() override {
    if (progress_) progress_->end_steps();
  }
  void on_epoch_end(int64_t epoch, Logs& logs) override {
    if (!progress_) return;
    untold_ = logs;
    if (is_round(epoch + 1) || since_line_.seconds() > kMostSeconds) tell();
  }
  /// The last one, whatever ended training.
  void on_train_end(const Logs&) override {
    if (untold_) tell();
  }
  bool watches_batches() const override { return false; }

 private:
  void tell() {
    progress_->end_epoch(*untold_);
    untold_.reset();
    since_line_ = Stopwatch();
  }

  Stopwatch since_line_;
  std::optional<EpochProgress> progress_;
  std::optional<Logs> untold_;
};

}  // namespace

bool folds_epochs(int64_t epochs) { return epochs > kMostLines; }

CallbackPtr folded_progress() { return FoldedProgress(); }

}  // namespace reel::cli
