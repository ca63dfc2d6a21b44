// reel-zoo train MODEL
#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "reel/graph/run/threads.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/png.h"
#include "reel/models/training/progress.h"
#include "reel/models/zoo/rows.h"
#include "tools/checkpointing.h"
#include "tools/commands.h"
#include "tools/interrupt.h"
#include "tools/loading.h"
#include "tools/output.h"
#include "tools/pass_options.h"
#include "tools/saved_model.h"
#include "tools/timing.h"
#include "tools/tracing.h"

namespace reel::cli {
namespace {

constexpr int64_t kMost = 1'000'000'000;
constexpr const char* kDefaultPicture = "reconstructions.png";

/// Everything that is asked for, checked before anything that takes time.
struct Job {
  const ZooModel& model;
  ZooConfig config;
  int64_t epochs, batch_size, rows;
  std::string data, save, json, png;
  std::vector<OutputFile> outputs;
  PassOptions passes;
  CheckpointOptions checkpoints;
  std::FILE* people;
};

Job job_of(const Arguments& arguments) {
  const ZooModel& model = model_named(arguments.word(0));
  Job job{.model = model,
          .config = {.seed = seed_of(arguments)},
          .epochs = arguments.number("epochs", 1, kMost, model.epochs),
          .batch_size = arguments.number("batch-size", 1, kMost, model.batch_size),
          .rows = arguments.number("rows", 1, kMost, 0),
          .data = arguments.text("data"),
          .save = arguments.text("save"),
          .json = arguments.text("json"),
          .png = arguments.text("png"),
          .outputs = {},
          .passes = pass_options_of(arguments),
          .checkpoints = checkpoint_options_of(arguments),
          .people = people_stream(arguments.text("json"))};
  job.config.encoding_size = encoding_size_of(arguments, model);
  if (model.kind == ZooKind::text && arguments.has("png")) {
    throw UsageError(fmt::format("train: --png is for autoencoders, {} reads text", model.name));
  }
  if (arguments.has("save")) check_model_path(job.save);
  if (arguments.has("data") && job.data.empty()) throw UsageError("train: --data is empty");
  job.outputs = output_files(
      arguments, {{"save"}, {"json", true, kJsonKind}, {"png", false, kPngKind}, {"trace", false, kJsonKind}});
  return job;
}

ZooData load(const Job& job, Tracing& tracing) {
  ZooDataOptions options = talking_options(job.people);
  options.path = job.data;
  options.rows = job.rows;
  options.may_download = true;
  try {
    return load_data(job.model, options, job.outputs, job.people);
  } catch (const std::exception&) {
    tracing.discard();  // its file may be one of the data's
    throw;
  }
}

/// Where the reconstructions go: where the user says, otherwise beside him if the data are pictures and nothing is in
/// the way.
std::string picture_path(const Job& job, const ZooData& data) {
  if (!job.png.empty()) {
    if (picture_shape(data).rank() != 2)
      throw DataError(fmt::format("--png {}: rows of {} numbers are no pictures", job.png, data.x.shape()[1]));
    return job.png;
  }
  if (data.picture.rank() != 2) return {};
  const OutputFile* other = output_to(job.outputs, kDefaultPicture);
  const std::string why =
      other != nullptr ? fmt::format("is the file of --{}", other->option) : why_not_writable(kDefaultPicture);
  if (why.empty()) return kDefaultPicture;
  say(job.people, "Reconstructions are not drawn: {}: {}; --png F draws them to F\n", kDefaultPicture, printable(why));
  return {};
}

History fit(const Job& job, const ZooData& data, Sequential& model, Interrupt& interrupt) {
  FitOptions options{.batch_size = job.batch_size,
                     .epochs = job.epochs,
                     .validation_data = {data.validation_x, data.validation_y},
                     .log = job.people};
  if (job.checkpoints)
    options.callbacks = std::make_shared<Checkpointing>(job.checkpoints, interrupt, job.people);
  else
    options.on_epoch_end = [&] { return !interrupt.happened(); };
  try {
    return model.fit(data.x, data.y, std::move(options));
  } catch (const NumericError& error) {
    // On a terminal the progress line stands there unfinished.
    if (is_terminal(job.people)) say(job.people, "\n");
    if (job.save.empty()) throw;
    try {
      save_model(job.save, job.model, job.config, data, model);
    } catch (const DataError& other) {
      throw NumericError(fmt::format("{}; {}", error.what(), other.what()));
    }
    throw NumericError(fmt::format("{}; the last good weights are in {}", error.what(), job.save));
  }
}

nlohmann::ordered_json report(const Job& job, const ZooData& data, const Sequential& model, const History& history) {
  nlohmann::ordered_json json = {
      {"model", job.model.name}, {"data", data.source},     {"parameters", model.parameter_count()},
      {"threads", threads()},    {"seed", job.config.seed}, {"batch_size", job.batch_size}};
  json.update(job.passes.json());
  json["weights_sha256"] = model.weights_sha256();
  json["peak_rss_mb"] = peak_rss_mb();
  json["epochs"] = nlohmann::ordered_json::array();
  for (const History::Epoch& epoch : history.epochs) {
    nlohmann::ordered_json entry;
    for (const auto& [name, value] : epoch.logs.entries()) entry[name] = value;
    entry["seconds"] = epoch.seconds;
    json["epochs"].push_back(std::move(entry));
  }
  return json;
}

void print_final_figures(std::FILE* out, const History& history, ZooKind kind) {
  double seconds = 0;
  for (const History::Epoch& epoch : history.epochs) seconds += epoch.seconds;
  const std::vector<double> loss = history["val_loss"], accuracy = history["val_accuracy"];
  say(out, "\nTrained in {}, peak memory {:.0f} MB. Validation: loss {:.4f}", format_duration(seconds), peak_rss_mb(),
      loss.back());
  if (kind == ZooKind::text) {
    const auto best = std::max_element(accuracy.begin(), accuracy.end());
    say(out, ", accuracy {:.4f}", accuracy.back());
    if (accuracy.size() > 1) say(out, " (best {:.4f}, epoch {})", *best, best - accuracy.begin() + 1);
  }
  say(out, "\n\n");
}

/// All that was asked for.
void deliver(const Job& job, const ZooData& data, const History& history, const std::string& picture, Sequential& model,
             Tracing& tracing) {
  Delivery delivery;
  const bool is_saved =
      !job.save.empty() && delivery.attempt([&] { save_model(job.save, job.model, job.config, data, model); });
  delivery.attempt([&] { write_json(job.json, report(job, data, model, history)); });
  const Tensor predictions = model.predict(data.held_out_x);
  print_final_figures(job.people, history, job.model.kind);
  say(job.people, "{}", job.model.show(data, predictions));
  if (!picture.empty()) {
    delivery.attempt([&] {
      write_png_gray(picture, reconstruction_picture(data, predictions));
      say(job.people, "Originals above their reconstructions: {}\n", printable(picture));
    });
  }
  if (is_saved) say(job.people, "Weights: {} (sha256 {})\n", printable(job.save), model.weights_sha256());
  delivery.attempt([&] { tracing.finish(job.people); });
  delivery.check();
}

int run(const Arguments& arguments) {
  Job job = job_of(arguments);
  Tracing tracing(arguments);
  apply_threads(arguments);
  const ZooData data = load(job, tracing);
  std::string picture;
  if (job.model.kind == ZooKind::table) {
    picture = picture_path(job, data);
    job.config.features = data.x.shape()[1];
  }
  Sequential model = job.model.build(job.config);
  job.passes.apply_to(model);
  say(job.people, "\n{}\n", model.summary());
  say(job.people, "Epochs: {}, batches of {}, threads: {}, seed {}{}\n", job.epochs, job.batch_size, threads(),
      job.config.seed, job.passes.text());
  push_out(job.people);

  // A full disk is found out before the training, not after it.
  if (!job.save.empty()) check_writable(job.save, static_cast<uint64_t>(model.parameter_count()) * sizeof(float));
  Interrupt interrupt(job.people, static_cast<bool>(job.checkpoints));
  try {
    const History history = fit(job, data, model, interrupt);
    interrupt.training_is_over();
    deliver(job, data, history, picture, model, tracing);
  } catch (const Ended& ended) {
    say(job.people, "{}{}\n", is_terminal(job.people) ? "\n" : "", ended.what());
    tracing.finish(job.people);
  }
  return interrupt.exit_code();
}

std::vector<Option> with_checkpoints(std::vector<Option> options) {
  for (Option& option : checkpoint_options()) options.push_back(std::move(option));
  return options;
}

}  // namespace

Command train_command() {
  return {
      .syntax =
          {.command = "train",
           .words = {"MODEL"},
           .about =
               "Trains the model on its data, and shows what it makes of rows that it never saw. The same seed\n"
               "gives the same weights, bit for bit, for any number of threads.\n"
               "Ctrl-C ends training after the epoch, with all results and the exit code 130; so do SIGTERM "
               "(143),\nSIGHUP (129), unless it is ignored, and a closed pipe where people read (141). A second "
               "signal\nstops at once. With --checkpoint training ends after the step, without results, and goes on "
               "with\n--resume.",
           .options = with_checkpoints(
               {{"data", "P",
                 "the data: for text models imdb.npz or its folder, for autoencoders a folder with "
                 "Fashion-MNIST or any .npy, .csv or IDX file of rows"},
                {"rows", "N", "train on the first N rows and validate on the first N"},
                {"epochs", "N", "passes over the data"},
                {"batch-size", "N", "rows a step"},
                threads_option(),
                seed_option(),
                encoding_size_option(),
                without_option(),
                remat_option(),
                {"save", "F",
                 "keep the model in F: .keras or .h5 for Keras, or its weights as .npz, .safetensors, .weights.h5"},
                {"json", "F", "write figures of every epoch to F; \"-\" is standard output"},
                {"png", "F",
                 "for autoencoders: draw reconstructions to F; if not given, pictures are drawn to "
                 "reconstructions.png, which is replaced, where that can be written"},
                trace_option()})},
      .summary = "train it, show figures and predictions",
      .repeatable = "without",
      .run = run};
}

}  // namespace reel::cli
