#include "tools/cores.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "reel/graph/run/threads.h"
#include "reel/models/batches.h"
#include "tools/output.h"

namespace reel::cli {
namespace {

constexpr double kSeconds = 0.5;  // for each number of cores
constexpr int64_t kFewestRounds = 5, kMostRounds = 200;

Prediction median_of_steps(std::vector<Prediction> steps) {
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end(),
                   [](const Prediction& a, const Prediction& b) { return a.seconds < b.seconds; });
  return *middle;
}

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
  const int64_t batches = measurement.batches(), batch_size = measurement.batch_size;
  std::map<int, std::vector<std::vector<RunCosts>>> rehearsals;  // by threads and batch
  rehearsals[1];
  for (const int count : cores) rehearsals[count];
  const auto rehearse_step = [&](int count, int64_t batch) {
    const Tensor x = measurement.x(batch, batch_size), y = measurement.y(batch, batch_size);
    return rehearse(count, [&] { model.train_on_batch(x, y); });
  };
  for (auto& [count, by_batch] : rehearsals) {
    by_batch.resize(static_cast<size_t>(batches));
    rehearse_step(count, 0);  // makes its memory
  }
  const double seconds = kSeconds * static_cast<double>(rehearsals.size());
  const Stopwatch watch;
  for (int64_t round = 0; round < kFewestRounds || (watch.seconds() < seconds && round < kMostRounds); ++round) {
    for (int64_t batch = 0; batch < batches; ++batch) {
      for (auto& [count, by_batch] : rehearsals) {
        by_batch[static_cast<size_t>(batch)].push_back(rehearse_step(count, batch));
      }
    }
  }
  const auto step_of = [&](int count) {
    std::vector<Prediction> steps;
    for (const std::vector<RunCosts>& runs : rehearsals.at(count)) steps.push_back(simulate(median_of(runs), machine));
    return median_of_steps(std::move(steps));
  };
  const double best_seconds = step_of(1).seconds;
  std::vector<SimulatedCores> table;
  for (const int count : cores) {
    const Prediction step = step_of(count);
    table.push_back({count, step, step.efficiency(best_seconds, count)});
  }
  return table;
}

void print_cores(std::span<const SimulatedCores> table, const Machine& machine, std::FILE* out) {
  say(out, "\nSimulated: cores like these, of which one wakes another in {}, {:.1f} GB/s from memory for all\n",
      time_text(machine.wake_seconds), machine.bytes_per_second / 1e9);
  say(out, "  {:>5} {:>12} {:>9} {:>11}   of the cores' time: {:>8} {:>8} {:>8} {:>8} {:>8}\n", "cores", "step",
      "speed-up", "efficiency", "tiles", "joins", "one core", "memory", "waiting");
  for (const auto& [cores, step, efficiency] : table) {
    const double lone = 100 * step.lone_seconds / step.seconds, memory = 100 * step.memory_seconds / step.seconds,
                 tiles = 100 * step.tile_seconds / (cores * step.seconds),
                 joins = 100 * step.join_seconds / (cores * step.seconds);
    say(out, "  {:>5} {:>12} {:>8.2f}x {:>9.1f} %   {:>28.1f} {:>8.1f} {:>8.1f} {:>8.1f} {:>8.1f} %\n", cores,
        time_text(step.seconds), efficiency * cores, 100 * efficiency, tiles, joins, lone, memory,
        100 - lone - memory - tiles - joins);
  }
}

nlohmann::ordered_json json_of(std::span<const SimulatedCores> table) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& [cores, step, efficiency] : table) {
    list.push_back({{"cores", cores}, {"step_ms", 1e3 * step.seconds}, {"efficiency", efficiency}});
  }
  return list;
}

}  // namespace reel::cli
