// What the machine could do at most, to hold ops against.
#pragma once

namespace reel {

/// Floating-point operations a second in f32 of fused multiply-adds that wait for nothing, on `threads()` threads
/// together, the best of a few measurements of some milliseconds. The SIMD target is the one that kernels use.
double measure_peak_flops();

}  // namespace reel
