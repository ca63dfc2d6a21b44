// The number of threads, for as long as a check wants it.
#pragma once

#include "reel/graph/run/threads.h"

namespace reel {

/// Sets the number of threads, and sets it back at its end.
class WithThreads {
 public:
  explicit WithThreads(int count) : before_(threads()) { set_threads(count); }
  ~WithThreads() { set_threads(before_); }
  WithThreads(const WithThreads&) = delete;
  WithThreads& operator=(const WithThreads&) = delete;

 private:
  int before_;
};

}  // namespace reel
