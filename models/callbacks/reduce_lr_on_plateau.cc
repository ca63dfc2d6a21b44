#include "reel/models/callbacks/reduce_lr_on_plateau.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/callbacks/monitor.h"
#include "reel/models/model/model.h"

namespace reel {

void ReduceLROnPlateau::fields(Fields& f) {
  f("monitor", monitor);
  f("factor", factor);
  f("patience", patience);
  f("verbose", verbose);
  f("mode", mode);
  f("min_delta", min_delta);
  f("cooldown", cooldown);
  f("min_lr", min_lr);
}

void ReduceLROnPlateau::check() const {
  check_mode(mode, class_name);
  check_least(factor, 0, "factor", class_name);
  if (factor >= 1) throw ValueError(fmt::format("{}: factor must be below 1, got {}", class_name, factor));
  check_least(static_cast<double>(patience), 0, "patience", class_name);
  check_least(min_delta, 0, "min_delta", class_name);
  check_least(static_cast<double>(cooldown), 0, "cooldown", class_name);
  check_least(min_lr, 0, "min_lr", class_name);
}

void ReduceLROnPlateau::state(StateFields& f) const {
  f("wait", progress->wait);
  f("cooldown_counter", progress->cooldown_counter);
  f("best", progress->best);
}

void ReduceLROnPlateau::on_train_begin(const CallbackRun&) const { *progress = {}; }

void ReduceLROnPlateau::on_epoch_end(const CallbackRun& run, int64_t epoch, Logs& logs) const {
  const double rate = run.model.learning_rate();
  logs.set("learning_rate", rate);
  Progress& now = *progress;
  if (now.better == Better::neither) now.better = direction_of(run.model, monitor, mode, class_name);
  const std::optional<double> value = monitored(logs, monitor, class_name);
  if (!value) return;
  if (now.cooldown_counter > 0) {
    --now.cooldown_counter;
    now.wait = 0;
  }
  if (is_improvement(*value, now.best, now.better, min_delta)) {
    now.best = value;
    now.wait = 0;
    return;
  }
  if (now.cooldown_counter > 0 || ++now.wait < patience || rate <= min_lr) return;
  const double lower = std::max(rate * factor, min_lr);
  run.model.set_learning_rate(lower);
  if (verbose > 0) run.say(fmt::format("Epoch {}: learning rate reduced to {:.4g}", epoch + 1, lower));
  now.cooldown_counter = cooldown;
  now.wait = 0;
}

}  // namespace reel
