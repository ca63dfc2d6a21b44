#include "tools/busy_cores.h"

#include <utility>

namespace reel::cli {

BusyCores::BusyCores(std::vector<std::function<void()>> works) : works_(std::move(works)) {
  for (const std::function<void()>& work : works_) threads_.emplace_back([this, &work] { repeat(work); });
}

BusyCores::~BusyCores() {
  {
    const std::lock_guard lock(mutex_);
    is_on_ = false;
    ends_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void BusyCores::start() {
  const std::lock_guard lock(mutex_);
  is_on_ = true;
  changed_.notify_all();
}

void BusyCores::stop() {
  std::unique_lock lock(mutex_);
  is_on_ = false;
  changed_.wait(lock, [this] { return working_ == 0; });
}

void BusyCores::repeat(const std::function<void()>& work) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_on_ || ends_; });
    if (ends_) return;
    ++working_;
    while (is_on_) {
      lock.unlock();
      work();
      lock.lock();
    }
    --working_;
    changed_.notify_all();
  }
}

}  // namespace reel::cli
