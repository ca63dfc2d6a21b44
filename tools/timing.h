// Clocks, medians and memory, by the rules that the peers in Python follow too (tools/bench/peers/measure.py).
#pragma once

#include <cstdint>
#include <functional>

namespace reel::bench {

double wall_seconds();

/// A clock for rates: the processor time of the calling thread for one thread, which other processes do not lengthen;
/// the time of day for more.
double seconds_used(int threads);

/// Median in milliseconds of as many runs as fit in `seconds`, at least five, after two that do not count; of one
/// run after one where `seconds` is 0. Runs are numbered.
double median_ms(double seconds, const std::function<void(int64_t run)>& work);

/// The most memory that this process has held so far, in MB.
double peak_rss_mb();

}  // namespace reel::bench
