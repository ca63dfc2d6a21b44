#include "reel/models/model/model_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "reel/graph/error.h"
#include "reel/models/describe/json.h"
#include "reel/models/describe/policy_field.h"
#include "reel/models/layer/layer_names.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/merging.h"
#include "reel/models/layers/operation.h"
#include "reel/models/model/layer_classes.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

std::vector<const LayerCall*> calls_of(const LayerPtr& layer, const Wiring& wiring) {
  std::vector<const LayerCall*> calls;
  for (const LayerCall* call : wiring.calls()) {
    if (call->layer == layer) calls.push_back(call);
  }
  return calls;
}

Json history_of(const SymbolicTensor& tensor, const Wiring& wiring) {
  const std::vector<const LayerCall*> calls = calls_of(tensor.layer(), wiring);
  const auto found = std::ranges::find(calls, &tensor.call());
  const int64_t number = found == calls.end() ? 0 : found - calls.begin();
  return {tensor.layer()->name(), number, tensor.index()};
}

Json shape_json(const SymbolicType& type) {
  Json shape = Json::array();
  for (const int64_t extent : type.shape) shape.push_back(extent == unknown ? Json() : Json(extent));
  return shape;
}

Json tensor_json(const SymbolicTensor& tensor, const Wiring& wiring) {
  return {{"class_name", "__keras_tensor__"},
          {"config",
           {{"shape", shape_json(tensor.type())},
            {"dtype", tensor.dtype() == DType::i32   ? "int32"
                      : tensor.dtype() == DType::f64 ? "float64"
                                                     : "float32"},
            {"keras_history", history_of(tensor, wiring)}}}};
}

Json slice_json(const SliceOf& slice) {
  const auto number = [](const std::optional<int64_t>& index) { return index ? Json(*index) : Json(); };
  return {{"class_name", "__slice__"},
          {"config", {{"start", number(slice.begin)}, {"stop", number(slice.end)}, {"step", nullptr}}}};
}

Json call_json(const LayerCall& call, const Wiring& wiring) {
  const size_t count = call.inputs.size() - call.with.initial_state.size();
  Json tensors = Json::array(), kwargs = Json::object();
  for (size_t i = 0; i < count; ++i) tensors.push_back(tensor_json(call.inputs[i], wiring));
  Json args = tensors;
  if (const auto* operation = dynamic_cast<const Operation*>(&*call.layer)) {
    size_t next = 0;
    args = Json::array();
    for (const auto& number : operation->options().arguments) args.push_back(number ? Json(*number) : tensors[next++]);
    if (operation->options().arguments.empty()) args = tensors;
    if (!operation->options().slices.empty()) {
      Json slices = Json::array();
      for (const SliceOf& slice : operation->options().slices) slices.push_back(slice_json(slice));
      args.push_back(slices);
    }
    if (operation->class_name() == "Concatenate") args = Json::array({tensors});
  } else if (dynamic_cast<const Merge*>(&*call.layer) != nullptr || count > 1) {
    args = Json::array({tensors});
  }
  if (call.with.training) kwargs["training"] = *call.with.training;
  if (call.with.mask) kwargs["mask"] = tensor_json(call.with.mask, wiring);
  if (!call.with.initial_state.empty()) {
    Json states = Json::array();
    for (const SymbolicTensor& state : call.with.initial_state) states.push_back(tensor_json(state, wiring));
    kwargs["initial_state"] = states;
  }
  return {{"args", args}, {"kwargs", kwargs}};
}

Json layer_json(const LayerPtr& layer) {
  Json json = json_of(layer.config());
  if (dynamic_cast<const Operation*>(&*layer) != nullptr) {
    json["module"] = "keras.src.ops.numpy";
    json["registered_name"] = layer->class_name();
  }
  if (!layer->built_for().empty() && layer->class_name() != "InputLayer") {
    const auto dims = layer->built_for()[0].shape.dims();
    json["build_config"] = {{"input_shape", shape_json({DType::f32, {dims.begin(), dims.end()}})}};
  }
  return json;
}

}  // namespace

