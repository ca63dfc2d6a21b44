// What a Sequential is made of, and the marks of the calls in progress on it.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reel/graph/run/parameter_use.h"
#include "reel/models/layer/use_count.h"
#include "reel/models/model/sequential.h"
#include "reel/models/training/step_program.h"

namespace reel {

/// All weights of the model as those of one whole step, as long as it lives: who trains waits with the next. While it
/// does, no code of users may run.
class WeightsInUse {
 public:
  enum class For : uint8_t { reading, assigning };
  explicit WeightsInUse(std::span<const LayerPtr> layers, For purpose = For::reading);

 private:
  std::vector<BufferUse*> buffers_;
  ParameterUse use_;
};

/// Its methods are those of the model, and need nothing else of it: so a call comes to its end also where the code of
/// users that it calls (`on_epoch_end`, a source of rows, a layer, a loss) moves or destroys the model.
struct Sequential::State {
  enum class Does : uint8_t { train, evaluate, gradients, predict };
  /// A program by what it does and the rows that its passes assume; 0 where that is up to the model's passes.
  using ProgramKey = std::pair<Does, int64_t>;

  std::string name;
  uint64_t seed;
  int64_t most_parameters;
  std::vector<LayerPtr> layers, distinct;  // as they are given; each once
  std::vector<Shape> output_shapes;        // by layer, once built
  std::optional<Type> input;
  CompileOptions compiled;
  OptimizerState optimizer;
  int64_t epochs_trained = 0;  // which number the order of the next epoch has
  bool profiling = false;

  std::mutex making_mutex;  // so that one thread at a time records the code of users
  std::mutex programs_mutex;
  std::map<ProgramKey, std::shared_ptr<const StepProgram>> programs;
  mutable std::mutex rate_mutex;  // of the learning rate in `compiled`, and of the steps after which it is asked

  UseCount use_count;
  std::atomic<bool> is_built = false;
  std::atomic<int> times_moved = 0;  // or destroyed, of the model
  std::atomic<bool> is_destroyed = false;

  void build(const Type& input_type);
  /// One step; `outputs` receives those of its program, which is returned.
  std::shared_ptr<const StepProgram> train_step(std::span<const Tensor> batch, std::vector<Tensor>& outputs);
  History fit(const Samples& x_all, const Samples& y_all, const FitOptions& options);
  Logs evaluate(const Samples& x, const Samples& y, const EvaluateOptions& options);
  Tensor predict(const Samples& x, const PredictOptions& options);
  std::vector<Tensor> gradients(const Tensor& x, const Tensor& y);
  double learning_rate() const;
  std::vector<NamedWeight> trained_weights() const;

  void need_compiled() const;
  void need_built(std::string_view what) const;
  /// To be asked after code of users has run. Throws Error if that has moved or destroyed the model.
  void need_model(std::string_view call) const;
  /// The program, or null if it has not been made.
  std::shared_ptr<const StepProgram> known_program(const ProgramKey& key);

 private:
  /// Keeps the weights as they are; null where reading the data runs code of users.
  std::unique_ptr<const WeightsInUse> keep_weights(const Samples& x, const Samples& y) const;
  /// Of x as `predict` takes it. A row alone is told apart from rows of another shape.
  Type predicted_type(const Samples& x) const;
  /// The program for data of these types.
  std::shared_ptr<const StepProgram> evaluation_step(const Samples& x, const Samples& y, const Tensor& sample_weight);
  /// The program of this key, made anew when the data are of other types than the last.
  template <class Make>
  std::shared_ptr<const StepProgram> program(const ProgramKey& key, const DataTypes& types, Make&& make);
};

/// A call in progress, from its first line to its last: marks the model and its layers as used, and keeps the State.
/// One thread may have several, one inside the other, where code of users calls the model again.
class Sequential::Use {
 public:
  /// What a call does to the model's programs and settings, what to the weights, and where it may be called: `nests`
  /// says whether inside of another on the same model.
  struct Needs {
    UseCount::Access model, layers;
    enum class Nests : uint8_t { anywhere, except_in_making, never } nests;
  };
  static constexpr UseCount::Access kRead = UseCount::Access::read, kTrain = UseCount::Access::train,
                                    kChange = UseCount::Access::change;
  static constexpr Needs kLooks{kRead, kRead, Needs::Nests::anywhere};
  static constexpr Needs kRuns{kRead, kRead, Needs::Nests::except_in_making};
  static constexpr Needs kTrains{kTrain, kTrain, Needs::Nests::except_in_making};
  static constexpr Needs kFits{kTrain, kTrain, Needs::Nests::never};
  static constexpr Needs kCompiles{kChange, kRead, Needs::Nests::never};

  /// `call`: the name of the method. Throws Error, naming both calls, where another thread's is in the way, and where
  /// the call may not be made inside of the one that is in progress.
  Use(std::shared_ptr<State> state, const char* call, const Needs& needs);
  ~Use();
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  State* operator->() const { return state_.get(); }

  /// The thread's innermost use of the model. There must be one.
  static Use& of(const State& state);
  /// How often the model had been moved when this began.
  int times_moved_before() const { return times_moved_before_; }

  /// While it lives, the thread's innermost call makes weights or a program. Code of users that it calls for that may
  /// not go on to use either.
  class Making {
   public:
    explicit Making(const State& state) : use_(of(state)) { use_.is_making_ = true; }
    ~Making() { use_.is_making_ = false; }
    Making(const Making&) = delete;
    Making& operator=(const Making&) = delete;

   private:
    Use& use_;
  };

 private:
  void check_nesting(const Needs& needs) const;
  void take_model();
  void take_layers();
  void give_back();
  /// The sum of the thread's accesses further out to what counts its uses there.
  uint32_t mine(const UseCount& count) const;

  std::shared_ptr<State> state_;
  const char* call_;
  UseCount::Access model_access_, layer_access_;
  size_t layers_taken_ = 0;
  bool is_making_ = false;
  int times_moved_before_;
  Use* outer_;  // the thread's use around this one, of any model
};

}  // namespace reel
