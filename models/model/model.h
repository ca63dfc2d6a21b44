// Model: layers wired as a graph, trained and used as in Keras.
#pragma once

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reel/autodiff/tape.h"
#include "reel/models/layer/symbolic_tensor.h"
#include "reel/models/training/model_data.h"
#include "reel/models/training/options.h"

namespace reel {

class RowStream;

/// Seed of models made from now on that are given none, as keras.utils.set_random_seed; 0 at first.
void set_random_seed(uint64_t seed);

struct ModelOptions {
  std::string name = "";                        ///< "functional", "sequential"
  std::optional<uint64_t> seed = std::nullopt;  ///< of initial weights, shuffling and dropout
  /// Elements of all weights; a model of more is refused before it takes their memory, as may be needed where a file
  /// says how large it is.
  int64_t most_parameters = Shape::kMaxSize;
};

struct LoadWeightsOptions {
  bool by_name = false;        ///< those of layers, or weights, that are there; the others stay. Not from .weights.h5
  bool torch = false;          ///< a PyTorch state_dict, as docs/files.md says. From .safetensors and .npz
  bool skip_mismatch = false;  ///< layers of other shapes stay, with a warning. From .h5 of layers by name alone
};

/// keras.Model, written as a graph of calls:
///
///   Input x({784});
///   SymbolicTensor code = Dense(32, {.activation = relu})(x);
///   Model autoencoder(x, Dense(784, {.activation = sigmoid})(code)), encoder(x, code);
///   autoencoder.compile({.loss = BinaryCrossentropy{}, .optimizer = Adam{}});
///   History history = autoencoder.fit(images, images, {.batch_size = 256, .epochs = 10});
///   Tensor codes = encoder.predict(images);
///
/// A model is a layer that makes these calls again. Copies of it are the same model. Layers may be called several
/// times, and be in several models; their weights, their names and what they learn are the same everywhere. Inputs and
/// outputs are named after their layers, and go by position or by name.
/// Everything is the same bits for any number of threads. Any number of threads may predict, evaluate, ask for
/// gradients and call const methods, while one trains: a call that reads tensors sees the weights of one whole step (of
/// rows that a source makes, each batch does), and who trains waits with the end of a step until calls before are done.
/// What else changes a model needs it alone: `compile`, and the first call, which makes its weights. What does not go
/// together throws Error at once, also for models that share a layer. The same thread may call the model from
/// callbacks, a source of rows, or whatever else of the user's a call runs, but for `fit` and `compile`, which
/// throw Error there; layers and losses, while they are recorded, may call const methods only.
class Model : public LayerOf<Model> {
 public:
  struct State;  // model_state.h
  class Use;

  /// Throws ValueError for inputs that outputs do not depend on alone, for no outputs, and for two layers of one name;
  /// for more than `most_parameters`, MemoryError for more weights than the machine's memory holds.
  Model(const std::vector<SymbolicTensor>& inputs, const std::vector<SymbolicTensor>& outputs,
        const ModelOptions& options = {});
  Model(const SymbolicTensor& input, const SymbolicTensor& output, const ModelOptions& options = {});
  /// From a config of Keras's, of a Functional or a Sequential model. Throws ValueError, naming what is wrong.
  static Model from_config(const Config& config, const ModelOptions& options = {});

  /// Makes the weights for inputs [rows, ...], `rows` for their number. Throws ShapeError for other inputs, and, naming
  /// the layer, if the layers do not fit together, one gives something else than [rows, ...] or an initializer makes
  /// something else than its weight; ValueError for more than `most_parameters`, MemoryError for more weights than the
  /// machine's memory holds.
  void build(const Type& input) override;
  /// The same for f32: `model.build({rows, 784})`.
  void build(const Shape& input) { build(Type{DType::f32, input}); }
  void build(std::initializer_list<int64_t> input) { build(Shape(input)); }
  /// Sets what to train with; the optimizer begins anew. Weights that a layer declares trainable are trained from the
  /// next program on: compile again after changing that. Metrics of one name are numbered in logs:
  /// "accuracy", "accuracy_1". Throws ValueError for an optimizer that is none and for a metric named "loss".
  void compile(CompileOptions options);
  /// As Keras's positional arguments: `model.compile("adam", "mse", {"mae"})`.
  void compile(const Optimizer& optimizer, const Loss& loss, const Metrics& metrics = {}) {
    compile({.loss = loss, .optimizer = optimizer, .metrics = metrics});
  }
  /// What `compile` was given last, and what became of its learning rate, which no other thread may set meanwhile.
  const CompileOptions& compile_options() const;
  double learning_rate() const;
  /// From the next step on; what the optimizer keeps of the steps before stays. Keras's model.optimizer.learning_rate =
  /// rate. Throws ValueError unless it is finite and not negative.
  void set_learning_rate(double rate);

