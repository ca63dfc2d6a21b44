// Callback: what is told of a run of fit, evaluate or predict, moment by moment, and may have its say.
//
//   struct Patient : Callback {
//     void on_epoch_end(int64_t epoch, Logs& logs) override {
//       if (epoch > 5 && logs["loss"] > 1) stop_training();
//     }
//   };
//   model.fit(x, y, {.epochs = 100, .callbacks = {Patient{}, EarlyStopping{.patience = 3}}});
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reel/graph/error.h"
#include "reel/graph/tensor.h"
#include "reel/models/describe/held.h"
#include "reel/models/describe/shared.h"
#include "reel/models/training/history.h"
#include "reel/models/training/verbosity.h"

namespace reel {

class Model;
class TrainingPoint;   // training_state.h
struct TrainingState;  // training_state.h

/// What a run was told to do. Keras: Callback.params.
struct CallbackParams {
  int64_t epochs = 1;
  int64_t steps = 0;  ///< batches of an epoch, as far as the data have so many
  Verbose verbose = Verbose::silent;
  std::FILE* log = stdout;  ///< where callbacks print; null for nowhere
  bool validates = false;   ///< whether `fit` has data to validate on
};

/// The run of fit, evaluate or predict that callbacks are told of. But for `fit` and `compile`, they may call the
/// model: what they set is what the next step begins with.
struct CallbackRun {
  Model& model;
  CallbackParams params;
  std::atomic<bool>& stops;
  bool resumes = false;  ///< whether `fit` goes on from a TrainingState, and is about to say so

  /// `fit` ends after this batch or epoch. Keras: model.stop_training = True.
  void stop_training() const { stops = true; }
  /// Prints a line to where progress is printed.
  void say(const std::string& line) const;
};

/// What a callback has come to, told as Fields are, so that a checkpoint may keep it; and lists of tensors.
class StateFields {
 public:
  using OfTensors = std::function<void(std::string_view key, std::vector<Tensor>& tensors)>;
  StateFields(Fields& numbers, OfTensors tensors) : numbers_(numbers), tensors_(std::move(tensors)) {}

  template <class T>
  void operator()(std::string_view key, T& value) {
    numbers_(key, value);
  }
  void operator()(std::string_view key, std::vector<Tensor>& tensors) { tensors_(key, tensors); }

 private:
  Fields& numbers_;
  OfTensors tensors_;
};

/// To derive from: override the moments that matter. keras.callbacks.Callback. Epochs and batches count from 0; the
/// logs of a batch are those of the epoch so far. What a moment throws comes out of the run. A class with a config says
/// `class_name`, "package>Name", and `fields`.
class Callback : public Described {
 public:
  std::string class_name() const override { return {}; }
  /// What it has come to, and goes on from.
  virtual void state(StateFields&) {}

  virtual void on_train_begin() {}
  virtual void on_train_end(const Logs& /*logs*/) {}
  virtual void on_epoch_begin(int64_t /*epoch*/) {}
  /// What is added to the logs here is in the history.
  virtual void on_epoch_end(int64_t /*epoch*/, Logs& /*logs*/) {}
  virtual void on_train_batch_begin(int64_t /*batch*/) {}
  virtual void on_train_batch_end(int64_t /*batch*/, const Logs& /*logs*/) {}
  /// Of `evaluate`, and of what `fit` validates.
  virtual void on_test_begin() {}
  virtual void on_test_end(const Logs& /*logs*/) {}
  virtual void on_test_batch_begin(int64_t /*batch*/) {}
  virtual void on_test_batch_end(int64_t /*batch*/, const Logs& /*logs*/) {}
  virtual void on_predict_begin() {}
  virtual void on_predict_end() {}
  virtual void on_predict_batch_begin(int64_t /*batch*/) {}
  /// `outputs`: the model's, for this batch.
  virtual void on_predict_batch_end(int64_t /*batch*/, const std::vector<Tensor>& /*outputs*/) {}
  /// Whether training ends as if it were done at a batch whose loss or gradients are not finite, and which has changed
  /// nothing. If no callback says so, `fit` throws the error.
  virtual bool ends_training(int64_t /*batch*/, const NumericError& /*error*/) { return false; }
  /// What `fit` is to go on from, asked before all else: null to begin. `fit` takes the first that it is given.
  virtual std::shared_ptr<const TrainingState> resumes_from() { return nullptr; }
  /// Training goes on in this epoch, of which so many batches are done: told after on_train_begin, once the state that
  /// callbacks tell of themselves is as it was. An epoch that had begun does not begin again.
  virtual void on_train_resume(int64_t /*epoch*/, int64_t /*batch*/) {}
  /// Between two steps, or two epochs, when all callbacks have been told of what was before: what training goes on from
  /// can be taken here. The one that follows an epoch's last step comes before validation.
  virtual void on_train_point(const TrainingPoint& /*point*/) {}
  /// Whether it takes states from the points that it is told of. Training is the same without it.
  virtual bool keeps_state() const { return false; }
  /// Whether it is to be told of batches of the run: their logs are made only then.
  virtual bool watches_batches() const { return true; }

