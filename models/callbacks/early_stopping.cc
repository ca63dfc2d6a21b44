#include "reel/models/callbacks/early_stopping.h"

#include <fmt/format.h>

#include "reel/models/callbacks/monitor.h"
#include "reel/models/model/model.h"

namespace reel {

void EarlyStopping::fields(Fields& f) {
  f("monitor", monitor);
  f("min_delta", min_delta);
  f("patience", patience);
  f("verbose", verbose);
  f("mode", mode);
  f("baseline", baseline);
  f("restore_best_weights", restore_best_weights);
  f("start_from_epoch", start_from_epoch);
}

void EarlyStopping::check() const {
  check_mode(mode, class_name);
  check_least(min_delta, 0, "min_delta", class_name);
  check_least(static_cast<double>(patience), 0, "patience", class_name);
  check_least(static_cast<double>(start_from_epoch), 0, "start_from_epoch", class_name);
}

void EarlyStopping::state(StateFields& f) const {
  f("wait", progress->wait);
  f("stopped_epoch", progress->stopped_epoch);
  f("best_epoch", progress->best_epoch);
  f("best", progress->best);
  f("best_weights", progress->best_weights);
}

/// The best value stays from one call of fit to the next, as in Keras; the weights do not.
void EarlyStopping::on_train_begin(const CallbackRun&) const {
  progress->wait = progress->stopped_epoch = progress->best_epoch = 0;
  progress->best_weights.clear();
}

void EarlyStopping::on_epoch_end(const CallbackRun& run, int64_t epoch, const Logs& logs) const {
  Progress& now = *progress;
  if (now.better == Better::neither) now.better = direction_of(run.model, monitor, mode, class_name);
  const std::optional<double> value = monitored(logs, monitor, class_name);
  if (!value || epoch < start_from_epoch) return;
  if (restore_best_weights && now.best_weights.empty()) {
    now.best_weights = run.model.get_weights();
    now.best_epoch = epoch;
  }
  ++now.wait;
  if (is_improvement(*value, now.best, now.better, min_delta)) {
    now.best = value;
    now.best_epoch = epoch;
    if (restore_best_weights) now.best_weights = run.model.get_weights();
    if (!baseline || is_improvement(*value, baseline, now.better, min_delta)) now.wait = 0;
    return;
  }
  if (now.wait < patience || epoch == 0) return;
  now.stopped_epoch = epoch;
  run.stop_training();
}

void EarlyStopping::on_train_end(const CallbackRun& run, const Logs&) const {
  const Progress& now = *progress;
  if (now.stopped_epoch > 0 && verbose > 0) run.say(fmt::format("Epoch {}: early stopping", now.stopped_epoch + 1));
  if (!restore_best_weights || now.best_weights.empty()) return;
  if (verbose > 0) run.say(fmt::format("Restoring the weights of the best epoch, {}", now.best_epoch + 1));
  run.model.set_weights(now.best_weights);
}

}  // namespace reel
