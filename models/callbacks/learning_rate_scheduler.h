#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include "reel/models/training/callback.h"

namespace reel {

/// A learning rate as a function of the epoch, or of the epoch and the rate before it.
class RateOfEpoch {
 public:
  RateOfEpoch() = default;
  template <class F>
  requires(!std::is_same_v<F, RateOfEpoch> && std::is_invocable_r_v<double, F&, int64_t, double>)
      RateOfEpoch(F function)
      : function_(std::move(function)) {}
  template <class F>
  requires(!std::is_same_v<F, RateOfEpoch> && std::is_invocable_r_v<double, F&, int64_t> &&
           !std::is_invocable_v<F&, int64_t, double>) RateOfEpoch(F function)
      : function_([function = std::move(function)](int64_t epoch, double) mutable { return function(epoch); }) {}

  explicit operator bool() const { return static_cast<bool>(function_); }
  double operator()(int64_t epoch, double rate) const { return function_(epoch, rate); }

 private:
  std::function<double(int64_t, double)> function_;
};

/// Sets the learning rate at the beginning of each epoch, counted from 0, and adds "learning_rate" to the logs:
///
///   LearningRateScheduler{[](int64_t epoch, double rate) { return epoch < 10 ? rate : rate * 0.9; }}
///
/// Throws ValueError for no function, and as `set_learning_rate` for what is no rate or where the rate is a schedule.
/// It has no config. keras.callbacks.LearningRateScheduler.
struct LearningRateScheduler {
  RateOfEpoch schedule = {};
  int64_t verbose = 0;  ///< 1: says what it does

  static constexpr std::string_view class_name = "LearningRateScheduler";
  void fields(Fields& f);
  void check() const;
  void on_epoch_begin(const CallbackRun& run, int64_t epoch) const;
  void on_epoch_end(const CallbackRun& run, int64_t epoch, Logs& logs) const;
};

}  // namespace reel
