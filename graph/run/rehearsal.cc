#include "reel/graph/run/rehearsal.h"

#include <utility>

#include "reel/graph/error.h"

namespace reel {
namespace {

using Clock = std::chrono::steady_clock;

thread_local Rehearsal* current_rehearsal = nullptr;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

double PhaseCosts::seconds() const {
  double sum = 0;
  for (const TileCost& tile : tiles) sum += tile.seconds;
  for (const double join : joins) sum += join;
  return sum;
}

double RunCosts::seconds() const {
  double sum = between_seconds;
  for (const PhaseCosts& phase : phases) sum += phase.seconds();
  return sum;
}

Rehearsal::Rehearsal(int threads) : threads_(threads) {
  if (current_rehearsal != nullptr) throw Error("rehearse: a rehearsal holds no other");
  current_rehearsal = this;
}

Rehearsal::~Rehearsal() { current_rehearsal = nullptr; }

Rehearsal* Rehearsal::current() { return current_rehearsal; }

PhaseCosts& Rehearsal::add_phase(int workers) {
  phases_.emplace_back().workers = workers;
  return phases_.back();
}

double* Rehearsal::add_tile(const TileCost& tile) {
  phases_.back().tiles.push_back(tile);
  return &phases_.back().tiles.back().seconds;
}

void CostTimer::start() {
  around_ = std::exchange(current_rehearsal->running_, this);
  start_ = Clock::now();
}

void CostTimer::stop() {
  const double seconds = seconds_since(start_);
  *cost_ += seconds;
  if (around_ != nullptr) *around_->cost_ -= seconds;
  current_rehearsal->running_ = around_;
}

RunCosts rehearse(int threads, const std::function<void()>& work) {
  RunCosts costs;
  const Rehearsal rehearsal(threads);
  const Clock::time_point start = Clock::now();
  work();
  costs.between_seconds = seconds_since(start);
  costs.phases = rehearsal.phases();
  for (const PhaseCosts& phase : costs.phases) costs.between_seconds -= phase.seconds();
  return costs;
}

}  // namespace reel
