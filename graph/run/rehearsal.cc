#include "reel/graph/run/rehearsal.h"

#include <algorithm>
#include <utility>

#include "reel/graph/error.h"

namespace reel {
namespace {

using Clock = std::chrono::steady_clock;

thread_local Rehearsal* current_rehearsal = nullptr;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// f(median, values of the same part) for each part.
template <class F>
void for_each_part(RunCosts& costs, F&& f) {
  f(costs.between_seconds);
  for (PhaseCosts& phase : costs.phases) {
    for (TileCost& tile : phase.tiles) f(tile.seconds);
    for (double& join : phase.joins) f(join);
  }
}

}  // namespace

double PhaseCosts::seconds() const {
  double sum = 0;
  for (const TileCost& tile : tiles) sum += tile.seconds;
  for (const double join : joins) sum += join;
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

RunCosts median_of(std::span<const RunCosts> runs) {
  std::vector<std::vector<double>> parts;  // by run
  for (RunCosts run : runs) {
    std::vector<double>& values = parts.emplace_back();
    for_each_part(run, [&](double& seconds) { values.push_back(seconds); });
    if (values.size() != parts[0].size()) throw Error("median_of: expected rehearsals of the same parts");
  }
  if (runs.empty()) throw Error("median_of: expected at least one rehearsal");
  RunCosts median = runs[0];
  size_t part = 0;
  for_each_part(median, [&](double& seconds) {
    std::vector<double> values;
    for (const std::vector<double>& run : parts) values.push_back(run[part]);
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    seconds = *middle;
    ++part;
  });
  return median;
}

}  // namespace reel
