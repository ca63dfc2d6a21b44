// reel-zoo list, and what several commands need to name a model and its settings.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "reel/graph/run/threads.h"
#include "tools/commands.h"
#include "tools/output.h"

namespace reel::cli {
namespace {

/// One model: what it is of, and its options with their defaults.
void show(const ZooModel& model) {
  say("{}: {}\n\n", model.name, model.description);
  say("data        {}\n", model.data);
  say("parameters  {}\n", model.build(model.config()).parameter_count());
  say("training    {} epochs, batches of {}", model.epochs, model.batch_size);
  if (model.epoch_seconds > 0) {
    say("; an epoch takes about {} with two cores",
        model.epoch_seconds < 1 ? "a second or less" : fmt::format("{:.0f} s", model.epoch_seconds));
  }
  say("\n");
  bool has_options = false;
  for (const ZooOption& option : model.options) {
    if (option.is_of_data) continue;
    if (!has_options) say("\n--set NAME=VALUE, of\n");
    has_options = true;
    say("  {:16} {:>8}  {}: {}\n", option.name, option.text(option.value), option.help, option.expected());
  }
}

int run(const Arguments& arguments) {
  if (arguments.has_word(0)) {
    show(model_named(arguments.word(0)));
    return 0;
  }
  for (const ZooModel& model : zoo_models()) say("{:26} {}\n", model.name, model.description);
  return 0;
}

/// "name=value", several with commas between.
void set(ZooConfig& config, const ZooModel& model, const std::string& command, const std::string& text) {
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view one = std::string_view(text).substr(begin, end - begin);
    const size_t equals = one.find('=');
    if (equals == one.npos) {
      throw UsageError(fmt::format("{}: --set takes NAME=VALUE, got \"{}\"", command, excerpt(one)));
    }
    try {
      model.set(config, one.substr(0, equals), one.substr(equals + 1));
    } catch (const ValueError& error) {
      throw UsageError(fmt::format("{}: --set: {}", command, error.what()));
    }
    begin = end + 1;
  }
}

}  // namespace

Command list_command() {
  return {
      .syntax = {.command = "list",
                 .words = {"[MODEL]"},
                 .about = "Lists the models of the zoo, or shows one: its data, its options with their defaults, and\n"
                          "how long training takes.",
                 .options = {}},
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

Option set_option() {
  return {"set", "NAME=VALUE",
          "an option of the model, as \"reel-zoo list MODEL\" shows them; may be given several times"};
}

Option encoding_size_option() { return {"encoding-size", "N", "for autoencoders: --set encoding_size=N"}; }

ZooConfig config_of(const Arguments& arguments, const ZooModel& model) {
  ZooConfig config = model.config(seed_of(arguments));
  for (const std::string& text : arguments.texts("set")) set(config, model, arguments.command(), text);
  const ZooOption* size = model.option("encoding_size");
  if (!arguments.has("encoding-size")) return config;
  if (size == nullptr) {
    throw UsageError(
        fmt::format("{}: --encoding-size is for autoencoders, {} is none", arguments.command(), model.name));
  }
  const auto most = static_cast<int64_t>(size->most);
  config.values["encoding_size"].number = static_cast<double>(arguments.number("encoding-size", 1, most, 1));
  return config;
}

}  // namespace reel::cli
