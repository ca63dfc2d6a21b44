// What this machine can do at most, measured: the limit that kernels and training steps are held against.
#pragma once

namespace reel::bench {

/// A clock for rates: the processor time of the calling thread for one thread, which other processes do not lengthen;
/// the time of day for more.
double seconds_used(int threads);

/// float32 multiply-adds that `threads` threads carry out in registers together, in 10^9 operations a second; a
/// multiply-add counts as two. The best of a few short tries, since other work on the machine only ever takes away.
double peak_gflops(int threads);

}  // namespace reel::bench
