// Prefetch: the next batch is read while the step runs.
#pragma once

#include <array>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "reel/models/training/batches.h"

namespace reel {

/// Hands out the batches of a source. Where the source reads ahead, a thread reads the next one meanwhile: the same
/// batches in the same order, and an error is thrown when its batch is asked for. It is a thread of its own and no task
/// of those that programs run on: they may all be busy, and one that waits for a disk would be missed there.
class Prefetch {
 public:
  explicit Prefetch(BatchSource& source) : source_(source), reads_ahead_(source.reads_ahead()) {}
  /// Gives back to the source what was read and not handed out.
  ~Prefetch();
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  /// Begins a pass, as `BatchSource::start`.
  bool start(Random* random);
  /// Leaves out so many batches of the pass that has begun, of which none was handed out.
  void skip(int64_t batches) { source_.skip(batches); }
  /// The next batch, which stays until the call after; null where there is none.
  const Batch* next();
  /// Has the one after read from now on, if the source reads ahead. Before a new pass begins it is to be asked for.
  void read_ahead();
  /// From now until `read_ahead` nothing is read but by `next`: code of users that runs meanwhile may read, or change,
  /// what the source reads.
  void pause();

  /// For calls of models: of code that a Prefetch runs on its thread, they return when the thread that handed out
  /// batches waits for this one, so that the call sees what it would see without a Prefetch.
  static void wait_for_step();
  /// An address that each thread has, and that a Prefetch's thread takes over from the one that asks for batches: its
  /// innermost call of a model.
  static void*& call_in_progress();

 private:
  enum class State : uint8_t {
    idle,     // nothing has been read ahead
    asked,    // the thread is to read
    reading,  // it does
    waiting,  // in wait_for_step
    done,
  };

  void work();
  void read_next();
  /// Whether there is a batch that has been read ahead, or an error in its place.
  bool wait_until_done();
  void drop();

  BatchSource& source_;
  bool reads_ahead_;
  std::array<Batch, 2> batches_;
  size_t current_ = 0;  // of the batches: the one that was handed out; the other one is read ahead
  std::thread thread_;  // from the first batch on that is read ahead
  std::mutex mutex_;    // of what follows
  std::condition_variable changed_;
  State state_ = State::idle;
  bool is_wanted_ = false, ends_ = false, has_batch_ = false;
  void* call_in_progress_ = nullptr;
  std::exception_ptr thrown_;
};

}  // namespace reel
