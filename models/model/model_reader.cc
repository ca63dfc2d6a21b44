// What a functional model's config says: its layers are made, and called again.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "reel/graph/error.h"
#include "reel/models/describe/json.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/operation.h"
#include "reel/models/model/model_config.h"

namespace reel {
namespace {

constexpr const char* kOperations = "keras.src.ops";

[[noreturn]] void refuse(std::string_view what, const Json& got) {
  throw ValueError(fmt::format("model: {}, got {}", what, excerpt_of(got)));
}

const Json& at(const Json& json, const char* key) {
  if (!json.is_object() || !json.contains(key)) refuse(fmt::format("expected an object with \"{}\"", key), json);
  return json[key];
}

std::string text_at(const Json& json, const char* key) {
  const Json& value = at(json, key);
  if (!value.is_string()) refuse(fmt::format("expected text as \"{}\"", key), value);
  return value.get<std::string>();
}

bool is_index(const Json& json) { return json.is_number_integer() && json.get<int64_t>() >= 0; }

bool is_operation(const Json& layer) {
  const auto module = layer.find("module");
  return module != layer.end() && module->is_string() && module->get<std::string>().starts_with(kOperations);
}

/// A model's calls, as they are made from its config.
class Caller {
 public:
  explicit Caller(const Json& layers) {
    if (!layers.is_array()) refuse("expected a list of layers", layers);
    for (const Json& json : layers) {
      const std::string name = text_at(json, "name");
      Entry& entry = entries_.emplace_back(Entry{&json, name, is_operation(json) ? LayerPtr() : made(json, name), {}});
      if (entry.layer && entry.layer->class_name() == "InputLayer") {
        entry.outputs.push_back({static_cast<SymbolicTensor>(dynamic_cast<const Input&>(*entry.layer))});
      }
      by_name_[name] = entries_.size() - 1;
    }
    // A call may need what comes later in the list.
    for (bool goes_on = true; goes_on;) {
      goes_on = false;
      for (Entry& entry : entries_) goes_on = call_what_can_be(entry) || goes_on;
    }
    for (const Entry& entry : entries_) {
      if (entry.outputs.size() < nodes(entry).size()) {
        throw ValueError(fmt::format("model: layer \"{}\" is called with values that no layer gives", entry.name));
      }
    }
  }

  /// An input or output of the model.
  SymbolicTensor end(const Json& history) const {
    Json own = history;
    const bool is_call = history.is_array() && history.size() >= 3 && history[0].is_string() && history[1].is_number();
    if (is_call && is_functional(history[0].get<std::string>())) own[1] = history[1].get<int64_t>() - kOwnCalls;
    const SymbolicTensor* found = find(own);
    if (found == nullptr) refuse("expected [layer, call, output] of a layer of the model", history);
    return *found;
  }

 private:
  struct Entry {
    const Json* json;
    std::string name;
    LayerPtr layer;
    std::vector<std::vector<SymbolicTensor>> outputs;  // by call
  };

  bool is_functional(const std::string& name) const {
    const auto found = by_name_.find(name);
    const LayerPtr layer = found == by_name_.end() ? LayerPtr() : entries_[found->second].layer;
    return layer && layer->class_name() == "Functional";
  }

  static LayerPtr made(const Json& json, const std::string& name) {
    const LayerPtr layer = LayerPtr::from_config(config_of(json));
    layer->set_name(name);
    return layer;
  }

  static const Json& nodes(const Entry& entry) {
    const Json& nodes = at(*entry.json, "inbound_nodes");
    if (!nodes.is_array()) refuse("expected a list of calls", nodes);
    return nodes;
  }

