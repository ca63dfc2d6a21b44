#include "tools/bench/measure.h"

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace reel::bench {
namespace {

constexpr int64_t kWarmUps = 2;
constexpr size_t kFewestRuns = 5;

double read_clock(clockid_t id) {
  timespec now{};
  ::clock_gettime(id, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace

double wall_seconds() { return read_clock(CLOCK_MONOTONIC); }

double seconds_used(int threads) { return read_clock(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC); }

double median_ms(double seconds, const std::function<void(int64_t run)>& work) {
  const bool is_trial = seconds <= 0;
  const size_t fewest = is_trial ? 1 : kFewestRuns;
  int64_t run = 0;
  for (; run < (is_trial ? 1 : kWarmUps); ++run) work(run);
  std::vector<double> times;
  for (const double begin = wall_seconds(); times.size() < fewest || wall_seconds() - begin < seconds;) {
    const double start = wall_seconds();
    work(run++);
    times.push_back(1e3 * (wall_seconds() - start));
  }
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

double peak_rss_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;  // of kB
  }
  return 0;
}

}  // namespace reel::bench
