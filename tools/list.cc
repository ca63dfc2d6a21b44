// reel-zoo list, and what several commands need to name a model and its settings.
#include <fmt/format.h>

#include <limits>

#include "reel/graph/run/threads.h"
#include "tools/commands.h"
#include "tools/output.h"

namespace reel::cli {
namespace {

int run(const Arguments&) {
  for (const ZooModel& model : zoo_models()) say("{:20} {}\n", model.name, model.description);
  return 0;
}

}  // namespace

Command list_command() {
  return {.syntax = {.command = "list", .words = {}, .about = "Lists the models of the zoo.", .options = {}},
          .summary = "the models there are",
          .run = run};
}

const ZooModel& model_named(const std::string& name) {
  if (const ZooModel* model = find_zoo_model(name)) return *model;
  std::vector<std::string> known;
  for (const ZooModel& model : zoo_models()) known.emplace_back(model.name);
  const std::string hint = did_you_mean(name, known);
  throw UsageError(
      fmt::format("there is no model \"{}\"{}", excerpt(name), hint.empty() ? "; \"reel-zoo list\" lists them" : hint));
}

Option threads_option() {
  return {"threads", "N", "threads to use; all cores if not given. Results do not depend on it"};
}

Option seed_option() { return {"seed", "N", "seed of initial weights and shuffling; 0 if not given"}; }

void apply_threads(const Arguments& arguments) {
  set_threads(static_cast<int>(arguments.number("threads", 1, kMostThreads, threads())));
}

uint64_t seed_of(const Arguments& arguments) {
  return static_cast<uint64_t>(arguments.number("seed", 0, std::numeric_limits<int64_t>::max(), 0));
}

Option encoding_size_option() {
  return {"encoding-size", "N", "for autoencoders: numbers that a row is squeezed into (32)"};
}

int64_t encoding_size_of(const Arguments& arguments, const ZooModel& model) {
  constexpr int64_t kMost = 65536;
  if (model.kind == ZooKind::text && arguments.has("encoding-size")) {
    throw UsageError(
        fmt::format("{}: --encoding-size is for autoencoders, {} reads text", arguments.command(), model.name));
  }
  return arguments.number("encoding-size", 1, kMost, ZooConfig{}.encoding_size);
}

}  // namespace reel::cli
