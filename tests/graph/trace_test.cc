// Traces and profiles: what they hold of a program's runs.
#include "reel/graph/trace.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/graph/run/with_threads.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

struct Named {
  TraceLabel label;
  TraceEvent event;
};

std::vector<Named> events_of(const Trace& trace, const std::string& category) {
  const std::vector<TraceLabel> labels = trace.labels();
  std::vector<Named> found;
  for (const TraceEvent& event : trace.events()) {
    const TraceLabel& label = labels.at(static_cast<size_t>(event.label));
    if (label.category == category) found.push_back({label, event});
  }
  return found;
}

/// y = tanh(x w), its squares' sum, and the gradient in w: two stages, tiles of 32 rows.
struct Step {
  Tape tape;
  Var w = tape.parameter(Tensor::randn({8, 6}, 1)), x = tape.input({rows, 8});
  Var loss = mean(square(tanh(matmul(x, w))));
  Program program = tape.compile(Targets{.outputs = {loss, tape.gradient(loss, w)}, .name = "step"});
  void run(int64_t batch) { program.run({Tensor::randn({batch, 8}, 2)}); }
};

/// Every event that does not begin in a thread's first level lies within one of the kind that may hold it.
void check_nesting(const Trace& trace) {
  const std::map<std::string, std::string> holder = {{"op", "tile"}, {"tile", "stage"}};
  const std::vector<TraceLabel> labels = trace.labels();
  std::map<int32_t, std::vector<TraceEvent>> open;  // by thread
  const auto end = [](const TraceEvent& event) { return event.start_ns + event.duration_ns; };
  for (const TraceEvent& event : trace.events()) {
    std::vector<TraceEvent>& stack = open[event.thread];
    const auto holds = [&](const TraceEvent& outer) {
      return outer.start_ns <= event.start_ns && end(event) <= end(outer);
    };
    while (!stack.empty() && !holds(stack.back())) {
      CHECK(end(stack.back()) <= event.start_ns);
      stack.pop_back();
    }
    const auto wanted = holder.find(labels[static_cast<size_t>(event.label)].category);
    if (wanted != holder.end()) {
      REQUIRE(!stack.empty());
      CHECK(labels[static_cast<size_t>(stack.back().label)].category == wanted->second);
    }
    stack.push_back(event);
  }
}

TEST_CASE("trace: runs, stages, tiles and ops, each within the other", "[trace]") {
  const WithThreads three(3);
  Step step;
  Trace trace({.detailed_runs = 2});
  for (int i = 0; i < 5; ++i) step.run(100);
  trace.stop();
  step.run(100);

  check_nesting(trace);
  CHECK(trace.dropped() == 0);
  const std::vector<Named> runs = events_of(trace, "run"), tiles = events_of(trace, "tile"),
                           ops = events_of(trace, "op");
  REQUIRE(runs.size() == 5);
  CHECK(runs[0].label.name == "step");
  CHECK(runs[0].event.count == 100);
  REQUIRE(trace.runs().size() == 1);
  CHECK(trace.runs()[0].runs == 5);
  CHECK(trace.runs()[0].detailed == 2);
  CHECK(std::count_if(tiles.begin(), tiles.end(), [](const Named& tile) { return tile.event.count == 4; }) >= 2);
  CHECK(std::any_of(ops.begin(), ops.end(), [](const Named& op) { return op.label.name == "tanh"; }));
}

TEST_CASE("trace: a run that does not fit is recorded as a whole, and events past the bound are counted", "[trace]") {
  Step step;
  Trace trace({.detailed_runs = 100, .most_events = 150});
  for (int i = 0; i < 100; ++i) step.run(40);
  CHECK(trace.runs().at(0).runs == 100);
  CHECK(trace.runs().at(0).detailed >= 1);
  CHECK(trace.runs().at(0).detailed < 10);
  CHECK(trace.events().size() == 150);
  CHECK(trace.dropped() > 0);
  check_nesting(trace);
}

TEST_CASE("trace: one at a time, and scopes outlive it", "[trace]") {
  {
    Trace trace;
    CHECK_THROWS_AS(Trace(), Error);
    TraceScope late("late");
    CHECK(late.is_recording());
    { TraceScope scope("mine"); }
    trace.stop();
    CHECK_FALSE(TraceScope("after").is_recording());
    const std::vector<Named> mine = events_of(trace, "scope");
    REQUIRE(mine.size() == 1);
    CHECK(mine[0].label.name == "mine");
    CHECK(trace.thread_names().at(static_cast<size_t>(mine[0].event.thread)) == "main");
  }
  const Trace again;
}

TEST_CASE("profile: ops, calls and times that add up", "[trace]") {
  const WithThreads one(1);
  Step step;
  step.run(64);
  CHECK(step.program.profile().ops.empty());
  step.program.enable_profile();
  for (int i = 0; i < 3; ++i) step.run(64);
  const Profile profile = step.program.profile();
  CHECK(profile.runs == 3);
  CHECK(profile.op_seconds > 0);
  CHECK(profile.op_seconds <= profile.tile_seconds);
  CHECK(profile.tile_seconds <= profile.worker_seconds);
  CHECK(profile.worker_seconds <= profile.stage_seconds);
  CHECK(profile.stage_seconds <= profile.run_seconds);
  const auto tanh_entry = std::find_if(profile.ops.begin(), profile.ops.end(),
                                       [](const ProfileEntry& entry) { return entry.op.starts_with("tanh"); });
  REQUIRE(tanh_entry != profile.ops.end());
  CHECK(tanh_entry->nodes == 1);
  CHECK(tanh_entry->calls == 3 * 2);  // of two tiles
  step.program.enable_profile();
  CHECK(step.program.profile().runs == 0);
}

}  // namespace
}  // namespace reel::testing
