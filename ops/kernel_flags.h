// What a file of kernels must be compiled with; every header that kernels are written with includes this.
#pragma once

#include <hwy/detect_targets.h>

#if (HWY_DISABLED_TARGETS & HWY_SSE4) == 0
#error "compile with the definitions of the CMake target reel::reel, or kernels run as scalar code"
#endif

// Without inlining, every operation on a vector is a call that passes its operands through memory.
#if !defined(__OPTIMIZE__) && !defined(REEL_SLOW_KERNELS)
#warning "kernels without optimisation are many times as slow: compile this file with -O2, or define REEL_SLOW_KERNELS"
#endif
