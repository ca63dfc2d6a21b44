// What a model is made of, and the marks of the calls in progress on it.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reel/graph/run/parameter_use.h"
#include "reel/models/formats/npz.h"
#include "reel/models/layer/use_count.h"
#include "reel/models/model/model.h"
#include "reel/models/model/wiring.h"
#include "reel/models/training/row_stream.h"
#include "reel/models/training/run_batches.h"
#include "reel/models/training/step_program.h"
#include "reel/models/training/training_rows.h"

namespace reel {

/// All weights of the model as those of one whole step, as long as it lives: who trains waits with the next. While it
/// does, no code of users may run.
class WeightsInUse {
 public:
  enum class For : uint8_t { reading, assigning };
  explicit WeightsInUse(const std::vector<LayerPtr>& layers, For purpose = For::reading);

 private:
  std::vector<BufferUse*> buffers_;
  ParameterUse use_;
};

/// What has been read of a model's config.
struct ModelParts {
  Config layers, inputs, outputs;
  bool is_trainable = true;
};

/// Its methods are those of the model, and need nothing else of it: copies of the model share it, and a call in
/// progress keeps it.
struct Model::State {
  enum class Does : uint8_t { train, evaluate, gradients, predict };
  /// A program by what it does, the rows that its passes assume (0 where that is up to the model's passes), and what
  /// data it takes.
  struct ProgramKey {
    Does does;
    int64_t rows;
    bool operator==(const ProgramKey&) const = default;
  };

  bool is_sequential = false;
  std::string name;  // as messages call it
  uint64_t seed = 0;
  int64_t most_parameters = Shape::kMaxSize;
  std::vector<LayerPtr> layers;  // as they are given, of a Sequential; in Keras's order, of others
  std::vector<LayerPtr> distinct;
  Wiring wiring;  // once built
  std::vector<std::string> input_names, output_names;
  std::vector<std::string> input_keys, output_keys;  // where a config has them by names, and not in a list
  ModelParts read;                                   // until it is made
  CompileOptions compiled;
  OptimizerState optimizer{compiled.optimizer};
  int64_t orders = 0;               // in which the rows have been read: the number of the next one
  std::atomic<bool> stops = false;  // what `fit` is asked
  bool profiling = false;

  std::mutex making_mutex;  // so that one thread at a time records the code of users
  std::mutex programs_mutex;
  struct Kept {
    ProgramKey key;
    std::shared_ptr<const StepProgram> step;
  };
  std::list<Kept> programs;       // those used last first
  mutable std::mutex rate_mutex;  // of the learning rate in `compiled`, and of the steps after which it is asked

  UseCount use_count;
  std::atomic<bool> is_built = false;

  /// Builds a Sequential for an input, or checks that it fits.
  void build(std::span<const Type> types, const std::string& scope);
  void build(const std::vector<SymbolicType>& types, const std::string& scope);
  /// Throws ShapeError unless what is given fits an input.
  void check_input(const SymbolicType& own, const SymbolicType& given) const;
  /// Takes the calls between these as the model's, and gives variables their values.
  void wire(std::vector<SymbolicTensor> inputs, std::vector<SymbolicTensor> outputs);
  void initialise();
  /// Becomes a Sequential of other layers.
  void take_wiring(State& other);
  /// Throws ValueError for a loss or metrics of an output that is not there.
  void check_outputs(const CompileOptions& options) const;
  Flows replay(Recording& recording, const Flows& inputs) const;
  Trainee trainee() const;
  std::string scope() const { return is_sequential ? name : std::string(); }
  std::vector<Variable> variables() const;

