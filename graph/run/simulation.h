// Simulation: what a machine of many cores would take for what was rehearsed on one thread.
#pragma once

#include "reel/graph/run/rehearsal.h"

namespace reel {

/// A core of the simulated machine is as fast as the one that rehearsed, with whatever others did meanwhile; this is
/// what cores have to do with each other.
struct Machine {
  /// From waking another thread to its first tile, and back. Threads wake each other as oneTBB splits a range: each
  /// that is awake wakes one more, so that of c cores the last begins after log2(c) times this, rounded up.
  double wake_seconds = 0;
  double bytes_per_second = 0;  ///< between memory and all cores together; 0: no limit
  double core_cache_bytes = 0;  ///< of each core
  double all_cache_bytes = 0;   ///< of all together, beside these
};

struct Prediction {
  double seconds = 0;
  /// Of `cores` times that, what the cores spend on tiles and joins of phases for several of them.
  double tile_seconds = 0, join_seconds = 0;
  double lone_seconds = 0;    ///< of `seconds`, what one core does while the others have nothing to do
  double memory_seconds = 0;  ///< of `seconds`, for what is waited because memory is slower than the cores

  /// Of a program that takes one core `best_seconds`: best_seconds / (cores seconds).
  double efficiency(double best_seconds, int cores) const { return best_seconds / (cores * seconds); }
};

/// When the phase is done: cores take tiles in order as they get free, and whoever hands in the later of two sums joins
/// them, as the executor does.
double schedule_phase(const PhaseCosts& phase, double wake_seconds);

/// Bytes that a phase must move between memory and cores: the values of a tile are written and read again unless its
/// core's cache and share of the common one hold them; what all tiles touch is read unless the common cache holds it.
double bytes_moved(const PhaseCosts& phase, const Machine& machine);

/// A phase takes as long as its schedule, or as memory needs for its bytes if that is longer.
Prediction simulate(const RunCosts& costs, const Machine& machine);

}  // namespace reel
