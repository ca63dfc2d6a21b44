// The simulation of machines with more cores: schedules worked out by hand.
#include "reel/graph/run/simulation.h"

#include <catch2/catch.hpp>

namespace reel {
namespace {

PhaseCosts phase_of(int workers, std::vector<TileCost> tiles) {
  return {.tiles = std::move(tiles), .joins = {}, .workers = workers};
}

TEST_CASE("simulation: whoever is free takes the next tile", "[simulation]") {
  const std::vector<TileCost> tiles = {{5}, {4}, {3}, {3}, {1}};
  CHECK(schedule_phase(phase_of(1, tiles), 0) == 16);
  CHECK(schedule_phase(phase_of(2, tiles), 0) == 8);  // 5 3 | 4 3 1
  CHECK(schedule_phase(phase_of(3, tiles), 0) == 6);  // 5 | 4 1 | 3 3
  CHECK(schedule_phase(phase_of(5, tiles), 0) == 5);
  CHECK(schedule_phase(phase_of(2, {}), 0) == 0);
}

TEST_CASE("simulation: a thread that is awake wakes one more", "[simulation]") {
  CHECK(schedule_phase(phase_of(2, {{5}, {4}, {3}, {3}, {1}}), 1) == 9);  // 5 3 1 | from 1: 4 3
  CHECK(schedule_phase(phase_of(2, {{1}, {1}}), 7) == 2);                 // the first takes both
  const std::vector<TileCost> many(9, TileCost{10});
  CHECK(schedule_phase(phase_of(2, {many.begin(), many.begin() + 2}), 1) == 11);
  CHECK(schedule_phase(phase_of(4, {many.begin(), many.begin() + 4}), 1) == 12);
  CHECK(schedule_phase(phase_of(5, {many.begin(), many.begin() + 5}), 1) == 13);
  CHECK(schedule_phase(phase_of(8, {many.begin(), many.begin() + 8}), 1) == 13);
  CHECK(schedule_phase(phase_of(9, many), 1) == 14);
}

TEST_CASE("simulation: who hands in the later of two sums joins them", "[simulation]") {
  PhaseCosts phase = phase_of(2, {{3, 0, 1}, {1, 1, 1}, {1, 2, 1}, {4, 3, 1}});
  phase.leaves = 4;
  phase.joins = {2, 1, 5, 0.5};  // leaves 0 and 1, leaves 2 and 3, both, what is done at the root
  // One: until 3 leaf 0, until 5 the left join. The other: until 1, 2 and 6 leaves 1, 2 and 3, until 7 the right join,
  // until 12 that of both.
  CHECK(schedule_phase(phase, 0) == 12.5);
  phase.tiles[0].seconds = 9;  // until 11 the left join, until 16 that of both
  CHECK(schedule_phase(phase, 0) == 16.5);
  phase.workers = 1;
  CHECK(schedule_phase(phase, 0) == 9 + 1 + 1 + 4 + 8.5);
  CHECK(phase.seconds() == 9 + 1 + 1 + 4 + 8.5);
}

TEST_CASE("simulation: a tile hands in its leaves one by one, and an odd one out goes up as it is", "[simulation]") {
  PhaseCosts phase = phase_of(2, {{2, 0, 2}, {1, 2, 1}});
  phase.leaves = 3;
  phase.joins = {1, 100, 2, 0.25};  // leaves 0 and 1, nothing, all, the root
  CHECK(schedule_phase(phase, 0) == 5.25);
  phase.tiles[1].seconds = 10;  // is the last to come, and joins all
  CHECK(schedule_phase(phase, 0) == 12.25);
}

TEST_CASE("simulation: no phase is faster than memory", "[simulation]") {
  PhaseCosts phase = phase_of(2, {{1, 0, 0, 10}, {2, 0, 0, 30}});
  phase.whole_bytes = 25;
  Machine machine{.bytes_per_second = 10, .core_cache_bytes = 5, .all_cache_bytes = 20};
  CHECK(bytes_moved(phase, machine) == 2 * 30 + 25);  // a core has 5 + 20 / 2
  const RunCosts costs{.phases = {phase}, .between_seconds = 1};
  const Prediction slow = simulate(costs, machine);
  CHECK(slow.seconds == 1 + 8.5);
  CHECK(slow.memory_seconds == 6.5);
  machine.bytes_per_second = 0;
  CHECK(simulate(costs, machine).seconds == 1 + 2);
  machine = {.bytes_per_second = 10, .core_cache_bytes = 20, .all_cache_bytes = 25};
  CHECK(bytes_moved(phase, machine) == 0);
  CHECK(simulate(costs, machine).memory_seconds == 0);
}

TEST_CASE("simulation: phases follow one another, and efficiency is against one core", "[simulation]") {
  const PhaseCosts lone = phase_of(1, {{2}}), both = phase_of(2, {{3}, {2}});
  const Prediction step = simulate({.phases = {lone, both}, .between_seconds = 1}, {.wake_seconds = 0.5});
  CHECK(step.seconds == 1 + 2 + 3);
  CHECK(step.lone_seconds == 3);
  CHECK(step.tile_seconds == 5);
  CHECK(step.join_seconds == 0);
  CHECK(step.efficiency(9, 2) == 0.75);
}

}  // namespace
}  // namespace reel
