// reel-zoo profile MODEL
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "reel/graph/run/threads.h"
#include "reel/models/batches.h"
#include "reel/ops/peak.h"
#include "tools/commands.h"
#include "tools/making.h"
#include "tools/op_table.h"
#include "tools/output.h"
#include "tools/tracing.h"
#include "tools/turns.h"

namespace reel::cli {
namespace {

constexpr int64_t kSteps = 20, kMostSteps = 100'000, kWarmUps = 2;

struct Measured {
  std::vector<Making> makings;
  Profile profile;
  double first_step_ms, step_ms;
};

/// Mean time of a step in ms, over steps that take turns.
double train(Sequential& model, const Turns& turns, int64_t steps) {
  const Stopwatch watch;
  for (int64_t i = 0; i < steps; ++i) model.train_on_batch(turns.x(i, turns.batch_size), turns.y(i, turns.batch_size));
  return 1e3 * watch.seconds() / static_cast<double>(steps);
}

Measured measure(Sequential& model, const Turns& turns, int64_t steps, const Trace* trace) {
  std::optional<Trace> own;
  if (trace == nullptr) trace = &own.emplace(TraceOptions{.detailed_runs = 0});
  Measured measured{};
  measured.first_step_ms = train(model, turns, 1);
  measured.makings = makings_of(*trace);
  own.reset();
  train(model, turns, kWarmUps);
  measured.step_ms = train(model, turns, steps);
  model.enable_profile();
  train(model, turns, steps);
  measured.profile = model.training_profile();
  return measured;
}

int run(const Arguments& arguments) {
  const ZooModel& zoo = model_named(arguments.word(0));
  const std::string json = arguments.text("json");
  const int64_t steps = arguments.number("steps", 1, kMostSteps, kSteps);
  const std::vector<std::string> without = passes_left_out(arguments);
  const int64_t remat = remat_of(arguments);
  check_writable(json, "json");
  apply_threads(arguments);
  std::FILE* people = people_stream(json);
  const Turns turns = load_turns(zoo, arguments, people);
  Tracing tracing(arguments);
  Sequential model = zoo.build(turns.config);
  leave_out(without, model);
  rematerialize(remat, model);

  const double peak_before = measure_peak_flops();
  const Measured measured = measure(model, turns, steps, tracing.trace());
  const ProfileContext context{threads(), std::max(peak_before, measure_peak_flops())};
  fmt::print(people, "\n{}, {} thread{}, batches of {}{}{}; means of {} steps\n", zoo.name, threads(),
             threads() == 1 ? "" : "s", turns.batch_size, without_text(without), remat_text(remat), steps);
  fmt::print(people, "A step: {:.2f} ms; while each op is timed, as below: {:.2f} ms\n", measured.step_ms,
             1e3 * measured.profile.run_seconds / static_cast<double>(steps));
  fmt::print(people, "Peak, f32: {:.1f} GFLOP/s, {:.1f} a thread. GFLOP/s of ops are of one thread at work on them\n\n",
             context.peak_flops / 1e9, context.peak_flops / 1e9 / context.threads);
  print_op_table(measured.profile, context, people);
  fmt::print(people, "\n");
  print_makings(measured.makings, people);
  fmt::print(people, "  {:<28} {:>9.2f}\n", "with all of the first step", measured.first_step_ms);
  if (tracing.trace() != nullptr) fmt::print(people, "\n");
  tracing.finish(people);
  write_json(json, {{"model", zoo.name},
                    {"data", turns.data.source},
                    {"threads", threads()},
                    {"batch_size", turns.batch_size},
                    {"without", without},
                    {"remat_every", remat},
                    {"steps", steps},
                    {"step_ms", measured.step_ms},
                    {"first_step_ms", measured.first_step_ms},
                    {"peak_gflops", context.peak_flops / 1e9},
                    {"profile", json_of(measured.profile, context)},
                    {"making", json_of(measured.makings)}});
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
                     "downloaded. The peak is the best of some measurements: on a busy machine no op comes near it.",
                 .options = {{"data", "P", "the data, as for train"},
                             threads_option(),
                             {"steps", "N", "steps to take the means of; 20 if not given"},
                             without_option(),
                             remat_option(),
                             {"json", "F", "write the figures to F; \"-\" is standard output"},
                             trace_option()}},
      .summary = "where its time goes",
      .repeatable = "without",
      .run = run};
}

}  // namespace reel::cli
