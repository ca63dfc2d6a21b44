#include "tools/cores.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "reel/graph/run/threads.h"
#include "reel/graph/stopwatch.h"
#include "tools/busy_cores.h"
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
  /// The first steps make its memory.
  Steps(Model& model, const Measurement& measurement, const Machine& machine, int cores)
      : model_(model), measurement_(measurement), machine_(machine), cores_(cores) {
    rehearse_one(0);
    measure_one(0);
    simulated_.clear();
    on_one_core_.clear();
    measured_.clear();
  }

  void rehearse_one(int64_t batch) {
    const RunCosts costs = rehearse(cores_, step_on(batch));
    simulated_.push_back(simulate(costs, machine_));
    on_one_core_.push_back(costs.seconds());
  }

  /// A step as it is, where this machine has as many cores; after one that finds caches as others have left them.
  void measure_one(int64_t batch) {
    if (cores_ > cores_here()) return;
    const std::function<void()> step = step_on(batch);
    const int before = threads();
    set_threads(cores_);
    step();
    const Stopwatch watch;
    step();
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
  std::function<void()> step_on(int64_t batch) {
    return [&model = model_, x = measurement_.x(batch, measurement_.batch_size),
            y = measurement_.y(batch, measurement_.batch_size)] { model.train_on_batch(x, y); };
  }

  Model& model_;
  const Measurement& measurement_;
  const Machine& machine_;
  int cores_;
  std::vector<Prediction> simulated_;
  std::vector<double> on_one_core_, measured_;
};

/// Steps like those that are measured, of a model of their own, for each of the other cores.
std::vector<std::function<void()>> works_of_others(const Measurement& measurement) {
  std::vector<std::function<void()>> works;
  for (int core = 1; core < cores_here(); ++core) {
    const auto model = std::make_shared<Model>(measurement.build());
    const Tensor x = measurement.x(core, measurement.batch_size).clone(),
                 y = measurement.y(core, measurement.batch_size).clone();
    works.emplace_back([model, x, y] { rehearse(1, [&] { model->train_on_batch(x, y); }); });
    works.back()();
  }
  return works;
}

}  // namespace

Option cores_option() {
  return {
      "cores", "LIST",
      "also simulate machines of so many cores, as in 1,2,4,8,16: every part of a step is timed on one thread, while "
      "other cores have steps of their own, and scheduled as threads would take it"};
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

std::vector<SimulatedCores> simulate_steps(Model& model, const Measurement& measurement, const Machine& machine,
                                           std::span<const int> cores) {
  std::map<int, Steps> steps;  // by cores
  steps.try_emplace(1, model, measurement, machine, 1);
  for (const int count : cores) steps.try_emplace(count, model, measurement, machine, count);
  const double seconds = kSeconds * static_cast<double>(steps.size());
  BusyCores others(works_of_others(measurement));
  const Stopwatch watch;
  for (int64_t round = 0; round < kFewestRounds || (watch.seconds() < seconds && round < kMostRounds); ++round) {
    for (int64_t batch = 0; batch < measurement.batches(); ++batch) {
      others.start();
      for (auto& [count, of_count] : steps) of_count.rehearse_one(batch);
      others.stop();
      for (auto& [count, of_count] : steps) of_count.measure_one(batch);
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
  say(out,
      "\nSimulated: cores like those here while all of them work, of which one wakes another in {}, {:.1f} GB/s from\n"
      "memory for all. Measured: the same steps as they are, by turns\n",
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
