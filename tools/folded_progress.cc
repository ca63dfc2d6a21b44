#include "tools/folded_progress.h"

#include <optional>

#include "reel/models/training/progress.h"

namespace reel::cli {
namespace {

constexpr int64_t kLines = 20;

class FoldedProgress : public Callback {
 public:
  void on_train_begin() override {
    every_ = (params().epochs + kLines - 1) / kLines;
    progress_.emplace(Verbose::line_per_epoch, params().log, params().epochs);
  }
  void on_epoch_begin(int64_t epoch) override { progress_->begin_epoch(epoch, params().steps); }
  void on_test_begin() override { progress_->end_steps(); }
  void on_epoch_end(int64_t epoch, Logs& logs) override {
    untold_ = logs;
    if (epoch == 0 || (epoch + 1) % every_ == 0) tell();
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
  }

  int64_t every_ = 1;
  std::optional<EpochProgress> progress_;
  std::optional<Logs> untold_;
};

}  // namespace

bool folds_epochs(int64_t epochs) { return epochs > kLines; }

CallbackPtr folded_progress() { return FoldedProgress(); }

}  // namespace reel::cli
