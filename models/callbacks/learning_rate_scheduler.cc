#include "reel/models/callbacks/learning_rate_scheduler.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/callbacks/function_field.h"
#include "reel/models/model/model.h"

namespace reel {

void LearningRateScheduler::fields(Fields& f) {
  f.as("schedule", FunctionField());
  f("verbose", verbose);
}

void LearningRateScheduler::check() const {
  if (!schedule) throw ValueError(fmt::format("{}: expected a function of the epoch, got none", class_name));
}

void LearningRateScheduler::on_epoch_begin(const CallbackRun& run, int64_t epoch) const {
  const double rate = schedule(epoch, run.model.learning_rate());
  run.model.set_learning_rate(rate);
  if (verbose > 0) run.say(fmt::format("Epoch {}: learning rate set to {:.4g}", epoch + 1, rate));
}

void LearningRateScheduler::on_epoch_end(const CallbackRun& run, int64_t, Logs& logs) const {
  logs.set("learning_rate", run.model.learning_rate());
}

}  // namespace reel
