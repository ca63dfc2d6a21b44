// reel-zoo profile MODEL
#include <algorithm>
#include <optional>

#include "reel/graph/run/threads.h"
#include "reel/graph/stopwatch.h"
#include "reel/models/training/batches.h"
#include "reel/ops/peak.h"
#include "tools/commands.h"
#include "tools/making.h"
#include "tools/measurement.h"
#include "tools/op_table.h"
#include "tools/output.h"
#include "tools/tracing.h"

namespace reel::cli {
namespace {

constexpr int64_t kSteps = 20, kMostSteps = 100'000, kWarmUps = 2;

struct Measured {
  std::vector<Making> makings;
  Profile profile;
  double first_step_ms, step_ms;
};

/// Mean time of a step in ms, over steps that take turns.
double train(Model& model, const Measurement& it, int64_t steps) {
  const Stopwatch watch;
  for (int64_t i = 0; i < steps; ++i) model.train_on_batch(it.x(i, it.batch_size), it.y(i, it.batch_size));
  return 1e3 * watch.seconds() / static_cast<double>(steps);
}

Measured measure(Model& model, const Measurement& it, int64_t steps, const Trace* trace) {
  std::optional<Trace> own;
  if (trace == nullptr) trace = &own.emplace(TraceOptions{.detailed_runs = 0});
  Measured measured{};
  measured.first_step_ms = train(model, it, 1);
  measured.makings = makings_of(*trace);
  own.reset();
  train(model, it, kWarmUps);
  measured.step_ms = train(model, it, steps);
  model.enable_profile();
  train(model, it, steps);
  measured.profile = model.training_profile();
  return measured;
}

int run(const Arguments& arguments) {
  const int64_t steps = arguments.number("steps", 1, kMostSteps, kSteps);
  const Measurement measurement = prepare_measurement(arguments);
  std::FILE* people = measurement.people;
  Tracing tracing(arguments);
  Model model = measurement.build();

  const double peak_before = measure_peak_flops();
  const Measured measured = measure(model, measurement, steps, tracing.trace());
  const ProfileContext context{threads(), std::max(peak_before, measure_peak_flops())};
  say(people, "\n{}; means of {} steps\n", measurement.title(), steps);
  say(people, "A step: {}; while each op is timed, as below: {}\n", time_text(measured.step_ms / 1e3),
      time_text(measured.profile.run_seconds / static_cast<double>(steps)));
  say(people, "Peak, f32: {:.1f} GFLOP/s, {:.1f} a thread. GFLOP/s of ops are of one thread at work on them\n\n",
      context.peak_flops / 1e9, context.peak_flops / 1e9 / context.threads);
  print_op_table(measured.profile, context, people);
  say(people, "\n");
  print_makings(measured.makings, people);
  say(people, "  {:<28} {:>9.2f}\n", "with all of the first step", measured.first_step_ms);
  if (tracing.trace() != nullptr) say(people, "\n");
  Delivery delivery;
  delivery.attempt([&] { tracing.finish(people); });
  nlohmann::ordered_json json = measurement.json_head();
  json.update({{"steps", steps},
               {"step_ms", measured.step_ms},
               {"first_step_ms", measured.first_step_ms},
               {"peak_gflops", context.peak_flops / 1e9},
               {"profile", json_of(measured.profile, context)},
               {"making", json_of(measured.makings)}});
  delivery.attempt([&] { write_json(measurement.json, json); });
  delivery.check();
  return 0;
}

}  // namespace

Command profile_command() {
  return {
      .syntax = {.command = "profile",
                 .words = {"MODEL"},
                 .about =
                     "Tells where the time of a training step goes, op by op, against the peak of the machine, and\n"
                     "how long passes and planning take. Batches are real where the data is found, and never\n"
                     "downloaded. The peak is the best of some measurements in processor time, ops are timed by the\n"
                     "time of day: on a busy machine no op comes near it.",
                 .options = measurement_options({{"steps", "N", "steps to take the means of; 20 if not given"}})},
      .summary = "where its time goes",
      .repeatable = {"without", "set"},
      .run = run};
}

}  // namespace reel::cli
