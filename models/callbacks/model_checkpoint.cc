#include "reel/models/callbacks/model_checkpoint.h"

#include <fmt/args.h>
#include <fmt/format.h>

#include <filesystem>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/callbacks/monitor.h"
#include "reel/models/formats/file_kind.h"
#include "reel/models/model/model.h"

namespace reel {
namespace {

void make_folder_of(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code problem;
  if (!folder.empty()) std::filesystem::create_directories(folder, problem);
  if (problem) {
    throw DataError(
        fmt::format("ModelCheckpoint: cannot make the folder {}: {}", printable(folder.string()), problem.message()));
  }
}

/// "none" or "0.12345".
std::string told(const std::optional<double>& value) { return value ? fmt::format("{:.5f}", *value) : "none"; }

}  // namespace

void ModelCheckpoint::fields(Fields& f) {
  f.required("filepath", filepath);
  f("monitor", monitor);
  f("verbose", verbose);
  f("save_best_only", save_best_only);
  f("save_weights_only", save_weights_only);
  f("mode", mode);
  f("save_freq", save_freq);
  f("initial_value_threshold", initial_value_threshold);
}

void ModelCheckpoint::check() const {
  check_mode(mode, class_name);
  const ModelFile kind = model_file(filepath);
  const bool is_whole = kind == ModelFile::whole && !save_weights_only;
  if (is_whole || kind == ModelFile::weights) return;
  throw ValueError(fmt::format("{}: filepath must end in {}.weights.h5, .npz or .safetensors, got \"{}\"", class_name,
                               save_weights_only ? "" : ".keras, .h5, ", excerpt(filepath)));
}

void ModelCheckpoint::state(StateFields& f) const {
  f("epoch", progress->epoch);
  f("batches_since_saving", progress->batches_since_saving);
  f("best", progress->best);
}

void ModelCheckpoint::on_epoch_begin(const CallbackRun&, int64_t epoch) const { progress->epoch = epoch; }

void ModelCheckpoint::on_train_batch_end(const CallbackRun& run, int64_t batch, const Logs& logs) const {
  if (save_freq.batches() == 0 || ++progress->batches_since_saving < save_freq.batches()) return;
  progress->batches_since_saving = 0;
  save(run, batch, logs);
}

void ModelCheckpoint::on_epoch_end(const CallbackRun& run, int64_t, const Logs& logs) const {
  if (save_freq.batches() == 0) save(run, {}, logs);
}

std::string ModelCheckpoint::path_of(int64_t epoch, std::optional<int64_t> batch, const Logs& logs) const {
  fmt::dynamic_format_arg_store<fmt::format_context> values;
  values.push_back(fmt::arg("epoch", epoch + 1));
  if (batch && !logs.contains("batch")) values.push_back(fmt::arg("batch", *batch + 1));
  std::string known = batch ? "epoch, batch" : "epoch";
  for (const auto& [name, value] : logs) {
    values.push_back(fmt::arg(name.c_str(), value));
    known += ", " + name;
  }
  try {
    return fmt::vformat(filepath, values);
  } catch (const fmt::format_error& error) {
    throw ValueError(fmt::format("{}: filepath \"{}\": {}; in braces may stand {}", class_name, excerpt(filepath),
                                 error.what(), known));
  }
}

void ModelCheckpoint::save(const CallbackRun& run, std::optional<int64_t> batch, const Logs& logs) const {
  const std::string path = path_of(progress->epoch, batch, logs);
  if (!is_to_be_saved(run, logs)) return;
  make_folder_of(path);
  model_file(path) == ModelFile::whole ? run.model.save(path) : run.model.save_weights(path);
  if (verbose > 0) run.say(fmt::format("Epoch {}: saved {}", progress->epoch + 1, printable(path)));
}

bool ModelCheckpoint::is_to_be_saved(const CallbackRun& run, const Logs& logs) const {
  if (!save_best_only) return true;
  const std::optional<double> value = monitored(logs, monitor, class_name);
  if (!value) return true;
  Progress& now = *progress;
  if (now.better == Better::neither) now.better = direction_of(run.model, monitor, mode, class_name);
  const std::optional<double> best = now.best ? now.best : initial_value_threshold;
  const bool is_better = is_improvement(*value, best, now.better);
  if (is_better) now.best = value;
  if (verbose > 0) {
    const char* verdict = is_better ? "is better than" : "is not better than";
    run.say(fmt::format("Epoch {}: {} = {:.5f} {} {}", now.epoch + 1, monitor, *value, verdict, told(best)));
  }
  return is_better;
}

}  // namespace reel
