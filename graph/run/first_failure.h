// What is thrown where several tiles fail: the exception of the first of them by rows, whatever thread met one first.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <limits>
#include <mutex>

namespace reel {

class FirstFailure {
 public:
  void start() {
    tile_ = kNone;
    exception_ = nullptr;
  }
  /// Whether a tile before this one has failed, so that nothing of this one matters.
  bool precedes(int64_t tile) const { return tile_.load(std::memory_order_relaxed) < tile; }
  /// Keeps the exception being handled, unless an earlier tile's is there.
  void keep(int64_t tile) {
    const std::lock_guard lock(mutex_);
    if (precedes(tile)) return;
    tile_ = tile;
    exception_ = std::current_exception();
  }
  bool is_any() const { return exception_ != nullptr; }
  /// Throws what was kept, if anything.
  void rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
  std::mutex mutex_;
  std::atomic<int64_t> tile_ = kNone;
  std::exception_ptr exception_;
};

}  // namespace reel
