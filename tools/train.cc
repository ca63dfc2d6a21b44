// reel-zoo train MODEL
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <optional>

#include "reel/graph/run/threads.h"
#include "reel/models/callbacks/csv_logger.h"
#include "reel/models/callbacks/early_stopping.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/formats/png.h"
#include "reel/models/training/progress.h"
#include "reel/models/zoo/rows.h"
#include "tools/checkpointing.h"
#include "tools/commands.h"
#include "tools/epochs_json.h"
#include "tools/folded_progress.h"
#include "tools/interrupt.h"
#include "tools/loading.h"
#include "tools/output.h"
#include "tools/pass_options.h"
#include "tools/saved_model.h"
#include "tools/timing.h"
#include "tools/tracing.h"
#include "tools/train_file.h"

namespace reel::cli {
namespace {

constexpr int64_t kMost = 1'000'000'000;
constexpr const char* kDefaultPicture = "reconstructions.png";

/// Everything that is asked for, checked before anything that takes time.
struct Job {
  const ZooModel& model;
  ZooConfig config;
  int64_t epochs, batch_size, rows, patience;  // 0 of patience: without end
  std::optional<double> learning_rate;
  std::string data, save, json, png, csv_log;
  std::vector<OutputFile> outputs;
  PassOptions passes;
  CheckpointOptions checkpoints;
  std::FILE* people;
};

std::optional<double> learning_rate_of(const Arguments& arguments) {
  if (!arguments.has("learning-rate")) return std::nullopt;
  const std::string text = arguments.text("learning-rate");
  double rate = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
  if (error == std::errc() && end == text.data() + text.size() && rate >= 0 && rate <= 1000) return rate;
  throw UsageError(fmt::format("train: --learning-rate takes a number from 0 to 1000, got \"{}\"", excerpt(text)));
}

Job job_of(const Arguments& arguments) {
  const ZooModel& model = model_named(arguments.word(0));
  Job job{.model = model,
          .config = config_of(arguments, model),
          .epochs = arguments.number("epochs", 1, kMost, model.epochs),
          .batch_size = arguments.number("batch-size", 1, kMost, model.batch_size),
          .rows = arguments.number("rows", 1, kMost, 0),
          .patience = arguments.number("patience", 1, kMost, 0),
          .learning_rate = learning_rate_of(arguments),
          .data = arguments.text("data"),
          .save = arguments.text("save"),
          .json = arguments.text("json"),
          .png = arguments.text("png"),
          .csv_log = arguments.text("csv-log"),
          .outputs = {},
          .passes = pass_options_of(arguments),
          .checkpoints = checkpoint_options_of(arguments),
          .people = arguments.has("quiet") ? nullptr : people_stream(arguments.text("json"))};
  if (model.kind != ZooKind::autoencoder && arguments.has("png")) {
    throw UsageError(fmt::format("train: --png is for autoencoders, {} is none", model.name));
  }
  if (arguments.has("save")) check_model_path(job.save);
  if (arguments.has("data") && job.data.empty()) throw UsageError("train: --data is empty");
  job.outputs = output_files(
      arguments,
      {{"save"}, {"json", true, kJsonKind}, {"png", false, kPngKind}, {"csv-log"}, {"trace", false, kJsonKind}});
  return job;
}

ZooData load(const Job& job, Tracing& tracing) {
  ZooDataOptions options = talking_options(job.people);
  options.path = job.data;
  options.rows = job.rows;
  options.config = job.config;
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

/// What watches the run, as the options say.
Callbacks callbacks_of(const Job& job, const EarlyStopping& early) {
  Callbacks callbacks;
  if (job.patience > 0) callbacks.push_back(early);
  if (!job.csv_log.empty()) callbacks.push_back(CSVLogger{.filename = job.csv_log});
  callbacks.push_back(folded_progress());  // of short runs, too: a run goes on with the callbacks that it began with
  return callbacks;
}

History fit(const Job& job, const ZooData& data, ZooTrained& trained, Interrupt& interrupt) {
  const EarlyStopping early{.patience = job.patience, .restore_best_weights = true};
  FitOptions options{.batch_size = job.batch_size,
                     .epochs = job.epochs,
                     .verbose = folds_epochs(job.epochs) ? Verbose::silent : Verbose::automatic,
                     .callbacks = callbacks_of(job, early),
                     .validation_data = {data.validation_x, data.validation_y},
                     .log = job.people};
  if (job.checkpoints)
    options.callbacks.push_back(std::make_shared<Checkpointing>(job.checkpoints, interrupt, job.people));
  else
    options.on_epoch_end = [&] { return !interrupt.happened(); };
  try {
    History history = trained.model.fit(data.x, data.y, std::move(options));
    if (job.patience > 0) say(job.people, "The weights are those of epoch {}.\n", early.progress->best_epoch + 1);
    return history;
  } catch (const NumericError& error) {
    // On a terminal the progress line stands there unfinished.
    if (is_terminal(job.people)) say(job.people, "\n");
    if (job.save.empty()) throw;
    try {
      save_model(job.save, job.model, trained);
    } catch (const DataError& other) {
      throw NumericError(fmt::format("{}; {}", error.what(), other.what()));
    }
    throw NumericError(fmt::format("{}; the last good weights are in {}", error.what(), job.save));
  }
}

nlohmann::ordered_json report(const Job& job, const ZooData& data, const Model& model, const History& history) {
  nlohmann::ordered_json json = {
      {"model", job.model.name}, {"data", data.source},     {"parameters", model.parameter_count()},
      {"threads", threads()},    {"seed", job.config.seed}, {"batch_size", job.batch_size}};
  json["options"] = options_json(job.model, job.config);
  json.update(job.passes.json());
  json["weights_sha256"] = model.weights_sha256();
  json["peak_rss_mb"] = peak_rss_mb();
  json["epochs"] = epochs_json(history);
  return json;
}

void print_final_figures(std::FILE* out, const History& history, ZooKind kind) {
  double seconds = 0;
  for (const History::Epoch& epoch : history.epochs) seconds += epoch.seconds;
  const Logs& last = history.epochs.back().logs;
  say(out, "\nTrained in {}, peak memory {:.0f} MB. Validation: loss {:.4f}", format_duration(seconds), peak_rss_mb(),
      last["val_loss"]);
  if (kind != ZooKind::autoencoder && last.contains("val_accuracy")) {
    const std::vector<double> accuracy = history["val_accuracy"];
    const auto best = std::max_element(accuracy.begin(), accuracy.end());
    say(out, ", accuracy {:.4f}", accuracy.back());
    if (accuracy.size() > 1) say(out, " (best {:.4f}, epoch {})", *best, best - accuracy.begin() + 1);
  }
  say(out, "\n\n");
}

/// All that was asked for.
void deliver(const Job& job, const ZooData& data, const History& history, const std::string& picture,
             ZooTrained& trained, Tracing& tracing) {
  Delivery delivery;
  const bool is_saved = !job.save.empty() && delivery.attempt([&] { save_model(job.save, job.model, trained); });
  delivery.attempt([&] { write_json(job.json, report(job, data, trained.model, history)); });
  print_final_figures(job.people, history, job.model.kind);
  if (job.people != nullptr) say(job.people, "{}", job.model.show(data, trained));
  if (!picture.empty()) {
    delivery.attempt([&] {
      write_png_gray(picture, reconstruction_picture(data, trained.model.predict(data.held_out_x)));
      say(job.people, "Originals above their reconstructions: {}\n", printable(picture));
    });
  }
  if (is_saved) say(job.people, "Weights: {} (sha256 {})\n", printable(job.save), trained.model.weights_sha256());
  delivery.attempt([&] { tracing.finish(job.people); });
  delivery.check();
}

int run(const Arguments& arguments) {
  if (arguments.has("from")) return train_file(arguments);
  if (arguments.has("targets"))
    throw UsageError("train: --targets goes with --from, as a model of the zoo has its own");
  if (!arguments.has_word(0)) throw UsageError("train: MODEL is missing; see \"reel-zoo train --help\"");
  Job job = job_of(arguments);
  Tracing tracing(arguments);
  apply_threads(arguments);
  const ZooData data = load(job, tracing);
  const std::string picture = job.model.kind == ZooKind::autoencoder ? picture_path(job, data) : std::string();
  job.config.take(data.options);
  Model model = job.model.build(job.config);
  job.passes.apply_to(model);
  if (job.learning_rate) model.set_learning_rate(*job.learning_rate);
  if (job.model.adapt != nullptr) job.model.adapt(model, data);
  say(job.people, "\n{}\n", model.summary());
  say(job.people, "Epochs: {}, batches of {}, threads: {}, seed {}{}\n", job.epochs, job.batch_size, threads(),
      job.config.seed, job.passes.text());
  push_out(job.people);

  // A full disk is found out before the training, not after it.
  if (!job.save.empty()) check_writable(job.save, static_cast<uint64_t>(model.parameter_count()) * sizeof(float));
  ZooTrained trained{model, job.config, data.words, data.classes};
  Interrupt interrupt(job.people, static_cast<bool>(job.checkpoints));
  try {
    const History history = fit(job, data, trained, interrupt);
    interrupt.training_is_over();
    deliver(job, data, history, picture, trained, tracing);
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
           .words = {"[MODEL]"},
           .about =
               "Trains the model on its data, and shows what it makes of rows that it never saw. The same seed\n"
               "gives the same weights, bit for bit, for any number of threads.\n"
               "With --from, the model of a file trains on: weights, optimizer and all. Its data are those of\n"
               "its model in the zoo, or, of any model that Keras has compiled and saved, --data and --targets.\n"
               "Ctrl-C ends training after the epoch, with all results and the exit code 130; so do SIGTERM "
               "(143),\nSIGHUP (129), unless it is ignored, and a closed pipe where people read (141). A second "
               "signal\nstops at once. With --checkpoint training ends after the step, without results, and goes on "
               "with\n--resume.",
           .options = with_checkpoints(
               {{"data", "P",
                 "the data: a file or folder, \"reel-zoo list MODEL\" says which. For text models imdb.npz or its "
                 "folder, a folder of folders of .txt files, or a .csv of texts and classes; for autoencoders a folder "
                 "with Fashion-MNIST or any .npy, .csv or IDX file of rows"},
                set_option(),
                {"from", "F", "go on with the model in F, a .keras or .h5 file, or what --save wrote"},
                {"targets", "F", "with --from: what the rows of --data are to become; both .npy, or .npz by name"},
                {"rows", "N", "train on the first N rows and validate on the first N"},
                {"epochs", "N", "passes over the data"},
                {"batch-size", "N", "rows a step"},
                {"learning-rate", "R", "of the optimizer, instead of the model's own"},
                {"patience", "N", "stop after N epochs without a better validation loss, with the best one's weights"},
                threads_option(),
                seed_option(),
                encoding_size_option(),
                without_option(),
                remat_option(),
                {"save", "F",
                 "keep the model in F: .keras or .h5 for Keras, or its weights as .npz, .safetensors, .weights.h5"},
                {"json", "F", "write figures of every epoch to F; \"-\" is standard output"},
                {"csv-log", "F", "write a line of figures for each epoch to F, as it ends"},
                {"quiet", "", "say nothing but what goes wrong"},
                {"png", "F",
                 "for autoencoders: draw reconstructions to F; if not given, pictures are drawn to "
                 "reconstructions.png, which is replaced, where that can be written"},
                trace_option()})},
      .summary = "train it, show figures and predictions",
      .repeatable = {"without", "set"},
      .run = run};
}

}  // namespace reel::cli
