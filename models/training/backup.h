// Backup: a folder of checkpoints, written beside the training that they are of.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "reel/models/formats/descriptor.h"
#include "reel/models/training/training_state.h"

namespace reel {

/// Whether the folder has checkpoints, sound or not. Throws DataError for one that cannot be read.
bool has_checkpoints(const std::string& folder);

/// Files "checkpoint-EPOCH-BATCH.safetensors", by how far training was, whatever clocks say. Each is written aside,
/// synced and renamed by a thread of the backup's own, so that a process that is killed, or a machine that stops, at
/// any instant leaves whole ones. As long as it lives, no other may use the folder.
class Backup {
 public:
  /// Makes the folder, if it is not there, and removes what writes that were cut short have left. `keep`: so many
  /// newest checkpoints stay. Throws DataError where it cannot be written to, and while another backup has it.
  Backup(std::string folder, int64_t keep);
  /// Waits until all is written.
  ~Backup();
  Backup(const Backup&) = delete;
  Backup& operator=(const Backup&) = delete;

  /// What the newest sound checkpoint holds, or null; warns of those that are damaged. Of these, and of others that are
  /// further than what is written next, nothing is left then.
  std::shared_ptr<const TrainingState> newest() const;
  /// Hands over a state, and goes on. One that has been waiting for the write before it is left out. What could not be
  /// written before is told as a warning: training goes on without, and what was there stays.
  void write(TrainingState state);
  /// Waits until what was handed over last is written. Throws what went wrong with it.
  void finish();
  /// The same, where that is told as a warning: training is done, and not lost with its last checkpoint.
  void settle();
  /// Removes all checkpoints, and the folder if nothing else is in it.
  void remove();
  const std::string& folder() const { return folder_; }

 private:
  void wait();
  void work();
  void write_now(const TrainingState& state);
  void warn_of_failure();

  std::string folder_;
  int64_t keep_;
  Descriptor lock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<TrainingState> waiting_;
  std::exception_ptr failure_;
  bool is_writing_ = false, is_over_ = false;
  std::thread writer_;  // the last, so that the others are there for it
};

}  // namespace reel
