// ProgbarLogger: what fit prints.
#pragma once

#include <memory>

#include "reel/models/training/callback.h"

namespace reel {

class EpochProgress;  // progress.h

/// Shows epochs as they go, as EpochProgress does: what `fit` prints unless it is given one.
/// keras.callbacks.ProgbarLogger.
struct ProgbarLogger {
  std::shared_ptr<EpochProgress> progress = {};  ///< of the run

  static constexpr std::string_view class_name = "ProgbarLogger";
  bool watches_batches(const CallbackRun& run) const;
  void on_train_begin(const CallbackRun& run);
  void on_train_resume(const CallbackRun& run, int64_t epoch, int64_t batch);
  void on_epoch_begin(const CallbackRun& run, int64_t epoch);
  void on_train_batch_end(const CallbackRun& run, int64_t batch, const Logs& logs);
  void on_test_begin(const CallbackRun& run);
  void on_epoch_end(const CallbackRun& run, int64_t epoch, const Logs& logs);
};

}  // namespace reel
