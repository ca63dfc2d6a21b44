// Layer: weights and the computation that uses them, as in Keras. A layer of your own derives from this and is used
// like the built-in ones.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <vector>

#include "reel/graph/graph.h"
#include "reel/models/activations/flow.h"
#include "reel/models/initializers/initializer.h"
#include "reel/models/layer/use_count.h"

namespace reel {

struct Weight {
  std::string name;  ///< within the layer: "kernel"
  Shape shape;
  Initializer initializer;
  bool trainable = true;
  Tensor value = {};  ///< set when the model is built
};

/// The weights of a layer as Vars of the graph under construction, in the order in which the layer made them.
using WeightVars = std::vector<Var>;

class Layer {
 public:
  virtual ~Layer() = default;

  /// Keras's class name: "Dense".
  virtual std::string class_name() const = 0;
  /// Makes the weights, with `add_weight`. `input`: what the layer will get, [rows, ...]. Throws ShapeError.
  virtual void build(const Type& /*input*/) {}
  /// The layer's computation. What it gives has the rows of what it gets. Throws ShapeError.
  virtual Flow call(Flow input, const WeightVars& weights) const = 0;
  /// Input type [rows, ...] if the layer knows it by itself, as Embedding with `input_length` does; otherwise rank 0.
  virtual Type input_type() const { return {}; }

  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }
  std::vector<Weight>& weights() { return weights_; }
  const std::vector<Weight>& weights() const { return weights_; }
  /// How many calls of models, in progress, use the weights.
  UseCount& use_count() { return use_count_; }

 protected:
  void add_weight(std::string name, const Shape& shape, Initializer initializer, bool trainable = true) {
    weights_.push_back({std::move(name), shape, std::move(initializer), trainable});
  }
  void set_default_name(const std::string& name) {
    if (!name.empty()) name_ = name;
  }

 private:
  std::string name_;
  std::vector<Weight> weights_;
  UseCount use_count_;
};

/// Any layer, for lists of layers: `Sequential{Dense(8), Dense(1)}`. Made of a layer it holds a copy of its own, made
/// of a pointer it shares: with `Dense d(5)`, `Sequential{d, d}` has two layers of equal options; with `LayerPtr d =
/// Dense(5)` or `auto d = std::make_shared<Dense>(5)` it has one, with one set of weights, that comes twice.
class LayerPtr {
 public:
  template <std::derived_from<Layer> L>
  LayerPtr(L layer) : layer_(std::make_shared<L>(std::move(layer))) {}
  /// Throws ValueError for a null pointer.
  template <std::derived_from<Layer> L>
  LayerPtr(std::shared_ptr<L> layer) : layer_(std::move(layer)) {
    require_layer();
  }

  Layer* operator->() const { return layer_.get(); }
  Layer& operator*() const { return *layer_; }

 private:
  void require_layer() const;

  std::shared_ptr<Layer> layer_;
};

}  // namespace reel