  /// Trains on x [n, ...] and y [n, ...] for `epochs` passes in batches; the last, smaller batch is used too. Throws
  /// NumericError when loss or gradients stop being finite, naming the op that made the first such value, or when a
  /// weight or what the optimizer keeps for it would, naming the weight; all weights are then those before that batch.
  /// Throws ShapeError for data that do not fit the model, also those to validate on, before the first step; ValueError
  /// for options that are none (a batch_size below 1; one beyond the rows takes them all), and for an id that its table
  /// does not have; Error without `compile`; and what a source of rows, or a callback, throws.
  /// Callbacks are told of all that happens, and what prints progress is one (training/callback.h).
  /// Rows are shuffled by the seed and the number of epochs trained before, in any call since the model was made: n
  /// calls for one epoch each end in the same bits as one for n, and `compile` begins no order anew.
  History fit(const ModelData& x, const ModelData& y, FitOptions options = {});
  /// The same on rows that come one after the other (training/row_stream.h). An epoch is `steps_per_epoch` batches, or
  /// all rows from where the stream is; where these have ended and cannot begin again, training ends, with a warning.
  /// Throws ValueError for options that take rows by number: validation_split, sample_weight and class_weight.
  History fit(RowStream& stream, FitOptions options = {});
  /// From any thread, and from callbacks: the `fit` in progress ends after its batch. Keras: model.stop_training =
  /// True.
  void stop_training();
  /// One update by all rows at once. Their loss and metrics before it. Throws what `fit` throws.
  Logs train_on_batch(const ModelData& x, const ModelData& y, const ModelData& sample_weight = {},
                      const ClassWeights& class_weight = {});
  /// Loss and metrics of all rows at once. Throws what `evaluate` throws.
  Logs test_on_batch(const ModelData& x, const ModelData& y, const ModelData& sample_weight = {});
  /// Loss and metrics over all rows. Throws ShapeError for data that do not fit the model, ValueError for a batch_size
  /// below 1 (one beyond the rows takes them all) and for an id that its table does not have, Error without `compile`.
  Logs evaluate(const ModelData& x, const ModelData& y, EvaluateOptions options = {});
  /// The same over the rows of a stream, from the first where it can be gone to, else from where it is.
  Logs evaluate(RowStream& stream, EvaluateOptions options = {});
  /// Outputs [n, ...] of a model that has one. Throws ShapeError for no rows and for rows that do not fit the model,
  /// ValueError as `evaluate`, Error for a model of several outputs.
  Tensor predict(const ModelData& x, PredictOptions options = {});
  /// The same for the rows of a stream, as `evaluate`; what it has for outputs is not looked at.
  Tensor predict(RowStream& stream, PredictOptions options = {});
  std::vector<Tensor> predict_all(RowStream& stream, PredictOptions options = {});
  /// The same for all rows at once.
  Tensor predict_on_batch(const ModelData& x);
  /// Keras's `model(x)`.
  Tensor operator()(const Tensor& x) { return predict_on_batch(x); }
  using LayerOf<Model>::operator();
  /// All outputs, in their order.
  std::vector<Tensor> predict_all(const ModelData& x, PredictOptions options = {});
  /// Gradients of the mean loss over the rows in each trainable weight, in the order of `weights()`. Throws ShapeError
  /// for data that do not fit the model, ValueError for an id that its table does not have, Error without `compile`.
  std::vector<Tensor> gradients(const ModelData& x, const ModelData& y);
  /// Recurrences that keep their states from batch to batch begin with zeros again.
  void reset_states();

