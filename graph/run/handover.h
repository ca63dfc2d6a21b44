// For ThreadSanitizer: what oneTBB puts in order, once more where it is seen.
#pragma once

#include <atomic>

namespace reel {

/// oneTBB is not built for ThreadSanitizer, which so does not see how tasks are handed over. `threads.cc`, the one file
/// that has oneTBB's code in it, is not watched, and calls these, which are: what is done before `give` by one thread
/// is seen by another after `take`. Costs an addition for each worker.
class Handover {
 public:
  void give();
  void take();

 private:
  std::atomic<int> given_ = 0;
};

}  // namespace reel
