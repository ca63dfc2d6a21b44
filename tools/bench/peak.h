// What this machine can do at most, measured: the limit that kernels and training steps are held against.
#pragma once

namespace reel::bench {

/// float32 multiply-adds that `threads` threads carry out in registers together, in 10^9 operations a second; a
/// multiply-add counts as two. The best of a few short tries, since other work on the machine only ever takes away.
double peak_gflops(int threads);

}  // namespace reel::bench
