#include "reel/models/callbacks/backup_and_restore.h"

#include <fmt/format.h>

#include "reel/graph/error.h"

namespace reel {

void BackupAndRestore::fields(Fields& f) {
  f.required("backup_dir", backup_dir);
  f("save_freq", save_freq);
  f("double_checkpoint", double_checkpoint);
  f("delete_checkpoint", delete_checkpoint);
}

void BackupAndRestore::check() const {
  if (backup_dir.empty()) {
    throw ValueError(fmt::format("{}: backup_dir: expected the name of a folder, got \"\"", class_name));
  }
}

std::shared_ptr<const TrainingState> BackupAndRestore::resumes_from() const {
  progress->backup.reset();  // of a run that did not end
  progress->batches_since_saving = 0;
  progress->backup = std::make_unique<Backup>(backup_dir, double_checkpoint ? 2 : 1);
  return progress->backup->newest();
}

void BackupAndRestore::on_train_point(const CallbackRun&, const TrainingPoint& point) const {
  const bool is_between_epochs = point.place().batch == 0;
  if (save_freq.batches() == 0 ? !is_between_epochs : is_between_epochs) return;
  if (save_freq.batches() > 0 && ++progress->batches_since_saving < save_freq.batches()) return;
  progress->batches_since_saving = 0;
  progress->backup->write(point.state());
}

void BackupAndRestore::on_train_end(const CallbackRun&, const Logs&) const {
  progress->backup->settle();
  if (delete_checkpoint) progress->backup->remove();
  progress->backup.reset();
}

}  // namespace reel
