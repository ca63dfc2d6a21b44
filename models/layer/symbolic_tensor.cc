#include "reel/models/layer/symbolic_tensor.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/models/layer/host_layer.h"
#include "reel/models/layer/layer_names.h"
#include "reel/models/layer/recording.h"

namespace reel {
namespace {

/// Lengths that stand for unknown extents while a call is tried: what depends on them differs.
constexpr int64_t kProbes[] = {5, 7};

/// A layer's outputs for inputs whose unknown extents are `length`.
std::vector<SymbolicType> try_call(const LayerPtr& layer, const std::vector<SymbolicTensor>& inputs,
                                   const SymbolicCall& with, const std::string& scope, int64_t length) {
  Tape tape;
  // As in training, where all that a layer ever draws is drawn, and what it assigns is assigned.
  Recording recording(tape.graph(), true, scope);
  Flows flows;
  for (const SymbolicTensor& input : inputs) {
    if (input.type().is_text) {
      throw ShapeError(
          fmt::format("layer \"{}\": takes numbers, got texts {}, which TextVectorization, StringLookup and "
                      "Hashing make numbers of",
                      name_or_class(*layer), input.type().str()));
    }
    const Type type = input.type().at(length);
    Flow flow{tape.input(type.shape, type.dtype, input.layer()->name())};
    if (input.type().has_mask) flow.mask = tape.input({rows, type.shape.rank() > 1 ? type.shape[1] : 1});
    flows.push_back(flow);
  }
  const CallOptions options = with.with_values([&](const SymbolicTensor& mask) {
    const Type type = mask.type().at(length);
    return tape.input(type.shape, type.dtype, "mask");
  });
  std::vector<SymbolicType> types;
  for (const Flow& flow : recording.apply(layer, flows, options)) {
    const auto dims = flow.value.shape().dims();
    types.push_back({flow.value.dtype(), {dims.begin(), dims.end()}, static_cast<bool>(flow.mask)});
  }
  return types;
}

/// Extents that differ between two tries are unknown.
void merge(std::vector<SymbolicType>& types, const std::vector<SymbolicType>& others) {
  for (size_t i = 0; i < types.size(); ++i) {
    for (size_t axis = 0; axis < types[i].shape.size(); ++axis) {
      if (types[i].shape[axis] != others[i].shape[axis]) types[i].shape[axis] = unknown;
    }
  }
}

/// What a call of a layer gives that a program records.
std::vector<SymbolicType> tried_types(const LayerPtr& layer, const std::vector<SymbolicTensor>& inputs,
                                      const SymbolicCall& with, const std::string& scope) {
  std::vector<SymbolicType> types = try_call(layer, inputs, with, scope, kProbes[0]);
  if (std::ranges::any_of(inputs, [](const SymbolicTensor& input) { return input.type().has_unknown(); })) {
    merge(types, try_call(layer, inputs, with, scope, kProbes[1]));
  }
  return types;
}

SymbolicTensor only_output(const LayerPtr& layer, const std::vector<SymbolicTensor>& all) {
  if (all.size() == 1) return all[0];
  throw Error(fmt::format("layer \"{}\": gives {} values; `outputs` gives them all", layer->name(), all.size()));
}

}  // namespace

bool SymbolicType::takes(const Type& type) const {
  const auto dims = type.shape.dims();
  return dims.size() == shape.size() &&
         std::ranges::equal(dims, shape, [&](int64_t given, int64_t own) { return own == unknown || given == own; });
}

bool SymbolicType::takes_as_column(const Type& type) const {
  const int rank = type.shape.rank();
  return (shape.size() == 2 && shape[1] == 1 && rank == 1) || (shape.size() == 1 && rank == 2 && type.shape[1] == 1);
}

std::string SymbolicType::str() const {
  std::string text = "(";
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (axis > 0) text += ", ";
    text += shape[axis] == unknown ? "None" : std::to_string(shape[axis]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

Type SymbolicType::at(int64_t length) const {
  std::vector<int64_t> dims = shape;
  for (size_t axis = 1; axis < dims.size(); ++axis) {
    if (dims[axis] == unknown) dims[axis] = length;
  }
  return {dtype, Shape(std::span<const int64_t>(dims))};
}

bool SymbolicType::has_unknown() const {
  return std::find(shape.begin() + std::min<ptrdiff_t>(1, static_cast<ptrdiff_t>(shape.size())), shape.end(),
                   unknown) != shape.end();
}

SymbolicType symbolic_type(const Type& type, bool is_text) {
  SymbolicType made{
      .dtype = type.dtype, .shape = {type.shape.dims().begin(), type.shape.dims().end()}, .is_text = is_text};
  if (!made.shape.empty()) made.shape[0] = unknown;
  return made;
}

const char* dtype_name(const SymbolicType& type) {
  if (type.is_text) return "string";
  return type.dtype == DType::i32 ? "int32" : type.dtype == DType::f64 ? "float64" : "float32";
}

std::vector<SymbolicTensor> SymbolicCall::masks() const {
  std::vector<SymbolicTensor> all = mask.by_input;
  all.push_back(attention_mask);
  std::erase(all, SymbolicTensor());
  return all;
}

CallOptions SymbolicCall::with_values(const std::function<Var(const SymbolicTensor&)>& value_of) const {
  const auto value_if_any = [&](const SymbolicTensor& tensor) { return tensor ? value_of(tensor) : Var(); };
  CallOptions options{.training = training,
                      .attention_mask = value_if_any(attention_mask),
                      .use_causal_mask = use_causal_mask,
                      .return_attention_scores = return_attention_scores,
                      .reverse = reverse};
  for (const SymbolicTensor& of_input : mask.by_input) options.masks.push_back(value_if_any(of_input));
  return options;
}

const LayerCall& SymbolicTensor::call() const {
  if (!call_) throw Error("symbolic tensor: there is none; calls of layers give them, from Input on");
  return *call_;
}

const LayerPtr& SymbolicTensor::layer() const { return call().layer; }
const SymbolicType& SymbolicTensor::type() const { return call().outputs[index_]; }

std::vector<SymbolicTensor> symbolic_call(const LayerPtr& layer, const std::vector<SymbolicTensor>& inputs,
                                          const SymbolicCall& with, const std::string& scope) {
  std::vector<SymbolicTensor> all = inputs;
  all.insert(all.end(), with.initial_state.begin(), with.initial_state.end());
  auto made = std::make_shared<LayerCall>(LayerCall{layer, all, with, {}});
  if (const HostLayer* host = host_layer(layer)) {
    made->outputs = {host_call_type(*host, all)};
    const Type type = all[0].type().at(kProbes[0]);
    layer->build_once(std::span(&type, 1), scope);
  } else {
    made->outputs = tried_types(layer, all, with, scope);
  }
  layer->note_call(made);
  std::vector<SymbolicTensor> outputs;
  for (size_t i = 0; i < made->outputs.size(); ++i) outputs.emplace_back(made, i);
  return outputs;
}

SymbolicTensor LayerPtr::operator()(const SymbolicTensor& input) const {
  return only_output(*this, symbolic_call(*this, {input}));
}
SymbolicTensor LayerPtr::operator()(const SymbolicTensor& input, const SymbolicCall& with) const {
  return only_output(*this, symbolic_call(*this, {input}, with));
}
SymbolicTensor LayerPtr::operator()(const std::vector<SymbolicTensor>& inputs) const {
  return only_output(*this, symbolic_call(*this, inputs));
}
SymbolicTensor LayerPtr::operator()(const std::vector<SymbolicTensor>& inputs, const SymbolicCall& with) const {
  return only_output(*this, symbolic_call(*this, inputs, with));
}
std::vector<SymbolicTensor> LayerPtr::outputs(const std::vector<SymbolicTensor>& inputs) const {
  return symbolic_call(*this, inputs);
}
std::vector<SymbolicTensor> LayerPtr::outputs(const std::vector<SymbolicTensor>& inputs,
                                              const SymbolicCall& with) const {
  return symbolic_call(*this, inputs, with);
}

SymbolicTensor Layer::output() const {
  for (const std::shared_ptr<const LayerCall>& call : symbolic_calls()) return {call, 0};
  throw Error(fmt::format("layer \"{}\": has no output, it has not been called in a model", name()));
}

}  // namespace reel
