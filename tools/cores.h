// bench --cores: training steps on machines with more cores than this one, simulated.
#pragma once

#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <vector>

#include "reel/graph/run/simulation.h"
#include "tools/arguments.h"
#include "tools/measurement.h"

namespace reel::cli {

struct SimulatedCores {
  int cores;
  Prediction step;
  double efficiency;
  std::optional<double> measured;  ///< seconds of a step, by turns with what is simulated, where there are such cores
};

Option cores_option();
/// What --cores lists, none where it is not given. Throws UsageError for anything but numbers of cores.
std::vector<int> cores_of(const Arguments& arguments);

/// Rehearses steps on batches that take turns, cut for each number of cores, and for one. Times are medians over
/// batches. Other cores of this machine work meanwhile, as they would: hyperthreads share units, all share a cache and
/// memory, and clocks fall. Efficiency is against whichever cut takes one such core the shortest.
std::vector<SimulatedCores> simulate_steps(Model& model, const Measurement& measurement, const Machine& machine,
                                           std::span<const int> cores);

/// A table, and what the simulation knows of the machine.
void print_cores(std::span<const SimulatedCores> table, const Machine& machine, std::FILE* out);
nlohmann::ordered_json json_of(std::span<const SimulatedCores> table);

}  // namespace reel::cli
