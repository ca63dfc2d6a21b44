// SymbolicTensor: a value of a model that is being written, by calling layers one on what the other gives.
#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reel/models/layer/layer.h"

namespace reel {

struct LayerCall;

/// An extent that is only known when data come: that of the rows, or of steps in a model for sequences of any length.
inline constexpr int64_t unknown = -1;

/// What a value will be: extents of which the first, of the rows, is `unknown`, as others may be.
struct SymbolicType {
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  bool has_mask = false;
  bool is_text = false;  ///< texts, which layers that run on the host read; of no dtype

  /// Whether data of this type, [rows, ...] or [n, ...], fit.
  bool takes(const Type& type) const;
  /// Whether [n] fits where this is (None, 1), or the reverse, as Keras has it of texts.
  bool takes_as_column(const Type& type) const;
  /// "(None, 32)", as Keras writes it.
  std::string str() const;
  /// With the unknown extents but the first as `length`. Throws ShapeError for extents that make no shape.
  Type at(int64_t length) const;
  bool has_unknown() const;
};
/// Of a batch [rows, ...], or of rows [n, ...]: as many of them as there may be.
SymbolicType symbolic_type(const Type& type, bool is_text = false);
/// Keras's name of its elements: "float32", "string".
const char* dtype_name(const SymbolicType& type);

/// Handle on one output of a layer's call. Copies are the same value. keras.KerasTensor.
class SymbolicTensor {
 public:
  /// None; to ask what it is throws Error.
  SymbolicTensor() = default;
  SymbolicTensor(std::shared_ptr<const LayerCall> call, size_t index) : call_(std::move(call)), index_(index) {}

  explicit operator bool() const { return call_ != nullptr; }
  bool operator==(const SymbolicTensor& other) const = default;
  const SymbolicType& type() const;
  const std::vector<int64_t>& shape() const { return type().shape; }
  DType dtype() const { return type().dtype; }
  /// The layer whose call gave it.
  const LayerPtr& layer() const;
  const LayerCall& call() const;
  size_t index() const { return index_; }

 private:
  std::shared_ptr<const LayerCall> call_;
  size_t index_ = 0;
};

/// Masks by input, of the first ones: one, or several in braces. An empty one leaves the input its own.
struct SymbolicMasks {
  std::vector<SymbolicTensor> by_input = {};

  SymbolicMasks() = default;
  template <std::convertible_to<SymbolicTensor> T>
  SymbolicMasks(const T& of_first) : by_input{of_first} {}
  SymbolicMasks(std::initializer_list<SymbolicTensor> all) : by_input(all) {}
};

/// What a call is given beside its first inputs, as keyword arguments in Keras. CallOptions says more of the last four.
struct SymbolicCall {
  std::optional<bool> training = std::nullopt;
  SymbolicMasks mask = {};                         ///< instead of the inputs' own
  std::vector<SymbolicTensor> initial_state = {};  ///< of a recurrence: further inputs
  SymbolicTensor attention_mask = {};
  bool use_causal_mask = false, return_attention_scores = false, reverse = false;
  // Keyword arguments that a config gives as null, and as false, which say nothing and are written again.
  std::vector<std::string> nulls = {}, falses = {};

  /// The masks that are there.
  std::vector<SymbolicTensor> masks() const;
  /// The same for a program, in which `value_of` gives their values.
  CallOptions with_values(const std::function<Var(const SymbolicTensor&)>& value_of) const;
};

/// One call of a layer in a model: keras.src.ops.node.Node.
struct LayerCall {
  LayerPtr layer;
  std::vector<SymbolicTensor> inputs;  ///< initial states included
  SymbolicCall with;
  std::vector<SymbolicType> outputs;
};

/// Calls a layer; `scope`: the path of the model whose layer it becomes, or empty. Variables are made without values,
/// which the model will give them. Throws what the layer throws for inputs that do not fit.
std::vector<SymbolicTensor> symbolic_call(const LayerPtr& layer, const std::vector<SymbolicTensor>& inputs,
                                          const SymbolicCall& with = {}, const std::string& scope = "");

template <class Self, class Base>
SymbolicTensor LayerOf<Self, Base>::operator()(const SymbolicTensor& input) const {
  return LayerPtr(static_cast<const Self&>(*this))(input);
}
template <class Self, class Base>
SymbolicTensor LayerOf<Self, Base>::operator()(const SymbolicTensor& input, const SymbolicCall& with) const {
  return LayerPtr(static_cast<const Self&>(*this))(input, with);
}
template <class Self, class Base>
SymbolicTensor LayerOf<Self, Base>::operator()(const std::vector<SymbolicTensor>& inputs) const {
  return LayerPtr(static_cast<const Self&>(*this))(inputs);
}
template <class Self, class Base>
SymbolicTensor LayerOf<Self, Base>::operator()(const std::vector<SymbolicTensor>& inputs,
                                               const SymbolicCall& with) const {
  return LayerPtr(static_cast<const Self&>(*this))(inputs, with);
}
template <class Self, class Base>
std::vector<SymbolicTensor> LayerOf<Self, Base>::outputs(const std::vector<SymbolicTensor>& inputs) const {
  return LayerPtr(static_cast<const Self&>(*this)).outputs(inputs);
}
template <class Self, class Base>
std::vector<SymbolicTensor> LayerOf<Self, Base>::outputs(const std::vector<SymbolicTensor>& inputs,
                                                         const SymbolicCall& with) const {
  return LayerPtr(static_cast<const Self&>(*this)).outputs(inputs, with);
}

}  // namespace reel
