// What the machine could do at most, to hold ops against.
#pragma once

#include <functional>

namespace reel {

/// Floating-point operations a second in f32 of fused multiply-adds that wait for nothing, on `threads()` threads
/// together, the best of a few measurements of some milliseconds. The SIMD target is the one that kernels use.
/// `seconds` is the clock, read on the calling thread, which is one of those that work; the time of day if not given.
double measure_peak_flops(const std::function<double()>& seconds = {});

}  // namespace reel
