// The peak that ops are held against.
#include "reel/ops/peak.h"

#include <atomic>
#include <catch2/catch.hpp>

#include "reel/graph/run/with_threads.h"

namespace reel {
namespace {

TEST_CASE("peak: a number that a computer may have", "[ops]") {
  const double flops = measure_peak_flops();
  CHECK(flops > 1e8);
  CHECK(flops < 1e15);
}

TEST_CASE("peak: each thread reads its own clock, and their rates are added", "[ops]") {
  std::atomic<int> readings = 0;
  const auto measure = [&](int threads, double seconds_each) {
    readings = 0;
    const auto clock = [&] {
      thread_local double now = 0;
      ++readings;
      return now += seconds_each;
    };
    const WithThreads with(threads);
    return measure_peak_flops(clock);
  };
  const double one = measure(1, 1);
  const int readings_of_one = readings;
  CHECK(measure(2, 1) == 2 * one);
  CHECK(readings == 2 * readings_of_one);
  CHECK(measure(1, 2) == one / 2);
}

}  // namespace
}  // namespace reel
