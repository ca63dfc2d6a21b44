// reel-zoo bench MODEL
#include <fstream>
#include <functional>
#include <optional>

#include "tools/bench_file.h"
#include "tools/commands.h"
#include "tools/cores.h"
#include "tools/machine.h"
#include "tools/measurement.h"
#include "tools/output.h"
#include "tools/timing.h"
#include "tools/tracing.h"

namespace reel::cli {
namespace {

constexpr double kSecondsEach = 1.0;

/// Makes the peak start anew from here, where the system allows it: a data set on its way in may take far more memory
/// than the model.
void forget_peak_rss() { std::ofstream("/proc/self/clear_refs") << "5"; }

struct Figures {
  double first_step_ms, train_ms, forward_ms, one_row_ms, distinct_share, arena_mb;
};

Figures measure(const Measurement& it) {
  const int64_t batch = it.batch_size;
  std::optional<Model> model;
  Figures figures{};
  figures.first_step_ms = milliseconds([&] {
    model.emplace(it.build());
    model->train_on_batch(it.x(0, batch), it.y(0, batch));
  });
  const auto median = [](const std::function<void(int64_t)>& work) { return median_ms(kSecondsEach, work); };
  figures.train_ms = median([&](int64_t run) { model->train_on_batch(it.x(run, batch), it.y(run, batch)); });
  const ProgramStats stats = model->training_stats();
  figures.distinct_share = stats.distinct_share;
  figures.arena_mb = static_cast<double>(stats.arena_bytes) / (1 << 20);
  figures.forward_ms = median([&](int64_t run) { model->predict(it.x(run, batch), {.batch_size = batch}); });
  figures.one_row_ms = median([&](int64_t run) { model->predict(it.x(run, 1)); });
  return figures;
}

int run(const Arguments& arguments) {
  if (arguments.has("from")) return bench_file(arguments);
  if (!arguments.has_word(0)) throw UsageError("bench: MODEL is missing; see \"reel-zoo bench --help\"");
  const std::vector<int> cores = cores_of(arguments);
  const Measurement measurement = prepare_measurement(arguments);
  std::FILE* people = measurement.people;
  Tracing tracing(arguments);

  forget_peak_rss();
  const Figures figures = measure(measurement);
  const double memory = peak_rss_mb();
  say(people, "\n{}; medians\n", measurement.title());
  const auto print_time = [&](const char* what, double ms) {
    say(people, "  {:<35} {:>11}\n", what, time_text(ms / 1e3));
  };
  print_time("training step", figures.train_ms);
  print_time("prediction of a batch", figures.forward_ms);
  print_time("prediction of one row", figures.one_row_ms);
  print_time("first step, with building the model", figures.first_step_ms);
  say(people, "  {:<35} {:>8.1f} MB\n", "peak memory once data is loaded", memory);
  say(people, "  {:<35} {:>8.1f} MB\n", "of these values of a tile, a thread", figures.arena_mb);
  if (figures.distinct_share < 1) {
    say(people, "  {:<35} {:>8.1f} %\n", "distinct prefixes in the tiles", 100 * figures.distinct_share);
  }
  std::vector<SimulatedCores> simulated;
  if (!cores.empty()) {
    const Machine machine = measure_machine();
    Model model = measurement.build();
    simulated = simulate_steps(model, measurement, machine, cores);
    print_cores(simulated, machine, people);
  }
  Delivery delivery;
  delivery.attempt([&] { tracing.finish(people); });
  nlohmann::ordered_json json = measurement.json_head();
  json.update({{"train_ms", figures.train_ms},
               {"forward_ms", figures.forward_ms},
               {"one_row_ms", figures.one_row_ms},
               {"first_step_ms", figures.first_step_ms},
               {"distinct_share", figures.distinct_share},
               {"peak_rss_mb", memory},
               {"arena_mb", figures.arena_mb}});
  if (!cores.empty()) json["cores"] = json_of(simulated);
  delivery.attempt([&] { write_json(measurement.json, json); });
  delivery.check();
  return 0;
}

}  // namespace

Command bench_command() {
  return {
      .syntax = {.command = "bench",
                 .words = {"[MODEL]"},
                 .about = "Times training steps, predictions and the first step. Batches are real where the data is "
                          "found,\nand never downloaded. "
                          "With --from, times the model of a file from there to its predictions.",
                 .options =
                     measurement_options({encoding_size_option(),
                                          cores_option(),
                                          {"from", "F", "a .keras or .h5 file, to load and to predict a row with"}})},
      .summary = "time it",
      .repeatable = {"without", "set"},
      .run = run};
}

}  // namespace reel::cli
