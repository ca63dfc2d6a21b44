#include "tools/timing.h"

#include <time.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "reel/graph/run/threads.h"
#include "reel/graph/stopwatch.h"
#include "reel/models/training/batches.h"
#include "reel/ops/peak.h"

namespace reel::cli {
namespace {

constexpr int64_t kWarmUps = 2;
constexpr size_t kFewestRuns = 5, kMostRuns = 2000;

}  // namespace

double seconds_used(int threads) {
  timespec now{};
  ::clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double peak_gflops(int threads) {
  set_threads(threads);
  return measure_peak_flops() / 1e9;
}

double milliseconds(const std::function<void()>& work) {
  const Stopwatch watch;
  work();
  return watch.seconds() * 1e3;
}

double median_ms(double seconds, const std::function<void(int64_t run)>& work) {
  const bool is_trial = seconds <= 0;
  const size_t fewest = is_trial ? 1 : kFewestRuns;
  int64_t run = 0;
  for (; run < (is_trial ? 1 : kWarmUps); ++run) work(run);
  std::vector<double> times;
  for (const Stopwatch watch; times.size() < fewest || (watch.seconds() < seconds && times.size() < kMostRuns);) {
    times.push_back(milliseconds([&] { work(run++); }));
  }
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

/// From /proc rather than getrusage, whose maximum begins with what the parent process held.
double peak_rss_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;  // of kB
  }
  return 0;
}

}  // namespace reel::cli
