#include "tools/machine.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "reel/graph/run/threads.h"
#include "reel/graph/stopwatch.h"
#include "reel/models/training/batches.h"

namespace reel::cli {
namespace {

constexpr int kRounds = 8, kCalls = 201;
constexpr double kPatience = 1e-3;  // seconds that a thread waits for another which may not come
constexpr size_t kLeastFloats = size_t{8} << 20;
constexpr double kTypicalCoreCache = 1 << 20, kTypicalCache = 8 << 20;  // where the system tells none

double cache_bytes(int name, double otherwise) {
  const long bytes = ::sysconf(name);
  return bytes > 0 ? static_cast<double>(bytes) : otherwise;
}

/// Bytes a second that all threads read and write back together, of memory that no cache holds; the best of a few
/// rounds.
double measure_bandwidth(int count, double cache) {
  const size_t floats = std::max(kLeastFloats, static_cast<size_t>(cache) / sizeof(float));
  std::vector<std::vector<float>> values(static_cast<size_t>(count));
  for_each_worker(count, [&](int worker) { values[static_cast<size_t>(worker)].assign(floats, 1.0f); });
  double best = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Stopwatch watch;
    for_each_worker(count, [&](int worker) {
      for (float& value : values[static_cast<size_t>(worker)]) value += 1.0f;
    });
    best = std::max(best, 2.0 * static_cast<double>(floats * sizeof(float)) * count / watch.seconds());
  }
  return best;
}

/// Seconds until two threads have met, one of which was woken by the other; the median of many times.
double measure_waking() {
  std::vector<double> times;
  for (int call = 0; call < kCalls; ++call) {
    std::atomic<int> there = 0;
    const Stopwatch watch;
    for_each_worker(2, [&](int) {
      ++there;
      while (there < 2 && watch.seconds() < kPatience) std::this_thread::yield();
    });
    times.push_back(watch.seconds());
  }
  const auto middle = times.begin() + kCalls / 2;
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

}  // namespace

int cores_here() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

Machine measure_machine() {
  const int before = threads(), cores = cores_here();
  Machine machine{.core_cache_bytes = cache_bytes(_SC_LEVEL2_CACHE_SIZE, kTypicalCoreCache),
                  .all_cache_bytes = cache_bytes(_SC_LEVEL3_CACHE_SIZE, kTypicalCache)};
  set_threads(cores);
  machine.bytes_per_second = measure_bandwidth(cores, machine.all_cache_bytes);
  set_threads(std::max(2, cores));
  machine.wake_seconds = measure_waking();
  set_threads(before);
  return machine;
}

}  // namespace reel::cli
