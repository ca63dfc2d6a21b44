// reel-zoo bench MODEL
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <fstream>
#include <functional>

#include "reel/graph/run/threads.h"
#include "reel/models/batches.h"
#include "tools/commands.h"
#include "tools/output.h"
#include "tools/tracing.h"
#include "tools/turns.h"

namespace reel::cli {
namespace {

constexpr double kSecondsEach = 1.0;
constexpr size_t kFewestRuns = 5, kMostRuns = 2000;
constexpr int64_t kMostEncoding = 65536;
constexpr int64_t kWarmUps = 2;

double milliseconds(const std::function<void()>& work) {
  const Stopwatch watch;
  work();
  return watch.seconds() * 1e3;
}

/// Median of as many runs as fit in a second, after two that do not count. Runs are numbered.
double median_ms(const std::function<void(int64_t)>& work) {
  int64_t run = 0;
  for (; run < kWarmUps; ++run) work(run);
  std::vector<double> times;
  for (const Stopwatch watch;
       times.size() < kFewestRuns || (watch.seconds() < kSecondsEach && times.size() < kMostRuns);) {
    times.push_back(milliseconds([&] { work(run++); }));
  }
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

/// Makes the peak start anew from here, where the system allows it: a data set on its way in may take far more memory
/// than the model.
void forget_peak_rss() {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

/// From /proc rather than getrusage, whose maximum begins with what the parent process held.
double peak_rss_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;  // of kB
  }
  return 0;
}

struct Figures {
  double first_step_ms, train_ms, forward_ms, one_row_ms, distinct_share, arena_mb;
};

Figures measure(const ZooModel& zoo, const Turns& turns, const std::vector<std::string>& without, int64_t remat) {
  const int64_t batch = turns.batch_size;
  std::optional<Sequential> model;
  Figures figures{};
  figures.first_step_ms = milliseconds([&] {
    model.emplace(zoo.build(turns.config));
    leave_out(without, *model);
    rematerialize(remat, *model);
    model->train_on_batch(turns.x(0, batch), turns.y(0, batch));
  });
  figures.train_ms = median_ms([&](int64_t run) { model->train_on_batch(turns.x(run, batch), turns.y(run, batch)); });
  const ProgramStats stats = model->training_stats();
  figures.distinct_share = stats.distinct_share;
  figures.arena_mb = static_cast<double>(stats.arena_bytes) / (1 << 20);
  figures.forward_ms = median_ms([&](int64_t run) { model->predict(turns.x(run, batch), {.batch_size = batch}); });
  figures.one_row_ms = median_ms([&](int64_t run) { model->predict(turns.x(run, 1)); });
  return figures;
}

int run(const Arguments& arguments) {
  const ZooModel& zoo = model_named(arguments.word(0));
  const int64_t encoding = arguments.number("encoding-size", 1, kMostEncoding, ZooConfig{}.encoding_size);
  if (zoo.kind == ZooKind::text && arguments.has("encoding-size")) {
    throw UsageError(fmt::format("bench: --encoding-size is for autoencoders, {} reads text", zoo.name));
  }
  const std::string json = arguments.text("json");
  const std::vector<std::string> without = passes_left_out(arguments);
  const int64_t remat = remat_of(arguments);
  check_writable(json, "json");
  apply_threads(arguments);
  std::FILE* people = people_stream(json);
  Turns turns = load_turns(zoo, arguments, people);
  turns.config.encoding_size = encoding;
  Tracing tracing(arguments);

  forget_peak_rss();
  const Figures figures = measure(zoo, turns, without, remat);
  const double memory = peak_rss_mb();
  fmt::print(people, "\n{}, {} thread{}, batches of {}{}{}; medians\n", zoo.name, threads(), threads() == 1 ? "" : "s",
             turns.batch_size, without_text(without), remat_text(remat));
  fmt::print(people, "  {:<34} {:>9.2f} ms\n", "training step", figures.train_ms);
  fmt::print(people, "  {:<34} {:>9.2f} ms\n", "prediction of a batch", figures.forward_ms);
  fmt::print(people, "  {:<34} {:>9.2f} ms\n", "prediction of one row", figures.one_row_ms);
  fmt::print(people, "  {:<34} {:>9.2f} ms\n", "first step, with building the model", figures.first_step_ms);
  fmt::print(people, "  {:<34} {:>9.1f} MB\n", "peak memory once data is loaded", memory);
  fmt::print(people, "  {:<34} {:>9.1f} MB\n", "of these values of a tile, a thread", figures.arena_mb);
  if (figures.distinct_share < 1) {
    fmt::print(people, "  {:<34} {:>9.1f} %\n", "distinct prefixes in the tiles", 100 * figures.distinct_share);
  }
  tracing.finish(people);
  write_json(json, {{"model", zoo.name},
                    {"data", turns.data.source},
                    {"threads", threads()},
                    {"batch_size", turns.batch_size},
                    {"without", without},
                    {"remat_every", remat},
                    {"train_ms", figures.train_ms},
                    {"forward_ms", figures.forward_ms},
                    {"one_row_ms", figures.one_row_ms},
                    {"first_step_ms", figures.first_step_ms},
                    {"distinct_share", figures.distinct_share},
                    {"peak_rss_mb", memory},
                    {"arena_mb", figures.arena_mb}});
  return 0;
}

}  // namespace

Command bench_command() {
  return {
      .syntax = {.command = "bench",
                 .words = {"MODEL"},
                 .about = "Times training steps, predictions and the first step. Batches are real where the data is "
                          "found,\nand never downloaded.",
                 .options = {{"data", "P", "the data, as for train"},
                             {"encoding-size", "N", "for autoencoders: numbers that a row is squeezed into (32)"},
                             threads_option(),
                             without_option(),
                             remat_option(),
                             {"json", "F", "write the figures to F; \"-\" is standard output"},
                             trace_option()}},
      .summary = "time it",
      .repeatable = "without",
      .run = run};
}

}  // namespace reel::cli
