#include "reel/models/training/progbar_logger.h"

#include "reel/models/training/progress.h"

namespace reel {

bool ProgbarLogger::watches_batches(const CallbackRun& run) const {
  return EpochProgress(run.params.verbose, run.params.log, run.params.epochs).shows_steps();
}

void ProgbarLogger::on_train_begin(const CallbackRun& run) {
  progress = std::make_shared<EpochProgress>(run.params.verbose, run.params.log, run.params.epochs);
}

void ProgbarLogger::on_epoch_begin(const CallbackRun& run, int64_t epoch) {
  progress->begin_epoch(epoch, run.params.steps);
}

/// An epoch that goes on does not begin, but its line does.
void ProgbarLogger::on_train_resume(const CallbackRun& run, int64_t epoch, int64_t batch) {
  if (batch > 0) progress->begin_epoch(epoch, run.params.steps);
}

void ProgbarLogger::on_train_batch_end(const CallbackRun&, int64_t batch, const Logs& logs) {
  progress->step(batch + 1, logs);
}

void ProgbarLogger::on_test_begin(const CallbackRun&) {
  if (progress) progress->end_steps();
}

void ProgbarLogger::on_epoch_end(const CallbackRun&, int64_t, const Logs& logs) { progress->end_epoch(logs); }

}  // namespace reel
