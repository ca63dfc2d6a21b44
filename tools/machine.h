// What cores have to do with each other, measured on this machine for the simulation of larger ones.
#pragma once

#include "reel/graph/run/simulation.h"

namespace reel::cli {

/// Cores that this process may use.
int cores_here();

/// Memory and waking are measured with a thread on every core of this machine, in some tenths of a second; the sizes of
/// caches are what the system tells. Threads are as many afterwards as before.
Machine measure_machine();

}  // namespace reel::cli