  /// The run in progress. Throws Error where there is none.
  const CallbackRun& run() const;
  Model& model() const { return run().model; }
  const CallbackParams& params() const { return run().params; }
  void stop_training() const { run().stop_training(); }

 private:
  friend class CallbackList;
  const CallbackRun* run_ = nullptr;
};

template <class C>
concept HasMoment = requires {
  &C::on_train_begin;
}
|| requires { &C::on_epoch_begin; }
|| requires { &C::on_epoch_end; }
|| requires { &C::on_train_point; }
|| requires { &C::ends_training; };

/// The callbacks of Reel's own are structs of their arguments, with a `class_name`, `fields`, `state`, and the moments
/// that they have, which get the run first. Copies share what they have come to.
template <class C>
concept CallbackStruct = HasMoment<C> && !std::derived_from<C, Callback>;

template <CallbackStruct C>
class HeldCallback final : public Held<C, Callback> {
 public:
  using Held<C, Callback>::Held;
  using Held<C, Callback>::value;
  using Callback::run;

  void state(StateFields& to) override {
    if constexpr (requires { value.state(to); }) value.state(to);
  }
  void on_train_begin() override {
    if constexpr (requires { value.on_train_begin(run()); }) value.on_train_begin(run());
  }
  void on_train_end(const Logs& logs) override {
    if constexpr (requires { value.on_train_end(run(), logs); }) value.on_train_end(run(), logs);
  }
  void on_epoch_begin(int64_t epoch) override {
    if constexpr (requires { value.on_epoch_begin(run(), epoch); }) value.on_epoch_begin(run(), epoch);
  }
  void on_epoch_end(int64_t epoch, Logs& logs) override {
    if constexpr (requires { value.on_epoch_end(run(), epoch, logs); }) value.on_epoch_end(run(), epoch, logs);
  }
  void on_train_batch_begin(int64_t batch) override {
    if constexpr (requires { value.on_train_batch_begin(run(), batch); }) value.on_train_batch_begin(run(), batch);
  }
  void on_train_batch_end(int64_t batch, const Logs& logs) override {
    if constexpr (requires { value.on_train_batch_end(run(), batch, logs); })
      value.on_train_batch_end(run(), batch, logs);
  }
  void on_test_begin() override {
    if constexpr (requires { value.on_test_begin(run()); }) value.on_test_begin(run());
  }
  void on_test_end(const Logs& logs) override {
    if constexpr (requires { value.on_test_end(run(), logs); }) value.on_test_end(run(), logs);
  }
  void on_test_batch_begin(int64_t batch) override {
    if constexpr (requires { value.on_test_batch_begin(run(), batch); }) value.on_test_batch_begin(run(), batch);
  }
  void on_test_batch_end(int64_t batch, const Logs& logs) override {
    if constexpr (requires { value.on_test_batch_end(run(), batch, logs); })
      value.on_test_batch_end(run(), batch, logs);
  }
  void on_predict_begin() override {
    if constexpr (requires { value.on_predict_begin(run()); }) value.on_predict_begin(run());
  }
  void on_predict_end() override {
    if constexpr (requires { value.on_predict_end(run()); }) value.on_predict_end(run());
  }
  void on_predict_batch_begin(int64_t batch) override {
    if constexpr (requires { value.on_predict_batch_begin(run(), batch); }) value.on_predict_batch_begin(run(), batch);
  }
  void on_predict_batch_end(int64_t batch, const std::vector<Tensor>& outputs) override {
    if constexpr (requires { value.on_predict_batch_end(run(), batch, outputs); })
      value.on_predict_batch_end(run(), batch, outputs);
  }
  bool ends_training(int64_t batch, const NumericError& error) override {
    if constexpr (requires { value.ends_training(run(), batch, error); })
      return value.ends_training(run(), batch, error);
    return false;
  }
  std::shared_ptr<const TrainingState> resumes_from() override {
    if constexpr (requires { value.resumes_from(); }) return value.resumes_from();
    return nullptr;
  }
  void on_train_resume(int64_t epoch, int64_t batch) override {
    if constexpr (requires { value.on_train_resume(run(), epoch, batch); }) value.on_train_resume(run(), epoch, batch);
  }
  void on_train_point(const TrainingPoint& point) override {
    if constexpr (requires { value.on_train_point(run(), point); }) value.on_train_point(run(), point);
  }
  bool keeps_state() const override {
    if constexpr (requires { value.keeps_state(); }) return value.keeps_state();
    return false;
  }
  bool watches_batches() const override {
    if constexpr (requires { value.watches_batches(run()); }) return value.watches_batches(run());
    return false;
  }
};

/// Any callback. Copies of the pointer are the same callback.
class CallbackPtr {
 public:
  /// None.
  CallbackPtr() = default;
  /// Throws ValueError for arguments that are none.
  template <CallbackStruct C>
  CallbackPtr(C callback) : CallbackPtr(std::make_shared<HeldCallback<C>>(std::move(callback))) {
    callback_->check();
  }
  /// One of a class that has arguments without a default, to be set from a config.
  template <CallbackStruct C>
  static CallbackPtr blank() {
    return std::make_shared<HeldCallback<C>>(C{});
  }
  /// Throws ValueError for a null pointer.
  template <std::derived_from<Callback> C>
  CallbackPtr(std::shared_ptr<C> callback) : callback_(std::move(callback)) {
    require();
  }
  /// One made for this. What has a name is shared by a pointer, or by `std::ref` if it outlives the run: a copy of it
  /// would learn what it does not.
  template <class C>
  requires std::derived_from<std::remove_cvref_t<C>, Callback> CallbackPtr(C&& callback)
      : callback_(std::make_shared<std::remove_cvref_t<C>>(std::forward<C>(callback))) {
    static_assert(!std::is_lvalue_reference_v<C>, "a callback with a name is given as a std::shared_ptr or std::ref");
  }
  template <std::derived_from<Callback> C>
  CallbackPtr(std::reference_wrapper<C> callback)
      : callback_(std::shared_ptr<Callback>(std::shared_ptr<void>(), &callback.get())) {}

