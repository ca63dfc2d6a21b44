// Layer: variables and the computation that uses them, as in Keras. A layer of your own derives from this and is used
// like the built-in ones:
//
//   struct Scale : LayerOf<Scale> {
//     double start = 1;
//     Variable gain;
//     std::string class_name() const override { return "my>Scale"; }
//     void fields(Fields& f) override { f("start", start); }
//     void build(const Type& x) override { gain = add_weight("gain", {x.shape.back()}, Constant{start}); }
//     Var call(Call& c, Var x) const override { return x * c[gain]; }
//   };
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "reel/models/activations/flow.h"
#include "reel/models/describe/fields.h"
#include "reel/models/layer/call.h"
#include "reel/models/layer/use_count.h"
#include "reel/models/layer/variable.h"

namespace reel {

class SymbolicTensor;
struct SymbolicCall;
struct LayerCall;

/// Copies of a layer are the same layer, as in Python: they share its name, its variables, and what becomes of them.
/// `LayerPtr::clone` makes another.
class Layer : public Described {
 public:
  Layer();
  Layer(const Layer& other) : Described(other), core_(other.core_) {}
  Layer& operator=(const Layer& other) {
    core_ = other.core_;
    return *this;
  }
  ~Layer() override;

  // What a layer says of itself. Of the three calls one is overridden; each later one's default calls the one before.

  /// Makes the variables, with `add_weight`. `input`: what the layer will get, [rows, ...]. Throws ShapeError.
  virtual void build(const Type& /*input*/) {}
  /// The same of a layer of several inputs.
  virtual void build_many(std::span<const Type> inputs);
  /// The layer's computation, of one value. What it gives has the rows of what it gets. Throws ShapeError. A mask that
  /// comes with it goes on only if the layer `supports_masking`.
  virtual Var call(Call& call, Var x) const;
  virtual Flow call_masked(Call& call, Flow input) const;
  virtual Flows call_many(Call& call, const Flows& inputs) const;
  /// Whether `call` gives values for which the mask of what it gets is right. Keras: Layer.supports_masking.
  virtual bool supports_masking() const { return false; }
  /// Whether of [rows, steps, ...] it gives for each step what it would give of that alone, as Dense does.
  virtual bool treats_steps_alike() const { return false; }
  /// Names of its call's arguments, where Keras's are not one list of inputs: "query", "value", "key".
  virtual std::vector<std::string_view> call_inputs() const { return {}; }
  /// Further arguments that its call takes, by the names that they have in CallOptions.
  virtual std::vector<std::string_view> call_options() const { return {}; }
  /// Whether the mask that a call site gives for an input counts.
  virtual bool takes_mask(size_t /*input*/) const { return true; }
  /// Input type [rows, ...] if the layer knows it by itself, as Embedding with `input_length` does; otherwise rank 0.
  virtual Type input_type() const { return {}; }
  /// Name, trainable and dtype, as every layer of Keras's has them; then `fields`.
  void all_fields(Fields& fields) override;

  // What files keep of it, which say where a variable stands by the attributes of Keras's classes.

  struct Attribute;
  /// The name of the class in Python, after which layers and places are named, where configs call it otherwise.
  virtual std::string python_name() const { return class_name(); }
  /// Those of Keras's class. Of a class of your own, whose Python is not known, layers go by their names.
  virtual std::vector<Attribute> attributes() const;
  /// Copies of the layer's own variables' values, without those of layers within: weights first, then statistics.
  /// Keras: Layer.save_own_variables.
  virtual std::vector<Tensor> save_own_variables() const;
  /// The reverse. Throws ShapeError for another number of values, and for values of other types; then nothing changes.
  virtual void load_own_variables(const std::vector<Tensor>& values);

  // What is known of a layer.

  const std::string& name() const;
  void set_name(const std::string& name);
  /// Whether gradients change it: `if (layer.trainable)`, `layer.trainable = false`, and `trainable()`.
  class Trainable {
   public:
    explicit Trainable(Layer* layer) : layer_(layer) {}
    Trainable(const Trainable&) = delete;
    bool operator()() const;
    operator bool() const { return (*this)(); }
    Trainable& operator=(bool is_trainable);
    Trainable& operator=(const Trainable& other) { return *this = static_cast<bool>(other); }

   private:
    Layer* layer_;
  };
  Trainable trainable{this};
  /// Sets it for all layers within, too; compile again after that.
  void set_trainable(bool is_trainable) const;
  /// What the layer itself has made, then what the layers within have.
  std::vector<Variable> variables() const;
  /// Those of them that Keras calls weights: all but seeds and states.
  std::vector<Variable> weights() const;
  /// Copies of their values, and the reverse. Throw Error for a layer that is not built, `set_weights` also ShapeError
  /// for another number of values, and for values of other types; then nothing changes.
  std::vector<Tensor> get_weights() const;
  void set_weights(const std::vector<Tensor>& values) const;
  /// How many numbers its weights hold.
  int64_t count_params() const;
  /// The layers that it has called, in the order in which it first did.
  const std::vector<LayerPtr>& inner_layers() const;
  bool is_built() const;
  /// Types that it was built for; none before.
  std::span<const Type> built_for() const;

  /// What its first call in a model gave. Throws Error where there was none.
  SymbolicTensor output() const;

  // For models.

  /// Its calls in models that live, or are being written, in their order.
  std::vector<std::shared_ptr<const LayerCall>> symbolic_calls() const;
  void note_call(const std::shared_ptr<const LayerCall>& call) const;