  /// Keras's table of layers, output shapes and parameter counts; of a model that is not a chain, also of what each
  /// layer is connected to.
  [[nodiscard]] std::string summary() const;
  const std::vector<LayerPtr>& layers() const;
  /// Throws ValueError, listing all names, for one that is not there.
  LayerPtr get_layer(const std::string& name) const;
  /// What the model takes and gives; none before a model is built.
  const std::vector<SymbolicTensor>& inputs() const;
  const std::vector<SymbolicTensor>& outputs() const;
  std::vector<std::string> input_names() const;
  std::vector<std::string> output_names() const;
  /// All weights with their full names ("dense/kernel"), in Keras's order; the tensors share the model's buffers.
  std::vector<std::pair<std::string, Tensor>> weights() const;
  /// What the optimizer keeps from step to step, by Keras's paths and in its order: "adam/iteration",
  /// "adam/learning_rate", "adam/dense_kernel_momentum". Training goes on from what is assigned to them. `compile`
  /// begins them anew. Throws Error for a model that is not built.
  std::vector<Variable> optimizer_variables() const;
  /// All that training goes on from: weights, statistics, states and seeds of the layers, then the optimizer's.
  std::vector<Variable> all_variables() const;
  int64_t parameter_count() const;
  int64_t count_params() const { return parameter_count(); }
  /// Copies of all weights' values, in the order of `weights()`.
  std::vector<Tensor> get_weights() const;
  /// Copies values, in the order of `weights()`. Throws ShapeError, naming the weight, when a shape differs.
  void set_weights(const std::vector<Tensor>& values);
  /// SHA-256 over the bytes of all weights in order, in hexadecimal.
  std::string weights_sha256() const;

  /// Writes the whole model, replaced as a whole or not at all: m.keras, Keras 3's archive, or m.h5, which older
  /// versions read, too. It has the config, the weights, and once compiled what it was compiled with and what the
  /// optimizer keeps. Keras opens it, but for classes of your own, which it has to be told. `note`: as for weights.
  /// Throws Error for a model that is not built, ValueError for another extension and for what has no config, as a loss
  /// that is a lambda, DataError when writing fails.
  void save(const std::string& path, const std::string& note = {}) const;
  /// The model in a file of Keras 3 or 2, .keras or .h5, compiled if it was, so that training goes on where it ended.
  /// In float32, whatever the policy was, which a warning tells. Throws DataError, naming file and place, for what is
  /// no such file, ValueError for classes and arguments that are not known (`register_layer` and its kin make yours
  /// known).
  static Model load(const std::string& path, const ModelOptions& options = {});

  /// Writes the weights, replaced as a whole or not at all, by the extension of the path: .npz, of arrays named as in
  /// `weights()`; .safetensors, named likewise; .weights.h5 as Keras 3 does, with what the optimizer keeps. `note`, if
  /// given, is kept in the file next to them. Throws Error for a model without weights, ValueError for another
  /// extension, and for names of weights that the file cannot hold (of an .npz, of more than 65,531 bytes, with a NUL,
  /// or twice the same), DataError when writing fails.
  void save_weights(const std::string& path, const std::string& note = {}) const;
  /// From any of these, or from a whole model of Keras's. Throws Error for a model without weights, DataError for a
  /// file that is none of them, or of another model, ShapeError for other shapes; then nothing changes.
  void load_weights(const std::string& path, const LoadWeightsOptions& options = {});

  using Layer::call;
  /// Applies the model to `x` in a graph of your own, as in inference; weights become parameters of it. Throws Error
  /// for a model that is not built.
  Var call(Var x) const;
  /// Records the training step for targets of these types in `tape`, for printing: the loss, then its gradients.
  std::vector<Var> training_graph(Tape& tape, const std::vector<Type>& y) const;
  /// Of the training program, once it has run.
  ProgramStats training_stats() const;
  /// From now on training steps also add up how long each op takes; what was added up before is forgotten.
  void enable_profile();
  /// What has been added up, if enabled. Data of other types make another training program, and begin anew.
  Profile training_profile() const;

  // As a layer.
  std::string class_name() const override;
  std::string module() const override;
  void all_fields(Fields& fields) override;
  void check() const override;
  void build_many(std::span<const Type> inputs) override;
  Flows call_many(Call& call, const Flows& inputs) const override;
  Type input_type() const override;
  std::vector<Attribute> attributes() const override;

 protected:
  explicit Model(const ModelOptions& options);
  const std::shared_ptr<State>& state() const { return state_; }

 private:
  std::shared_ptr<State> state_;  // and of calls in progress
};

}  // namespace reel
