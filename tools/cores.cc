#include "tools/cores.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "reel/graph/run/threads.h"
#include "reel/graph/stopwatch.h"
#include "reel/models/training/batches.h"
#include "tools/machine.h"
#include "tools/output.h"

namespace reel::cli {
namespace {

constexpr double kSeconds = 0.5;  // for each number of cores
constexpr int64_t kFewestRounds = 3, kMostRounds = 200;

template <class T, class F = std::identity>
T median(std::vector<T> values, F&& key = {}) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end(), [&](const T& a, const T& b) { return key(a) < key(b); });
  return *middle;
}

/// Training steps cut for some number of cores.
class Steps {
 public:
  /// The first step makes its memory.
  Steps(Sequential& model, const Measurement& measurement, const Machine& machine, int cores)
      : model_(model), measurement_(measurement), machine_(machine), cores_(cores) {
    take(0);
    simulated_.clear();
    on_one_core_.clear();
    measured_.clear();
  }

  /// A rehearsal, and where this machine has as many cores, by turns with it, a step as it is.
  void take(int64_t batch) {
    const Tensor x = measurement_.x(batch, measurement_.batch_size), y = measurement_.y(batch, measurement_.batch_size);
    const RunCosts costs = rehearse(cores_, [&] { model_.train_on_batch(x, y); });
    simulated_.push_back(simulate(costs, machine_));
    on_one_core_.push_back(costs.seconds());
    if (cores_ > cores_here()) return;
    const int before = threads();
    set_threads(cores_);
    const Stopwatch watch;
    model_.train_on_batch(x, y);
    measured_.push_back(watch.seconds());
    set_threads(before);
  }

  Prediction simulated() const {
    return median(simulated_, [](const Prediction& step) { return step.seconds; });
  }
  /// Seconds of the same program on one core.
  double on_one_core() const { return median(on_one_core_); }
  /// Seconds of a step as it is.
  std::optional<double> measured() const { return measured_.empty() ? std::nullopt : std::optional(median(measured_)); }

 private:
  Sequential& model_;
  const Measurement& measurement_;
  const Machine& machine_;
  int cores_;
  std::vector<Prediction> simulated_;
  std::vector<double> on_one_core_, measured_;
};

}  // namespace

Option cores_option() {
  return {"cores", "LIST",
          "also simulate machines of so many cores like these, as in 1,2,4,8,16: every part of a step is timed on one "
          "thread, and scheduled as threads would take it"};
}

std::vector<int> cores_of(const Arguments& arguments) {
  std::vector<int> cores;
  if (!arguments.has("cores")) return cores;
  const std::string list = arguments.text("cores");
  const char *at = list.data(), *end = at + list.size();
  for (;;) {
    int number = 0;
    const auto [after, error] = std::from_chars(at, end, number);
    const bool goes_on = after != end && *after == ',';
    if (error != std::errc() || number < 1 || number > kMostThreads || (after != end && !goes_on)) {
      throw UsageError(fmt::format("{}: --cores takes whole numbers from 1 to {} with commas between, got \"{}\"",
                                   arguments.command(), kMostThreads, excerpt(list)));
    }
    cores.push_back(number);
    if (!goes_on) return cores;
    at = after + 1;
  }
}

std::vector<SimulatedCores> simulate_steps(Sequential& model, const Measurement& measurement, const Machine& machine,
                                           std::span<const int> cores) {
  std::map<int, Steps> steps;  // by cores
  steps.try_emplace(1, model, measurement, machine, 1);
  for (const int count : cores) steps.try_emplace(count, model, measurement, machine, count);
  const double seconds = kSeconds * static_cast<double>(steps.size());
  const Stopwatch watch;
  for (int64_t round = 0; round < kFewestRounds || (watch.seconds() < seconds && round < kMostRounds); ++round) {
    for (int64_t batch = 0; batch < measurement.batches(); ++batch) {
      for (auto& [count, of_count] : steps) of_count.take(batch);
    }
  }
  std::map<int, Prediction> predictions;
  double best_seconds = std::numeric_limits<double>::infinity();
  for (const auto& [count, of_count] : steps) {
    predictions[count] = of_count.simulated();
    best_seconds = std::min(best_seconds, of_count.on_one_core());
  }
  std::vector<SimulatedCores> table;
  for (const int count : cores) {
    const Prediction& step = predictions.at(count);
    table.push_back({count, step, step.efficiency(best_seconds, count), steps.at(count).measured()});
  }
  return table;
}

void print_cores(std::span<const SimulatedCores> table, const Machine& machine, std::FILE* out) {
  say(out, "\nSimulated: cores like these, of which one wakes another in {}, {:.1f} GB/s from memory for all\n",
      time_text(machine.wake_seconds), machine.bytes_per_second / 1e9);
  say(out, "  {:>5} {:>11} {:>11} {:>9} {:>11}   of the cores' time: {:>6} {:>6} {:>9} {:>7} {:>8}\n", "cores", "step",
      "measured", "speed-up", "efficiency", "tiles", "joins", "one core", "memory", "waiting");
  for (const auto& [cores, step, efficiency, measured] : table) {
    const double lone = 100 * step.lone_seconds / step.seconds, memory = 100 * step.memory_seconds / step.seconds,
                 tiles = 100 * step.tile_seconds / (cores * step.seconds),
                 joins = 100 * step.join_seconds / (cores * step.seconds);
    say(out, "  {:>5} {:>11} {:>11} {:>8.2f}x {:>9.1f} %   {:>26.1f} {:>6.1f} {:>9.1f} {:>7.1f} {:>8.1f} %\n", cores,
        time_text(step.seconds), measured ? time_text(*measured) : "", efficiency * cores, 100 * efficiency, tiles,
        joins, lone, memory, std::max(0.0, 100 - lone - memory - tiles - joins));
  }
}

nlohmann::ordered_json json_of(std::span<const SimulatedCores> table) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& [cores, step, efficiency, measured] : table) {
    list.push_back({{"cores", cores}, {"step_ms", 1e3 * step.seconds}, {"efficiency", efficiency}});
  }
  return list;
}

}  // namespace reel::cli
