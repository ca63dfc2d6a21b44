#include "reel/models/schedules/learning_rate.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/describe/json.h"

namespace reel {

Config LearningRate::config() const {
  return schedule_ ? schedule_->config() : config_of(static_cast<double>(static_cast<float>(number_)));
}

LearningRate LearningRate::from_config(const Config& config) {
  const Json& json = json_of(config);
  if (json.is_number()) return json.get<double>();
  if (json.is_object()) return LearningRateSchedule::from_config(config);
  throw ValueError(fmt::format("expected a number or a schedule, got {}", excerpt_of(json)));
}

}  // namespace reel
