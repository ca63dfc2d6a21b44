#include "tools/train_file.h"

#include <fmt/format.h>

#include "reel/graph/run/threads.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/training/progress.h"
#include "tools/array_file.h"
#include "tools/commands.h"
#include "tools/epochs_json.h"
#include "tools/interrupt.h"
#include "tools/loading.h"
#include "tools/output.h"
#include "tools/saved_model.h"
#include "tools/timing.h"

namespace reel::cli {
namespace {

constexpr int64_t kMost = 1'000'000'000, kBatchSize = 32, kEpochs = 1;

/// What a file cannot take from the command line.
constexpr const char* kOfModels[] = {"png", "trace",    "without", "remat",         "encoding-size", "seed",
                                     "set", "patience", "csv-log", "learning-rate", "checkpoint",    "resume"};

struct Rows {
  ModelData x, y;
  Samples validation_x, validation_y;  // of a zoo model's data
};

/// The model of the zoo that the file says it holds.
NotedModel noted_model_of(const AnyModel& any, const Arguments& arguments) {
  NotedModel noted = zoo_model_in(any.note);
  if (arguments.has_word(0) && &model_named(arguments.word(0)) != noted.zoo)
    throw UsageError(fmt::format("train: {} holds {}, got {}", printable(arguments.text("from")),
                                 noted.zoo == nullptr ? "no model of the zoo" : noted.zoo->name, arguments.word(0)));
  return noted;
}

Rows rows_of(const NotedModel& noted, const Arguments& arguments, std::span<const OutputFile> outputs,
             std::FILE* people) {
  if (arguments.has("targets")) {
    if (!arguments.has("data")) throw UsageError("train: --targets are of --data, which is missing");
    if (arguments.has("rows")) throw UsageError("train: --rows goes with data of the zoo, not with --targets");
    const std::vector<std::string> read{arguments.text("from"), arguments.text("data"), arguments.text("targets")};
    check_replaces_none(outputs, std::span(read).subspan(1));
    return {read_arrays(read[1]), read_arrays(read[2]), {}, {}};
  }
  if (noted.zoo == nullptr)
    throw UsageError(fmt::format("train: --targets is missing; {} is no model of the zoo, which has data",
                                 printable(arguments.text("from"))));
  ZooDataOptions options = talking_options(people);
  options.path = arguments.text("data");
  options.rows = arguments.number("rows", 1, kMost, 0);
  options.config = noted.config;
  options.may_download = true;
  ZooData data = load_data(*noted.zoo, options, outputs, people);
  return {data.x, data.y, data.validation_x, data.validation_y};
}

nlohmann::ordered_json report(const std::string& from, const Model& model, const History& history) {
  return {{"from", from},
          {"parameters", model.parameter_count()},
          {"threads", threads()},
          {"weights_sha256", model.weights_sha256()},
          {"peak_rss_mb", peak_rss_mb()},
          {"epochs", epochs_json(history)}};
}

}  // namespace

int train_file(const Arguments& arguments) {
  for (const char* option : kOfModels) {
    if (arguments.has(option)) throw UsageError(fmt::format("train: --{} does not go with --from", option));
  }
  const std::string from = arguments.text("from"), save = arguments.text("save"), json = arguments.text("json");
  const int64_t epochs = arguments.number("epochs", 1, kMost, kEpochs);
  if (arguments.has("save")) check_model_path(save);
  const std::vector<OutputFile> outputs = output_files(arguments, {{"save"}, {"json", true, kJsonKind}});
  std::FILE* people = arguments.has("quiet") ? nullptr : people_stream(json);
  apply_threads(arguments);
  AnyModel any = load_any_model(from);
  if (!any.model.compile_options().loss && any.model.compile_options().losses.empty())
    throw DataError(
        fmt::format("{}: its model is not compiled, so that there is no loss to train by", printable(from)));
  const NotedModel noted = noted_model_of(any, arguments);
  Rows rows = rows_of(noted, arguments, outputs, people);
  say(people, "\n{}\n", any.model.summary());
  push_out(people);
  if (!save.empty()) check_writable(save, static_cast<uint64_t>(any.model.parameter_count()) * sizeof(float));
  Interrupt interrupt(people);
  FitOptions options{
      .batch_size = arguments.number("batch-size", 1, kMost, noted.zoo ? noted.zoo->batch_size : kBatchSize),
      .epochs = epochs,
      .on_epoch_end = [&](int64_t, const Logs&) { return !interrupt.happened(); },
      .log = people};
  if (rows.validation_x) options.validation_data = {rows.validation_x, rows.validation_y};
  const History history = any.model.fit(rows.x, rows.y, std::move(options));
  interrupt.training_is_over();
  Delivery delivery;
  if (!save.empty() && delivery.attempt([&] { save_any_model(save, any); }))
    say(people, "Model: {} (sha256 of its weights {})\n", printable(save), any.model.weights_sha256());
  delivery.attempt([&] { write_json(json, report(from, any.model, history)); });
  delivery.check();
  return interrupt.exit_code();
}

}  // namespace reel::cli
