// What a Sequential is made of, and the marks of the calls in progress on it.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reel/models/in_use.h"
#include "reel/models/model_graph.h"
#include "reel/models/sequential.h"

namespace reel {

/// Its methods are those of the model, and need nothing else of it: so a call comes to its end also where the code of
/// users that it calls (`on_epoch_end`, a source of rows, a layer, a loss) moves or destroys the model.
struct Sequential::State {
  std::string name;
  uint64_t seed;
  int64_t most_parameters;
  std::vector<LayerPtr> layers, distinct;  // as they are given; each once
  std::vector<Shape> output_shapes;        // by layer, once built
  std::optional<Type> input;
  CompileOptions compiled;
  OptimizerState optimizer;
  struct Programs {
    // Held by whoever runs them, for others may be put in their place meanwhile.
    std::shared_ptr<StepProgram> train, evaluate, gradients;
    std::map<int64_t, std::shared_ptr<StepProgram>> predict;  // by the rows that its passes assume
  } programs;
  int64_t epochs_trained = 0;  // which number the order of the next epoch has
  bool profiling = false;

  UseCount use_count;
  bool is_making = false;                         // weights or a program, for which code of users is called
  std::atomic<const char*> has_become = nullptr;  // during a call, of the model: "moved", "destroyed"

  void build(const Type& input_type);
  /// One step; its program, which has the outputs.
  std::shared_ptr<const StepProgram> train_step(const Tensor& x, const Tensor& y, const Tensor& sample_weight);
  History fit(const Samples& x_all, const Samples& y_all, const FitOptions& options);
  Logs evaluate(const Samples& x, const Samples& y, const EvaluateOptions& options);
  Tensor predict(const Samples& x, const PredictOptions& options);
  std::vector<Tensor> gradients(const Tensor& x, const Tensor& y);

  void need_compiled() const;
  void need_built(std::string_view what) const;
  /// To be asked after code of users has run. Throws Error if that has moved or destroyed the model.
  void need_model(std::string_view call) const;

 private:
  /// Of x as `predict` takes it. A row alone is told apart from rows of another shape.
  Type predicted_type(const Samples& x) const;
  /// The program for data of these types.
  std::shared_ptr<StepProgram> evaluation_step(const Samples& x, const Samples& y, const Tensor& sample_weight);
  /// The program in `slot`, made anew when the data are of other types than the last.
  template <class Make>
  std::shared_ptr<StepProgram> program(std::shared_ptr<StepProgram>& slot, const DataTypes& types, Make&& make);
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
  static constexpr UseCount::Access kRead = UseCount::Access::read, kWrite = UseCount::Access::write;
  static constexpr Needs kLooks{kRead, kRead, Needs::Nests::anywhere};
  static constexpr Needs kRuns{kWrite, kRead, Needs::Nests::except_in_making};
  static constexpr Needs kTrains{kWrite, kWrite, Needs::Nests::except_in_making};
  static constexpr Needs kFits{kWrite, kWrite, Needs::Nests::never};
  static constexpr Needs kCompiles{kWrite, kRead, Needs::Nests::never};

  /// `call`: the name of the method. Throws Error, naming both calls, where another thread's is in the way, and where
  /// the call may not be made inside of the one that is in progress.
  Use(std::shared_ptr<State> state, const char* call, const Needs& needs);
  ~Use();
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  State* operator->() const { return state_.get(); }

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
  const Use* outer_;  // the thread's use around this one, of any model
};

}  // namespace reel