  const SymbolicTensor* find(const Json& history) const {
    const bool is_history = history.is_array() && history.size() >= 3 && history[0].is_string() &&
                            is_index(history[1]) && is_index(history[2]);
    if (!is_history) refuse("expected [layer, call, output]", history);
    const auto found = by_name_.find(history[0].get<std::string>());
    if (found == by_name_.end()) refuse("expected the name of a layer of the model", history);
    const auto& calls = entries_[found->second].outputs;
    const size_t call = history[1].get<size_t>(), output = history[2].get<size_t>();
    return call < calls.size() && output < calls[call].size() ? &calls[call][output] : nullptr;
  }

  static bool is_tensor(const Json& json) {
    return json.is_object() && json.contains("class_name") && json["class_name"] == "__keras_tensor__";
  }

  /// Takes the values in `json`, in their order, into `all`; false if one is not there yet.
  bool gather(const Json& json, std::vector<SymbolicTensor>& all) const {
    if (is_tensor(json)) {
      const SymbolicTensor* found = find(at(at(json, "config"), "keras_history"));
      if (found != nullptr) all.push_back(*found);
      return found != nullptr;
    }
    if (!json.is_array()) return true;
    return std::ranges::all_of(json, [&](const Json& element) { return gather(element, all); });
  }

  bool call_what_can_be(Entry& entry) {
    bool has_called = false;
    for (size_t i = entry.outputs.size(); i < nodes(entry).size(); ++i) {
      const Json& node = nodes(entry)[i];
      if (!node.is_object()) refuse("expected a call with \"args\" and \"kwargs\"", node);
      const Json &args = at(node, "args"), &kwargs = at(node, "kwargs");
      if (!kwargs.is_object()) refuse("expected \"kwargs\" as an object", kwargs);
      std::vector<SymbolicTensor> inputs;
      SymbolicCall with;
      if (!(gather_inputs(entry, args, kwargs, inputs) && read_kwargs(entry, kwargs, with))) return has_called;
      if (!entry.layer) entry.layer = operation(entry, args);
      if (inputs.empty()) refuse(fmt::format("layer \"{}\" is called without a value", entry.name), node);
      entry.outputs.push_back(symbolic_call(entry.layer, inputs, with));
      has_called = true;
    }
    return has_called;
  }

  /// Those that have names may come as keyword arguments.
  bool gather_inputs(const Entry& entry, const Json& args, const Json& kwargs,
                     std::vector<SymbolicTensor>& inputs) const {
    if (!gather(args, inputs)) return false;
    const std::vector<std::string_view> names = call_inputs(entry);
    for (size_t i = inputs.size(); i < names.size(); ++i) {
      if (!gather(kwargs.value(std::string(names[i]), Json()), inputs)) return false;
    }
    return true;
  }

  static std::vector<std::string_view> call_inputs(const Entry& entry) {
    return entry.layer ? entry.layer->call_inputs() : std::vector<std::string_view>();
  }

  /// What keyword arguments say, other than inputs; false if a value is not there yet. Throws ValueError for others.
  bool read_kwargs(const Entry& entry, const Json& kwargs, SymbolicCall& with) const {
    for (const auto& [key, value] : kwargs.items()) {
      if (value.is_null()) {
        with.nulls.push_back(key);
        continue;
      }
      if (value == false) with.falses.push_back(key);
      std::vector<SymbolicTensor> all;
      if (is_tensor(value) || value.is_array()) {
        const bool is_there = key == "mask" ? gather_masks(value, all) : gather(value, all);
        if (!is_there) return false;
      }
      if (!take_kwarg(entry, key, value, all, with)) {
        throw ValueError(
            fmt::format("layer \"{}\": the argument \"{}\" of its call is not supported", entry.name, key));
      }
    }
    return true;
  }

