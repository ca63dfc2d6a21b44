// LearningRate: a number, or a schedule.
#pragma once

#include <concepts>
#include <optional>

#include "reel/models/schedules/learning_rate_schedule.h"

namespace reel {

/// What an optimizer's learning rate is given as: a number, a schedule, or a function of the iteration.
class LearningRate {
 public:
  LearningRate(double rate) : number_(rate) {}
  template <std::convertible_to<LearningRateSchedule> S>
  LearningRate(S schedule) : schedule_(std::move(schedule)) {}
  /// From a number or a serialized schedule. Throws ValueError for anything else.
  static LearningRate from_config(const Config& config);

  /// A number as the float that it is, or the schedule as Keras serializes it.
  Config config() const;
  bool is_schedule() const { return schedule_.has_value(); }
  /// The rate of the step after so many.
  double at(int64_t iteration) const { return schedule_ ? (*schedule_)(iteration) : number_; }

 private:
  double number_ = 0;
  std::optional<LearningRateSchedule> schedule_;
};

}  // namespace reel