  /// One step; `outputs` receives those of its program, which is returned.
  std::shared_ptr<const StepProgram> train_step(std::span<const Tensor> batch, std::vector<Tensor>& outputs);
  /// What it runs.
  std::shared_ptr<const StepProgram> train_program(std::span<const Tensor> batch);
  std::shared_ptr<const StepProgram> test_step(std::span<const Tensor> batch, std::vector<Tensor>& outputs);
  /// Copies of all that training changes: the variables, and what the guard of updates knows of the steps before. And
  /// the reverse, which throws ValueError, naming what is wrong, for those of another model; then nothing changes.
  NamedTensors training_variables();
  void set_training_variables(const NamedTensors& values);
  /// What decides training, of the model: its config, and what it was compiled with. An object.
  Config made_with() const;
  /// `self`: the model of this state, for callbacks.
  History fit(Model& self, const ModelData& x, const ModelData& y, const FitOptions& options);
  History fit(Model& self, RowStream& stream, const FitOptions& options);
  Logs train_on_batch(const ModelData& x, const ModelData& y, const ModelData& sample_weight,
                      const ClassWeights& class_weight);
  Logs test_on_batch(const ModelData& x, const ModelData& y, const ModelData& sample_weight);
  Logs evaluate(Model& self, const ModelData& x, const ModelData& y, const EvaluateOptions& options);
  Logs evaluate(Model& self, RowStream& stream, const EvaluateOptions& options);
  std::vector<Tensor> predict(Model& self, const ModelData& x, const PredictOptions& options);
  std::vector<Tensor> predict(Model& self, RowStream& stream, const PredictOptions& options);
  std::vector<Tensor> gradients(const ModelData& x, const ModelData& y);
  double learning_rate() const;
  std::vector<NamedWeight> trained_weights() const;

  bool has_loss() const { return compiled.loss || !compiled.losses.empty(); }
  void need_compiled() const;
  void need_built(std::string_view what) const;
  /// The program that was used last for this, or null.
  std::shared_ptr<const StepProgram> last_program(const ProgramKey& key);
  /// Rows in the order of what programs are fed, after the model has been built for them if it was not.
  std::vector<Samples> inputs_of(const ModelData& x, const std::string& call);
  std::vector<Samples> targets_of(const ModelData& y, const std::string& call) const;
  /// All of that, as many rows of each. `call` begins messages.
  TrainingRows rows_of(const ModelData& x, const ModelData& y, const ModelData& sample_weight, const std::string& call);

 private:
  /// What layers that run on the host make of a model's inputs, for which it is built.
  std::vector<Samples> on_host(std::vector<Samples> inputs) const;
  /// Rows get the weights of their classes, if there are any.
  void weigh_classes(TrainingRows& data, const ClassWeights& class_weight, const std::string& call) const;
  /// Trains on the batches, and validates on what is held out, if there is something.
  /// `rows` are those that the batches are made of, without those to train on where a stream has them.
  History fit(Model& self, BatchSource& batches, const Split& rows, const FitOptions& options);
  /// Types of a stream's rows, for which the model is built if it was not. Throws ShapeError for others than the
  /// model's, and Error for one that begins with layers that run on the host.
  DataTypes stream_types(const RowStream& stream, const std::string& call);
  Split rows_to_fit(const ModelData& x, const ModelData& y, const FitOptions& options);
  /// Of one batch of all rows.
  template <class Step>
  Logs logs_of(const TrainingRows& data, Step&& step);
  Logs evaluate(const TrainingRows& data, const BatchLimits& limits, const CallbackList& callbacks);
  /// Keeps the weights as they are; null where the program assigns, or code of users runs between batches: to read the
  /// data, or callbacks.
  std::unique_ptr<const WeightsInUse> keep_weights(std::span<const Samples> data, const StepProgram& step,
                                                   const CallbackList& callbacks) const;
  std::shared_ptr<const StepProgram> evaluation_step(const DataTypes& types);
  std::shared_ptr<const StepProgram> prediction_step(const DataTypes& types, int64_t most_rows);
  std::shared_ptr<const StepProgram> known_program(const ProgramKey& key, const DataTypes& types);
  /// The program of this key for data of these types.
  template <class Make>
  std::shared_ptr<const StepProgram> program(const ProgramKey& key, const DataTypes& types, Make&& make);
};

/// A call in progress, from its first line to its last: marks the model and its layers as used, and keeps the State.
/// One thread may have several, one inside the other, where code of users calls the model again.
class Model::Use {
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

  /// While it lives, the thread's innermost call makes weights or a program. Code of users that it calls for that may
  /// not go on to use either.
  class Making {
   public:
    explicit Making(const State& state) : use_(of(state)), was_making_(use_.is_making_) { use_.is_making_ = true; }
    ~Making() { use_.is_making_ = was_making_; }
    Making(const Making&) = delete;
    Making& operator=(const Making&) = delete;

   private:
    Use& use_;
    bool was_making_;
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
  std::vector<LayerPtr> layers_;  // with those within
  size_t layers_taken_ = 0;
  bool is_making_ = false;
  Use* outer_ = nullptr;  // the thread's use around this one, of any model
};

}  // namespace reel
