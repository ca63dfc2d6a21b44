// Rehearsal: programs run on one thread, cut as for more, and what each part takes is written down. The simulation
// (simulation.h) tells from that what a machine of so many cores would take.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

namespace reel {

/// Work that one core takes at a time.
struct TileCost {
  double seconds = 0;
  int64_t first_leaf = 0, leaves = 0;  ///< whose sums it hands in; none where nothing is summed over rows
  double bytes = 0;                    ///< that it touches of its core's own
};

/// Tiles that cores take one after the other, in this order.
struct PhaseCosts {
  std::vector<TileCost> tiles;
  int64_t leaves = 0;         ///< of the tree that joins their sums
  std::vector<double> joins;  ///< seconds, by place in the tree (TreeClimb); the last is the root
  int workers = 1;            ///< that would be woken
  double whole_bytes = 0;     ///< that the tiles touch together, each once
  double seconds() const;     ///< on one core
};

/// What a stretch of work takes: phases, which begin when the one before is done, and what lies between them.
struct RunCosts {
  std::vector<PhaseCosts> phases;
  double between_seconds = 0;
  double seconds() const;  ///< on one core
};

/// While it lives, programs that its thread runs use this thread alone, but cut their rows as `threads` threads would.
class Rehearsal {
 public:
  /// Throws Error where one lives already.
  explicit Rehearsal(int threads);
  ~Rehearsal();
  Rehearsal(const Rehearsal&) = delete;
  Rehearsal& operator=(const Rehearsal&) = delete;

  /// That of the calling thread, or null.
  static Rehearsal* current();

  int threads() const { return threads_; }
  const std::vector<PhaseCosts>& phases() const { return phases_; }

  // For the executor. What is given out is to be added to, and valid until more is asked for.
  PhaseCosts& add_phase(int workers);
  double* add_tile(const TileCost& tile);
  double* join(int64_t place) { return &phases_.back().joins[static_cast<size_t>(place)]; }

 private:
  friend class CostTimer;

  int threads_;
  std::vector<PhaseCosts> phases_;
  class CostTimer* running_ = nullptr;
};

/// Adds the time for which it lives to a cost, less that of timers within it. With null it does nothing.
class CostTimer {
 public:
  explicit CostTimer(double* cost) : cost_(cost) {
    if (cost_ != nullptr) start();
  }
  ~CostTimer() {
    if (cost_ != nullptr) stop();
  }
  CostTimer(const CostTimer&) = delete;
  CostTimer& operator=(const CostTimer&) = delete;

 private:
  void start();
  void stop();

  double* cost_;
  CostTimer* around_ = nullptr;
  std::chrono::steady_clock::time_point start_;
};

/// Calls `work`, whose programs are rehearsed for `threads` threads, and tells what it took.
RunCosts rehearse(int threads, const std::function<void()>& work);

}  // namespace reel