  explicit operator bool() const { return callback_ != nullptr; }
  Callback* operator->() const { return callback_.get(); }
  Callback& operator*() const { return *callback_; }
  bool operator==(const CallbackPtr& other) const = default;

  /// As Keras serializes objects. Throws ValueError for one without a class name, and for functions among its
  /// arguments.
  Config config() const;
  /// Throws ValueError for a class or an argument that is not known.
  static CallbackPtr from_config(const Config& config);
  Described& described() const { return *callback_; }

 private:
  void require() const;

  std::shared_ptr<Callback> callback_;
};

/// Registers a class of your own, by its `class_name`, "package>Name"; it is made without arguments.
void register_callback(std::string class_name, std::function<CallbackPtr()> make);
template <std::derived_from<Callback> C>
void register_callback() {
  register_callback(C().class_name(), [] { return CallbackPtr(C()); });
}

/// One callback or several: `{.callbacks = EarlyStopping{}}`.
class Callbacks {
 public:
  Callbacks() = default;
  template <class C>
  requires std::constructible_from<CallbackPtr, C> Callbacks(C&& callback)
      : all_{CallbackPtr(std::forward<C>(callback))} {}
  Callbacks(std::initializer_list<CallbackPtr> callbacks) : all_(callbacks) {}
  Callbacks(std::vector<CallbackPtr> callbacks) : all_(std::move(callbacks)) {}

  void push_back(CallbackPtr callback) { all_.push_back(std::move(callback)); }
  bool empty() const { return all_.empty(); }
  size_t size() const { return all_.size(); }
  const CallbackPtr& operator[](size_t i) const { return all_[i]; }
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

 private:
  std::vector<CallbackPtr> all_;
};

/// What a callback has come to, to be kept.
struct CallbackState {
  Config numbers;                                            ///< an object
  std::vector<std::pair<std::string, Tensor>> tensors = {};  ///< "best_weights/0", ...
};
CallbackState state_of(const CallbackPtr& callback);
/// Throws ValueError for what is no state of such a callback.
void set_state(const CallbackPtr& callback, const CallbackState& state);

}  // namespace reel
