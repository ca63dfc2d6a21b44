#include "golden/layer_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>

#include "golden/described.h"
#include "golden/report.h"
#include "reel/graph/error.h"
#include "reel/models/activations/activation.h"
#include "reel/models/model/layer_classes.h"
#include "reel/ops/ops.h"

namespace reel::golden {
namespace {

LayerPtr make_layer(const std::string& keras_class, const OrderedJson& config) {
  return LayerPtr::from_config(config_of(serialized_json(keras_class, config)));
}

/// The function that a case applies to the layer's output.
Activation make_post(const OrderedJson& post) {
  if (post.is_null()) return linear;
  const std::string function = post.at("function");
  for (const auto& [name, value] : post.items()) {
    const bool known = name == "function" || value == false || (name == "approximate" && function == "gelu");
    if (!known) throw Unsupported(fmt::format("{} with {} = {}", function, name, value.dump()));
  }
  if (post.value("approximate", false)) return gelu_tanh;
  return function;
}

/// Arrays named in `json`, in their order.
void gather(const OrderedJson& json, std::vector<std::string>& arrays) {
  if (json.is_object() && json.contains("array")) arrays.push_back(json["array"]);
  if (!json.is_structured() && !json.is_null()) throw Unsupported(fmt::format("called with {}", json.dump()));
  if (!json.is_array()) return;
  for (const OrderedJson& element : json) {
    gather(element, arrays);
  }
}

/// Arrays of a list in which null stands for none, or of one.
std::vector<std::string> arrays_or_none(const OrderedJson& json) {
  std::vector<std::string> arrays;
  for (const OrderedJson& element : json.is_object() ? OrderedJson::array({json}) : json) {
    arrays.push_back(element.is_null() ? std::string() : element.at("array").get<std::string>());
  }
  return arrays;
}

/// The arrays that a call in words, "layer(query=x, value=x)", gives for these names, or none.
std::vector<std::string> arrays_in_words(const std::string& call, const std::vector<std::string_view>& names) {
  std::vector<std::string> arrays;
  for (const std::string_view name : names) {
    std::smatch found;
    if (!std::regex_search(call, found, std::regex(fmt::format("[(, ]{}=(\\w+)[,)]", name)))) break;
    arrays.push_back(found[1]);
  }
  return arrays;
}

Tensor as_scalar_if(bool is_scalar, const Tensor& value) {
  return is_scalar && value.shape() == Shape{1} ? Tensor::scalar(value.item(), value.dtype()) : value.clone();
}

}  // namespace

void require_classes(const OrderedJson& json) {
  if (json.is_object() && json.contains("class_name") && json.contains("config") && json.contains("module") &&
      json["module"] == "keras.layers") {
    try {
      layer_classes().named(json["class_name"].get<std::string>());
    } catch (const ValueError&) {
      throw Unsupported(fmt::format("no layer {}", json["class_name"].get<std::string>()));
    }
  }
  for (const OrderedJson& part : json.is_structured() ? json : OrderedJson::array()) require_classes(part);
}

LayerCase::LayerCase(const OrderedJson& spec, const Arrays& arrays) : spec_(spec), arrays_(arrays) {
  const std::string keras_class = spec.at("keras_class");
  try {
    layer_classes().named(keras_class);
  } catch (const ValueError&) {
    throw Unsupported(fmt::format("no layer {}", keras_class));
  }
  require_classes(spec.at("config"));
  try {
    layer_ = make_layer(keras_class, spec.at("config"));
  } catch (const ValueError& error) {
    throw Unsupported(error.what());  // an argument that the library does not have
  }
}

LayerCase::Given LayerCase::given(const OrderedJson& args) const {
  Given call;
  if (args.is_null()) {
    call.values = arrays_in_words(spec_.value("call", ""), layer_->call_inputs());
    for (const OrderedJson& input : call.values.empty() ? spec_.at("inputs") : OrderedJson::array()) {
      call.values.push_back(input.at("array"));
    }
  } else {
    gather(args, call.values);
  }
  const OrderedJson kwargs = spec_.value("call_kwargs", OrderedJson::object());
  for (const auto& [key, value] : kwargs.items()) {
    if (take_kwarg(key, value, call)) continue;
    throw Unsupported(fmt::format("{} called with {}", spec_.at("keras_class").get<std::string>(), key));
  }
  return call;
}

bool LayerCase::take_kwarg(const std::string& key, const OrderedJson& value, Given& call) const {
  const std::vector<std::string_view> names = layer_->call_inputs();
  for (size_t i = 0; i < names.size(); ++i) {
    if (key == names[i]) {
      call.values.resize(std::max(call.values.size(), i + 1));
      call.values[i] = value.at("array");
      return true;
    }
    if (key == fmt::format("{}_mask", names[i])) {
      call.masks.resize(std::max(call.masks.size(), i + 1));
      call.masks[i] = value.at("array");
      return true;
    }
  }
  if (key == "mask") {
    call.masks = arrays_or_none(value);
  } else if (key == "initial_state") {
    gather(value.is_object() ? OrderedJson::array({value}) : value, call.values);
  } else if (key == "attention_mask") {
    call.attention_mask = value.at("array");
  } else if (key == "use_causal_mask") {
    call.options.use_causal_mask = value;
  } else if (key == "return_attention_scores") {
    call.options.return_attention_scores = value;
  } else if (key == "reverse") {
    call.options.reverse = value;
  } else {
    return false;
  }
  return true;
}

std::string LayerCase::gradient_of(const std::string& array) const {
  for (const OrderedJson& input : spec_.at("inputs")) {
    if (input.at("array") == array && input.contains("gradient") && input["gradient"].is_string()) {
      return input["gradient"];
    }
  }
  return {};
}

/// Once without values, so that the layer has its weights; then these are Keras's.
void LayerCase::build(const Given& call) {
  Tape tape;
  Recording recording(tape.graph(), true);
  Flows flows;
  for (const std::string& array : call.values) {
    const Type type = batch_type(arrays_[array]);
    flows.push_back({tape.input(type.shape, type.dtype, array)});
  }
  recording.apply(layer_, flows, call.options);
}

void LayerCase::set_weights() {
  std::vector<Variable> weights = layer_->weights();
  const OrderedJson& stored = spec_.at("weights");
  if (weights.size() != stored.size()) {
    throw ShapeError(fmt::format("has {} weights here, {} in Keras", weights.size(), stored.size()));
  }
  for (size_t i = 0; i < weights.size(); ++i) {
    Tensor value = as_scalar_if(weights[i].shape().rank() == 0, arrays_[stored[i].at("array")]);
    if (!(value.shape() == weights[i].shape())) {
      throw ShapeError(fmt::format("{} is {} here, in Keras {} is {}", weights[i].path(), weights[i].shape().str(),
                                   stored[i].at("array").get<std::string>(), value.shape().str()));
    }
    weights[i].set_value(std::move(value));
  }
  for (Variable variable : layer_->variables()) {
    if (variable.kind() == VariableKind::seed) variable.set_value(Tensor::of<int32_t>({1, 0}));
  }
}

void LayerCase::record(Tape& tape, const Given& call) {
  Recorded& out = recorded_;
  Recording recording(tape.graph(), spec_.value("training", false));
  Flows flows;
  const auto input = [&](const std::string& array) {
    const Type type = batch_type(arrays_[array]);
    out.inputs.push_back(tape.input(type.shape, type.dtype, array));
    out.fed.push_back(array);
    return out.inputs.back();
  };
  std::map<std::string, Var> known;
  for (const std::string& array : call.values) {
    const auto [found, is_new] = known.try_emplace(array);
    if (is_new) found->second = input(array);
    flows.push_back({found->second});
  }
  CallOptions options = call.options;
  for (const std::string& mask : call.masks) {
    options.masks.push_back(mask.empty() ? Var() : cast(input(mask), DType::f32));
  }
  if (!call.attention_mask.empty()) options.attention_mask = input(call.attention_mask);
  const Flows given = recording.apply(layer_, flows, options);
  const Activation post = make_post(spec_.value("post", OrderedJson()));
  for (const Flow& flow : given) {
    out.outputs.push_back(post(flow.value));
    out.masks.push_back(flow.mask);
  }
  for (const Var& loss : recording.losses()) out.losses = out.losses ? out.losses + loss : loss;
  std::vector<Variable> weights = layer_->weights();
  for (const Variable& weight : weights) {
    if (!weight.regularizer() || !weight.trainable()) continue;
    const Var penalty = weight.regularizer()(recording.value_of(weight));
    out.losses = out.losses ? out.losses + penalty : penalty;
  }
  for (const Recording::State& state : recording.states()) {
    out.states_before.push_back(state.before);
    out.states_after.push_back(state.after);
  }
  for (size_t i = 0; i < weights.size(); ++i) {
    const OrderedJson& stored = spec_["weights"][i];
    if (!stored.contains("after") || !stored["after"].is_string()) continue;
    out.assigned.push_back(recording.value_of(weights[i]));
    out.assigned_arrays.push_back(stored["after"]);
  }
  // The adjoint of each output, and what comes of it.
  Var total = out.losses;
  for (const Var& y : out.outputs) {
    if (y.dtype() == DType::i32) continue;
    out.cotangents.push_back(tape.input(y.shape(), y.dtype(), "g"));
    const Var term = sum(y * out.cotangents.back());
    total = total ? total + term : term;
  }
  std::vector<Var> wrt;
  for (const auto& [array, var] : known) {
    if (const std::string gradient = gradient_of(array); !gradient.empty()) {
      wrt.push_back(var);
      out.gradient_arrays.push_back(gradient);
    }
  }
  for (size_t i = 0; i < weights.size(); ++i) {
    const OrderedJson gradient = spec_["weights"][i].value("gradient", OrderedJson());
    if (!gradient.is_string()) continue;
    wrt.push_back(tape.graph().parameter(weights[i].value(), weights[i].path()));
    out.gradient_arrays.push_back(gradient);
  }
  if (total && !wrt.empty()) out.gradients = tape.gradient(total, wrt);
}

/// Arrays of the outputs of a call: "y" or "y0", "y1", ...; of their cotangents and masks likewise.
std::vector<std::string> LayerCase::output_names(const char* kind, size_t call) const {
  std::vector<std::string> names;
  const auto text = [](const OrderedJson& json) { return json.is_string() ? json.get<std::string>() : std::string(); };
  if (spec_.contains("calls")) return {fmt::format("{}{}", kind[0] == 'a' ? "y" : kind[0] == 'c' ? "g" : "", call)};
  const bool has_several = spec_.contains("outputs") && !spec_["outputs"].is_null();
  if (has_several) {
    for (const OrderedJson& output : spec_["outputs"]) names.push_back(text(output.value(kind, OrderedJson())));
  } else if (std::string(kind) == "cotangent") {
    names.push_back(text(spec_.value("cotangent", OrderedJson())));
  } else {
    names.push_back(text(spec_.at("output").value(kind, OrderedJson())));
  }
  return names;
}

void LayerCase::run_call(const Given& call, size_t number, Results& results) {
  const Recorded& of = recorded_;
  std::vector<Var> inputs = of.inputs, outputs = of.outputs;
  std::vector<Tensor> fed;
  for (size_t i = 0; i < of.fed.size(); ++i) {
    const bool is_value = spec_.contains("calls") && i < call.values.size();
    fed.push_back(arrays_[is_value ? call.values[i] : of.fed[i]]);
  }
  inputs.insert(inputs.end(), of.cotangents.begin(), of.cotangents.end());
  const std::vector<std::string> cotangents = output_names("cotangent", number), values = output_names("array", number),
                                 masks = output_names("mask", number);
  bool has_gradients = !of.gradients.empty();
  for (size_t i = 0; i < of.cotangents.size(); ++i) {
    const bool is_stored = i < cotangents.size() && arrays_.contains(cotangents[i]);
    has_gradients = has_gradients && is_stored;
    fed.push_back(is_stored ? arrays_[cotangents[i]]
                            : Tensor::zeros(of.cotangents[i].shape().with_lead(fed[0].shape()[0])));
  }
  inputs.insert(inputs.end(), of.states_before.begin(), of.states_before.end());
  for (size_t i = 0; i < of.states_before.size(); ++i) {
    if (states_.size() <= i) states_.push_back(Tensor::zeros(of.states_before[i].shape().with_lead(fed[0].shape()[0])));
    fed.push_back(states_[i]);
  }
  for (const Var& mask : of.masks) outputs.push_back(mask ? cast(mask, DType::f32) : of.outputs[0]);
  const auto append = [&](const std::vector<Var>& more) { outputs.insert(outputs.end(), more.begin(), more.end()); };
  append(of.states_after);
  append(of.assigned);
  if (of.losses) outputs.push_back(of.losses);
  if (has_gradients) append(of.gradients);
  const std::vector<Tensor> out = Program(of.outputs[0].graph(), {.outputs = outputs, .inputs = inputs}).run(fed);
  size_t next = 0;
  for (size_t i = 0; i < of.outputs.size(); ++i) {
    if (i < values.size() && !values[i].empty()) results.values.emplace_back(values[i], out[next]);
    ++next;
  }
  for (size_t i = 0; i < of.masks.size(); ++i, ++next) {
    if (i >= masks.size() || masks[i].empty() || !arrays_.contains(masks[i])) continue;
    if (!of.masks[i]) throw ShapeError("gives no mask, in Keras it does");
    results.masks.emplace_back(masks[i], out[next]);
  }
  for (size_t i = 0; i < of.states_after.size(); ++i) states_[i] = out[next++];
  for (const std::string& array : of.assigned_arrays) results.values.emplace_back(array, out[next++]);
  if (of.losses) {
    if (const auto losses = spec_.find("losses"); losses != spec_.end() && losses->is_string()) {
      results.losses.emplace_back(*losses, out[next]);
    }
    ++next;
  }
  if (!has_gradients) return;
  const bool has_calls = spec_.contains("calls");
  for (const std::string& name : of.gradient_arrays) {
    const Tensor& gradient = out[next++];
    if (!has_calls || name.starts_with("dx")) {
      results.gradients.emplace_back(has_calls ? fmt::format("dx{}", number) : name, gradient);
      continue;
    }
    // Those of weights add up over the calls.
    const auto same = std::ranges::find_if(results.gradients, [&](const auto& known) { return known.first == name; });
    if (same == results.gradients.end()) {
      results.gradients.emplace_back(name, gradient.clone());
      continue;
    }
    for (int64_t i = 0; i < gradient.size(); ++i) same->second.data<float>()[i] += gradient.data<float>()[i];
  }
}

LayerCase::Results LayerCase::run() {
  const bool has_calls = spec_.contains("calls");
  const Given first = given(has_calls ? spec_["calls"][0].at("args") : spec_.value("call_args", OrderedJson()));
  build(first);
  set_weights();
  Tape tape;
  record(tape, first);
  Results results;
  const size_t count = has_calls ? spec_["calls"].size() : 1;
  for (size_t i = 0; i < count; ++i) {
    if (has_calls && spec_["calls"][i].value("reset", false)) states_.clear();
    run_call(has_calls ? given(spec_["calls"][i].at("args")) : first, i, results);
  }
  return results;
}

}  // namespace reel::golden