  /// Makes the variables, if they are not there, for these inputs; `scope`: the path of what holds it, or empty.
  void build_once(std::span<const Type> inputs, const std::string& scope) const;
  /// Those that it has made itself, but for seeds and states: weights first.
  std::vector<Variable> own_variables() const;
  /// As if it had not been built.
  void forget_variables() const;
  /// Takes `layer` into `inner_layers`, and gives it a name if it has none.
  void hold(const LayerPtr& layer) const;
  const std::string& path() const;
  void set_scope(const std::string& scope) const;
  /// From which its random numbers are drawn; made when it is first asked for.
  Variable seed_variable() const;
  const Regularizer& activity_regularizer() const;
  /// How many calls of models, in progress, use the variables.
  UseCount& use_count() const;

 protected:
  Variable add_weight(const std::string& name, const Shape& shape, Initializer initializer,
                      const VariableOptions& options = {});
  /// A layer within, which `build` makes: `made`, or the one of its name that is there, where a copy of this has been
  /// built before.
  LayerPtr add_layer(const LayerPtr& made);
  /// A layer's own variable becomes one of this one's weights, too, as an attribute does in Keras.
  void share_weight(const Variable& variable);
  /// A layer with a seed of its own draws from that; otherwise the model's seed decides.
  void set_seed(std::optional<int64_t> seed);
  /// Adds the regularizer's penalty of what the layer gives, divided by the rows, to the loss.
  void set_activity_regularizer(const Regularizer& regularizer);
  void activity_regularizer_field(Fields& fields);
  // Parts of `all_fields`, for classes whose configs have another order.
  void name_field(Fields& fields);
  void trainable_fields(Fields& fields, std::string_view dtype = "float32");  ///< trainable and dtype
  /// The name that an argument gives; none if it is empty.
  void set_default_name(const std::string& name);

 private:
  friend class LayerPtr;
  struct Core;  // what copies share

  std::shared_ptr<Core> core_;
};

/// Any layer: `Sequential{Dense(8), Dense(1)}`. Made of a layer and of copies of it, or of a pointer, it is the same
/// layer: with `Dense d(5)`, `Sequential{d, d}` has one, with one set of weights, that comes twice.
class LayerPtr {
 public:
  /// None.
  LayerPtr() = default;
  template <std::derived_from<Layer> L>
  LayerPtr(const L& layer) : LayerPtr(known(layer)) {
    if (!layer_) adopt(std::make_shared<L>(layer), &copy_of<L>);
  }
  /// Throws ValueError for a null pointer.
  template <std::derived_from<Layer> L>
  LayerPtr(const std::shared_ptr<L>& layer) {
    adopt(layer, &copy_of<L>);
  }

  explicit operator bool() const { return layer_ != nullptr; }
  Layer* operator->() const { return layer_.get(); }
  Layer& operator*() const { return *layer_; }
  bool operator==(const LayerPtr& other) const = default;

  /// Another layer of the same arguments, without variables. It has the name only if that was given.
  LayerPtr clone() const;
  /// As Keras serializes it. Throws ValueError for a layer without a class name, and for arguments without a config.
  Config config() const;
  /// Throws ValueError for a class or an argument that is not known.
  static LayerPtr from_config(const Config& config);
  Described& described() const;

  /// The layer's output for values of a model that is being written (layer/symbolic_tensor.h). Throws ShapeError, as
  /// calls do, and Error where there is more than one output; `outputs` gives all.
  SymbolicTensor operator()(const SymbolicTensor& input) const;
  SymbolicTensor operator()(const SymbolicTensor& input, const SymbolicCall& with) const;
  SymbolicTensor operator()(const std::vector<SymbolicTensor>& inputs) const;
  SymbolicTensor operator()(const std::vector<SymbolicTensor>& inputs, const SymbolicCall& with) const;
  std::vector<SymbolicTensor> outputs(const std::vector<SymbolicTensor>& inputs) const;
  std::vector<SymbolicTensor> outputs(const std::vector<SymbolicTensor>& inputs, const SymbolicCall& with) const;

  using Copy = std::shared_ptr<Layer> (*)(const Layer&);

 private:
  template <class L>
  static std::shared_ptr<Layer> copy_of(const Layer& layer) {
    if constexpr (std::is_abstract_v<L>)
      return nullptr;  // a pointer that does not tell what it points to
    else
      return std::make_shared<L>(static_cast<const L&>(layer));
  }
  /// The one object that stands for the layer in lists, if there is one.
  static LayerPtr known(const Layer& layer);
  void adopt(std::shared_ptr<Layer> layer, Copy copy);

  std::shared_ptr<Layer> layer_;
};

/// A layer within another, by the attribute that holds it: "cell"; or a list that does, "cells".
struct Layer::Attribute {
  std::string name;
  LayerPtr layer;
  bool is_listed = false;
};

/// What layers derive from so that they can be called: `Dense(8)(x)`. `Base`: Layer, or a class derived from it.
template <class Self, class Base = Layer>
class LayerOf : public Base {
 public:
  using Base::Base;
  SymbolicTensor operator()(const SymbolicTensor& input) const;
  SymbolicTensor operator()(const SymbolicTensor& input, const SymbolicCall& with) const;
  SymbolicTensor operator()(const std::vector<SymbolicTensor>& inputs) const;
  SymbolicTensor operator()(const std::vector<SymbolicTensor>& inputs, const SymbolicCall& with) const;
  std::vector<SymbolicTensor> outputs(const std::vector<SymbolicTensor>& inputs) const;
  std::vector<SymbolicTensor> outputs(const std::vector<SymbolicTensor>& inputs, const SymbolicCall& with) const;
};

/// Registers a class of your own, by its `class_name`, so that configs and files with it can be read. It is made
/// without arguments.
void register_layer(std::string class_name, std::function<LayerPtr()> make);
template <std::derived_from<Layer> L>
void register_layer() {
  register_layer(L().class_name(), [] { return LayerPtr(L()); });
}

}  // namespace reel
