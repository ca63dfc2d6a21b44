// How many threads Reel uses, and the one way in which it uses them.
#pragma once

#include <functional>

namespace reel {

/// Threads that programs run on; the machine's cores unless set.
int threads();
/// More than any machine has, and few enough to be made.
inline constexpr int kMostThreads = 1024;
/// Sets the number of threads for programs run from now on; below 1 counts as 1. Results do not depend on it, to the
/// bit. Throws ValueError above kMostThreads.
void set_threads(int count);

/// Calls `work(worker)` for worker = 0 .. workers-1, in parallel on up to `threads()` threads, and returns when all
/// have returned. An exception thrown by one is thrown here.
void for_each_worker(int workers, const std::function<void(int)>& work);

}  // namespace reel
