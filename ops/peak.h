// What the machine could do at most, to hold ops against.
#pragma once

#include <functional>

namespace reel {

/// Floating-point operations a second in f32 of fused multiply-adds that wait for nothing: the sum over `threads()`
/// threads that work together, the best of a few measurements of some milliseconds. The SIMD target is the one that
/// kernels use. `seconds` is the clock of the calling thread, read by each thread before and after its work; its
/// processor time if not given, so that the peak of a busy machine is no lower: an op, whose time may be of day, does
/// not come out above it.
double measure_peak_flops(const std::function<double()>& seconds = {});

}  // namespace reel
