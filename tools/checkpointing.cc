#include "tools/checkpointing.h"

#include <fmt/format.h>

#include <charconv>

#include "reel/graph/printable.h"
#include "tools/output.h"

namespace reel::cli {
namespace {

constexpr int64_t kMost = 1'000'000'000;

/// "500", "1epoch", "3epochs".
void read_every(const std::string& text, CheckpointOptions& options) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  const bool is_right = error == std::errc() && number >= 1 && number <= kMost;
  if (!is_right || (!unit.empty() && unit != "epoch" && unit != "epochs")) {
    throw UsageError(
        fmt::format("train: --every takes a number of steps, or of epochs as 1epoch, got \"{}\"", excerpt(text)));
  }
  (unit.empty() ? options.steps : options.epochs) = number;
}

}  // namespace

std::vector<Option> checkpoint_options() {
  return {
      {"checkpoint", "DIR",
       "keep in the folder DIR what training goes on from if it is ended at any instant; a signal then ends it after "
       "the step"},
      {"every", "N", "a checkpoint after each N steps, or as 1epoch after each epoch, which is usual"},
      {"keep", "K", "as many checkpoints stay, 2 if it is not given"},
      {"resume", "",
       "go on from the newest sound checkpoint in DIR, to the bits of a training that was never ended; "
       "begin where there is none"}};
}

CheckpointOptions checkpoint_options_of(const Arguments& arguments) {
  CheckpointOptions options;
  options.folder = arguments.text("checkpoint");
  if (arguments.has("checkpoint") && options.folder.empty()) throw UsageError("train: --checkpoint is empty");
  for (const char* other : {"every", "keep", "resume"}) {
    if (arguments.has(other) && !options) throw UsageError(fmt::format("train: --{} needs --checkpoint DIR", other));
  }
  if (arguments.has("every")) read_every(arguments.text("every"), options);
  options.keep = arguments.number("keep", 1, kMost, options.keep);
  options.resumes = arguments.has("resume");
  if (options && !options.resumes && has_checkpoints(options.folder)) {
    throw UsageError(fmt::format("train: {} has checkpoints of a training; --resume goes on from the newest",
                                 printable(options.folder)));
  }
  return options;
}

Checkpointing::Checkpointing(CheckpointOptions options, Interrupt& interrupt, std::FILE* people)
    : options_(std::move(options)), interrupt_(interrupt), people_(people), backup_(options_.folder, options_.keep) {}

std::shared_ptr<const TrainingState> Checkpointing::resumes_from() {
  if (!options_.resumes) return nullptr;
  std::shared_ptr<const TrainingState> state = backup_.newest();
  if (state == nullptr) return nullptr;
  const auto [epoch, batch] = state->place;
  const std::string after = batch > 0 ? fmt::format(", after step {}", batch) : std::string();
  say(people_, "Going on from {}: epoch {}{}\n", state->source, epoch + 1, after);
  return state;
}

void Checkpointing::on_train_point(const TrainingPoint& point) {
  const bool is_ended = interrupt_.happened();
  const bool is_over = point.place().batch == 0 && (run().stops || point.place().epoch >= params().epochs);
  if (!is_due(point) && !is_ended && !is_over) return;
  backup_.write(point.state());
  if (!is_ended || is_over) return;
  backup_.finish();
  throw Ended(fmt::format("Ended with a checkpoint in {}; the same command with --resume goes on from it",
                          printable(backup_.folder())));
}

bool Checkpointing::is_due(const TrainingPoint& point) {
  const auto [epoch, batch] = point.place();
  if (options_.steps == 0) return batch == 0 && epoch % options_.epochs == 0;
  if (batch == 0 || ++steps_since_ < options_.steps) return false;
  steps_since_ = 0;
  return true;
}

void Checkpointing::on_train_end(const Logs&) { backup_.settle(); }

}  // namespace reel::cli
