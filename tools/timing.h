// Clocks, medians and memory, by the rules that the peers in Python follow too (tools/bench/peers/measure.py).
#pragma once

#include <cstdint>
#include <functional>

namespace reel::cli {

/// A clock for rates: the processor time of the calling thread for one thread, which other processes do not lengthen;
/// the time of day for more.
double seconds_used(int threads);

/// float32 multiply-adds that `threads` threads carry out in registers together, in 10^9 operations a second
/// (reel/ops/peak.h). Sets the number of threads.
double peak_gflops(int threads);

double milliseconds(const std::function<void()>& work);

/// Median in milliseconds of as many runs as fit in `seconds`, at least five and at most 2,000, after two that do not
/// count; of one run after one where `seconds` is 0. Runs are numbered.
double median_ms(double seconds, const std::function<void(int64_t run)>& work);

/// The most memory that this process has held so far, in MB.
double peak_rss_mb();

}  // namespace reel::cli