  /// Takes one of them, with the values in it; false if there is none of this name.
  static bool take_kwarg(const Entry& entry, const std::string& key, const Json& json,
                         const std::vector<SymbolicTensor>& values, SymbolicCall& with) {
    for (const auto& [name, is_on] : kCallSwitches) {
      if (key != name) continue;
      if (!json.is_boolean()) refuse(fmt::format("layer \"{}\": expected true or false as {}", entry.name, key), json);
      with.*is_on = json.get<bool>();
      return true;
    }
    const std::vector<std::string_view> names = call_inputs(entry);
    for (size_t i = 0; i < names.size(); ++i) {
      if (key == names[i]) return true;
      if (key != fmt::format("{}_mask", names[i])) continue;
      std::vector<SymbolicTensor>& masks = with.mask.by_input;
      masks.resize(std::max(masks.size(), i + 1));
      if (!values.empty()) masks[i] = values[0];
      return true;
    }
    if (key == "training") {
      if (json.is_boolean()) with.training = json.get<bool>();
    } else if (key == "mask") {
      with.mask.by_input = values;
    } else if (key == "initial_state") {
      with.initial_state = values;
    } else if (key == "attention_mask") {
      if (!values.empty()) with.attention_mask = values[0];
    } else {
      return false;
    }
    return true;
  }

  /// One mask, or a list with null for inputs without.
  bool gather_masks(const Json& json, std::vector<SymbolicTensor>& all) const {
    if (is_tensor(json)) return gather(json, all);
    for (const Json& mask : json) {
      if (mask.is_null())
        all.emplace_back();
      else if (!gather(mask, all))
        return false;
    }
    return true;
  }

  static SliceOf slice_of(const Json& json) {
    const Json& config = at(json, "config");
    const auto number = [&](const char* key) {
      const Json& value = at(config, key);
      return value.is_number_integer() ? std::optional<int64_t>(value.get<int64_t>()) : std::nullopt;
    };
    if (const auto step = number("step"); step && *step != 1) refuse("expected slices of step 1", json);
    return {number("start"), number("stop")};
  }

  static LayerPtr operation(const Entry& entry, const Json& args) {
    OperationOptions options{.name = entry.name};
    const std::string class_name = text_at(*entry.json, "class_name");
    if (class_name == "GetItem") {
      if (args.size() != 2 || !args[1].is_array()) refuse("expected a value and slices", args);
      for (const Json& slice : args[1]) options.slices.push_back(slice_of(slice));
    } else if (at(*entry.json, "config").contains("axis")) {
      options.axis = at(*entry.json, "config").value("axis", int64_t{-1});
    } else {
      for (const Json& arg : args) {
        options.arguments.push_back(arg.is_number() ? std::optional<double>(arg.get<double>()) : std::nullopt);
      }
    }
    return std::make_shared<Operation>(class_name, std::move(options));
  }

  std::vector<Entry> entries_;
  std::map<std::string, size_t> by_name_;
};

/// One end, or several in a list or by names.
std::vector<std::pair<std::string, Json>> ends_of(const Json& json) {
  std::vector<std::pair<std::string, Json>> all;
  if (json.is_object()) {
    for (const auto& [name, history] : json.items()) all.emplace_back(name, history);
    std::ranges::sort(all, {}, [](const auto& end) { return end.first; });  // as Keras flattens them
  } else if (json.is_array() && !json.empty() && json[0].is_string()) {
    all.emplace_back("", json);
  } else if (json.is_array()) {
    for (const Json& history : json) all.emplace_back("", history);
  } else {
    refuse("expected inputs and outputs as lists", json);
  }
  return all;
}

}  // namespace

FunctionalParts call_layers(const ModelParts& parts) {
  const Caller caller(json_of(parts.layers));
  FunctionalParts made;
  for (const auto& [name, history] : ends_of(json_of(parts.inputs))) {
    made.inputs.push_back(caller.end(history));
    if (!name.empty()) made.input_keys.push_back(name);
  }
  for (const auto& [name, history] : ends_of(json_of(parts.outputs))) {
    made.outputs.push_back(caller.end(history));
    if (!name.empty()) made.output_keys.push_back(name);
  }
  return made;
}

}  // namespace reel
