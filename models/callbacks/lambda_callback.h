#pragma once

#include <functional>
#include <vector>

#include "reel/models/training/callback.h"

namespace reel {

/// A function of some of what a moment tells, or none; it is called if it is there. To take the run first makes a
/// member of it a moment of the struct.
template <class... Told>
class MomentFunction {
 public:
  MomentFunction() = default;
  template <class F>
  requires(!std::is_same_v<F, MomentFunction> && (std::is_invocable_v<F&, Told...> || std::is_invocable_v<F&>))
      MomentFunction(F function) {
    if constexpr (std::is_invocable_v<F&, Told...>)
      function_ = std::move(function);
    else
      function_ = [function = std::move(function)](Told...) mutable { function(); };
  }

  explicit operator bool() const { return static_cast<bool>(function_); }
  void operator()(const CallbackRun&, Told... told) const {
    if (function_) function_(told...);
  }

 private:
  std::function<void(Told...)> function_;
};

/// Functions that are called at the moments of their names (see Callback), with what these tell or with nothing:
///
///   LambdaCallback{.on_epoch_end = [](int64_t epoch, const Logs& logs) { std::cout << epoch << ": " << logs << "\n";
///   }}
///
/// It has no config. keras.callbacks.LambdaCallback.
struct LambdaCallback {
  MomentFunction<int64_t> on_epoch_begin = {};
  MomentFunction<int64_t, Logs&> on_epoch_end = {};
  MomentFunction<> on_train_begin = {};
  MomentFunction<const Logs&> on_train_end = {};
  MomentFunction<int64_t> on_train_batch_begin = {};
  MomentFunction<int64_t, const Logs&> on_train_batch_end = {};
  MomentFunction<> on_test_begin = {};
  MomentFunction<const Logs&> on_test_end = {};
  MomentFunction<int64_t> on_test_batch_begin = {};
  MomentFunction<int64_t, const Logs&> on_test_batch_end = {};
  MomentFunction<> on_predict_begin = {};
  MomentFunction<> on_predict_end = {};
  MomentFunction<int64_t> on_predict_batch_begin = {};
  MomentFunction<int64_t, const std::vector<Tensor>&> on_predict_batch_end = {};

  static constexpr std::string_view class_name = "LambdaCallback";
  void fields(Fields& f);
  bool watches_batches(const CallbackRun& run) const;
};

}  // namespace reel
