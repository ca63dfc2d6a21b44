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
            {"dtype", dtype_name(tensor.type())},
            {"keras_history", history_of(tensor, wiring)}}}};
}

Json slice_json(const SliceOf& slice) {
  const auto number = [](const std::optional<int64_t>& index) { return index ? Json(*index) : Json(); };
  return {{"class_name", "__slice__"},
          {"config", {{"start", number(slice.begin)}, {"stop", number(slice.end)}, {"step", nullptr}}}};
}

/// Inputs that Keras takes as one list.
bool are_list(const LayerCall& call) {
  const size_t count = call.inputs.size() - call.with.initial_state.size();
  return call.layer->call_inputs().empty() && (count > 1 || dynamic_cast<const Merge*>(&*call.layer) != nullptr);
}

/// Keyword arguments of a call.
Json kwargs_json(const LayerCall& call, const Wiring& wiring) {
  Json kwargs = Json::object();
  const SymbolicCall& with = call.with;
  const auto tensor = [&](const SymbolicTensor& value) { return value ? tensor_json(value, wiring) : Json(); };
  if (with.training) kwargs["training"] = *with.training;
  const std::vector<SymbolicTensor>& masks = with.mask.by_input;
  const std::vector<std::string_view> names = call.layer->call_inputs();
  Json list = Json::array();
  for (size_t i = 0; i < masks.size(); ++i) {
    list.push_back(tensor(masks[i]));
    if (!names.empty() && masks[i]) kwargs[fmt::format("{}_mask", names.at(i))] = list.back();
  }
  if (names.empty() && !masks.empty()) kwargs["mask"] = are_list(call) ? list : list[0];
  if (!with.initial_state.empty()) {
    Json states = Json::array();
    for (const SymbolicTensor& state : with.initial_state) states.push_back(tensor_json(state, wiring));
    kwargs["initial_state"] = states;
  }
  if (with.attention_mask) kwargs["attention_mask"] = tensor(with.attention_mask);
  for (const auto& [name, is_on] : kCallSwitches) {
    if (with.*is_on) kwargs[name] = true;
  }
  for (const std::string& key : with.nulls) kwargs.emplace(key, nullptr);
  for (const std::string& key : with.falses) kwargs.emplace(key, false);
  return kwargs;
}

Json call_json(const LayerCall& call, const Wiring& wiring) {
  const size_t count = call.inputs.size() - call.with.initial_state.size();
  Json tensors = Json::array();
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
  } else if (are_list(call)) {
    args = Json::array({tensors});
  }
  return {{"args", args}, {"kwargs", kwargs_json(call, wiring)}};
}

Json layer_json(const LayerPtr& layer) {
  Json json = json_of(layer.config());
  if (dynamic_cast<const Operation*>(&*layer) != nullptr) {
    json["module"] = "keras.src.ops.numpy";
    json["registered_name"] = layer->class_name();
  }
  // Of several inputs Keras says more, by the names that its build() has for them; it builds those when it calls them.
  if (layer->built_for().size() == 1 && layer->call_inputs().empty() && layer->class_name() != "InputLayer") {
    const auto dims = layer->built_for()[0].shape.dims();
    json["build_config"] = {{"input_shape", shape_json({DType::f32, {dims.begin(), dims.end()}})}};
  }
  return json;
}

/// As the Input says it, with its number of rows.
Config batch_shape_of(const SymbolicTensor& input) {
  return config_of(json_of(input.layer().config())["config"]["batch_shape"]);
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

Config ends_config(const Model::State& state, const std::vector<SymbolicTensor>& ends,
                   const std::vector<std::string>& keys) {
  Json all = keys.empty() ? Json::array() : Json::object();
  for (size_t i = 0; i < ends.size(); ++i) {
    Json history = history_of(ends[i], state.wiring);
    if (ends[i].layer()->class_name() == "Functional") history[1] = history[1].get<int64_t>() + kOwnCalls;
    keys.empty() ? all.push_back(std::move(history)) : void(all[keys[i]] = std::move(history));
  }
  if (!keys.empty()) return config_of(std::move(all));
  return config_of(all.size() == 1 ? all[0] : all);
}

std::vector<LayerPtr> sequential_layers(const ModelParts& parts) {
  std::vector<LayerPtr> layers;
  for (const Config& layer : elements_of(parts.layers)) layers.push_back(LayerPtr::from_config(layer));
  return layers;
}

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
    state_->input_keys = made.input_keys;
    state_->output_keys = made.output_keys;
    if (!made.output_keys.empty()) state_->output_names = made.output_keys;
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
    f.as("build_input_shape", Part(inputs.empty() ? Config() : batch_shape_of(inputs[0]), read.inputs));
    return;
  }
  f.as("input_layers", Part(ends_config(*state_, inputs(), state_->input_keys), read.inputs));
  f.as("output_layers", Part(ends_config(*state_, outputs(), state_->output_keys), read.outputs));
}

}  // namespace reel