Config layers_config(const Model::State& state) {
  Json layers = Json::array();
  if (state.is_sequential) {
    if (!state.wiring.inputs().empty() && state.layers[0]->class_name() != "InputLayer") {
      layers.push_back(layer_json(state.wiring.inputs()[0].layer()));
    }
    for (const LayerPtr& layer : state.layers) layers.push_back(layer_json(layer));
    return config_of(std::move(layers));
  }
  for (const LayerPtr& layer : state.layers) {
    Json json = layer_json(layer);
    json["name"] = layer->name();
    json["inbound_nodes"] = Json::array();
    for (const LayerCall* call : calls_of(layer, state.wiring)) {
      json["inbound_nodes"].push_back(call_json(*call, state.wiring));
    }
    layers.push_back(std::move(json));
  }
  return config_of(std::move(layers));
}

Config ends_config(const Model::State& state, const std::vector<SymbolicTensor>& ends) {
  Json all = Json::array();
  for (const SymbolicTensor& end : ends) {
    Json history = history_of(end, state.wiring);
    if (end.layer()->class_name() == "Functional") history[1] = history[1].get<int64_t>() + kOwnCalls;
    all.push_back(std::move(history));
  }
  return config_of(all.size() == 1 ? all[0] : all);
}

std::vector<LayerPtr> sequential_layers(const ModelParts& parts) {
  std::vector<LayerPtr> layers;
  for (const Config& layer : elements_of(parts.layers)) layers.push_back(LayerPtr::from_config(layer));
  return layers;
}

Config shape_config(const SymbolicType& type) { return config_of(shape_json(type)); }

LayerPtr read_model(bool is_sequential) {
  struct Unread : Model {
    Unread() : Model(ModelOptions{}) {}
  };
  if (is_sequential) return Sequential(std::vector<LayerPtr>{});
  return static_cast<const Model&>(Unread());
}

Model Model::from_config(const Config& config, const ModelOptions& options) {
  const Serialized parsed = parse_serialized("model", config);
  const bool is_sequential = parsed.class_name == "Sequential";
  if (!is_sequential && parsed.class_name != "Functional" && parsed.class_name != "Model") {
    throw ValueError(fmt::format("model: expected a Functional or a Sequential, got a {}", parsed.class_name));
  }
  Model made(options);
  made.state_->is_sequential = is_sequential;
  set_fields(made, parsed.config);
  if (!options.name.empty()) made.set_name(options.name);
  return made;
}

void Model::check() const {
  const ModelParts parts = std::exchange(state_->read, {});
  if (json_of(parts.layers).is_null()) return;
  const Use use(state_, "from_config", Use::kRuns);
  if (state_->is_sequential) {
    const Sequential made(sequential_layers(parts),
                          {.name = name(), .seed = state_->seed, .most_parameters = state_->most_parameters});
    state_->take_wiring(*made.state_);
  } else {
    FunctionalParts made = call_layers(parts);
    state_->wire(made.inputs, made.outputs);
    if (!made.output_names.empty()) state_->output_names = made.output_names;
  }
  for (const LayerPtr& layer : state_->distinct) hold(layer);
  if (!parts.is_trainable) const_cast<Model*>(this)->set_trainable(false);
}

/// Fields of both kinds; a Sequential has no calls to tell.
void Model::all_fields(Fields& f) {
  struct Part final : Field {
    Part(Config now, Config& to) : value(std::move(now)), read(to) {}
    Config get() const override { return value; }
    void set(const Config& config) override { read = config; }
    Config value;
    Config& read;
  };
  std::string own_name = name();
  f("name", own_name);
  if (own_name != name() && !own_name.empty()) {
    set_default_name(own_name);
    state_->name = own_name;
  }
  bool is_trainable = trainable();
  f("trainable", is_trainable);
  state_->read.is_trainable = is_trainable;
  ModelParts& read = state_->read;
  const bool is_sequential = state_->is_sequential;
  if (is_sequential) f.as("dtype", PolicyField());
  f.as("layers", Part(layers_config(*state_), read.layers));
  if (is_sequential) {
    const auto& inputs = state_->wiring.inputs();
    f.as("build_input_shape", Part(inputs.empty() ? Config() : shape_config(inputs[0].type()), read.inputs));
    return;
  }
  f.as("input_layers", Part(ends_config(*state_, inputs()), read.inputs));
  f.as("output_layers", Part(ends_config(*state_, outputs()), read.outputs));
}

}  // namespace reel
