#include "reel/models/files/keras2_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <string>

#include "reel/graph/error.h"
#include "reel/models/activations/activation.h"
#include "reel/models/describe/json.h"
#include "reel/ops/math.h"

namespace reel {
namespace {

void upgrade_model(Json& model);

std::string text(const Json& object, const char* key) {
  return object.is_object() && object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : "";
}

/// Whether it has what objects that Keras serializes have.
bool is_serialized(const Json& json) {
  return json.is_object() && json.contains("class_name") && json.contains("config");
}

void rename(Json& config, const char* old_name, const char* new_name) {
  if (!config.contains(old_name)) return;
  config[new_name] = config[old_name];
  config.erase(old_name);
}

/// An argument that Keras 3 has no more, and that changes nothing at this value.
struct Dropped {
  const char* name;
  Json harmless;
};

void drop(Json& config, const Dropped& argument, const std::string& layer) {
  const auto found = config.find(argument.name);
  if (found == config.end()) return;
  if (!argument.harmless.is_discarded() && !found->is_null() && *found != argument.harmless) {
    throw ValueError(
        fmt::format("{}: {} = {} of Keras 2 is nothing that Keras 3 has", layer, argument.name, excerpt_of(*found)));
  }
  config.erase(argument.name);
}

const std::vector<Dropped>& dropped() {
  const Json anything(Json::value_t::discarded);
  static const std::vector<Dropped> all{{"time_major", false},
                                        {"implementation", anything},
                                        {"input_length", anything},
                                        {"batch_input_shape", anything},
                                        {"sparse", false},
                                        {"ragged", false},
                                        {"optional", false},
                                        {"renorm", false},
                                        {"virtual_batch_size", nullptr},
                                        {"adjustment", nullptr},
                                        {"fused", anything}};
  return all;
}

/// Initializers whose distribution had another name.
void upgrade_initializer(Json& value) {
  if (value["class_name"] == "VarianceScaling" && text(value["config"], "distribution") == "normal")
    value["config"]["distribution"] = "truncated_normal";
}

void upgrade_recurrence(Json& config, const std::string& class_name) {
  // Before version 2.1.6 there was no other.
  if (class_name.starts_with("GRU") && !config.contains("reset_after")) config["reset_after"] = false;
}

void upgrade_convolution(Json& config, const std::string& class_name) {
  if (class_name.ends_with("Transpose")) drop(config, {"groups", 1}, class_name);
  if (!class_name.starts_with("Depthwise") && !class_name.starts_with("Separable")) return;
  // Of the class that these were derived from.
  for (const char* name : {"kernel_initializer", "kernel_regularizer", "kernel_constraint", "groups"})
    config.erase(name);
  if (class_name.starts_with("Depthwise")) config.erase("filters");
}

constexpr const char* kHardSigmoid = "keras2>hard_sigmoid";

/// Keras 3 gives the name to another function.
void upgrade_activations(Json& config) {
  static std::once_flag is_registered;
  std::call_once(is_registered,
                 [] { register_activation(kHardSigmoid, [](Var x) { return clip(0.2 * x + 0.5, 0, 1); }); });
  for (const char* key : {"activation", "recurrent_activation"}) {
    if (text(config, key) == "hard_sigmoid") config[key] = kHardSigmoid;
  }
}

void upgrade_arguments(Json& config, const std::string& class_name) {
  if (class_name == "LeakyReLU") rename(config, "alpha", "negative_slope");
  const Json axis = config.value("axis", Json());
  if (class_name == "BatchNormalization" && axis.is_array() && axis.size() == 1) config["axis"] = axis[0];
  upgrade_activations(config);
  upgrade_recurrence(config, class_name);
  upgrade_convolution(config, class_name);
}

void upgrade_layer(Json& layer);

/// Layers among the arguments: cells, what wrappers hold; and initializers.
void upgrade_values(Json& config) {
  for (auto& [key, value] : config.items()) {
    if (is_serialized(value)) {
      key.ends_with("_initializer") ? upgrade_initializer(value) : upgrade_layer(value);
    } else if (value.is_array()) {
      for (Json& one : value) {
        if (is_serialized(one)) upgrade_layer(one);
      }
    }
  }
}

void upgrade_layer(Json& layer) {
  const std::string class_name = text(layer, "class_name");
  if (class_name == "Sequential" || class_name == "Functional" || class_name == "Model") return upgrade_model(layer);
  Json& config = layer["config"];
  if (!config.is_object()) return;
  if (class_name == "InputLayer") rename(config, "batch_input_shape", "batch_shape");
  upgrade_arguments(config, class_name);
  for (const Dropped& argument : dropped()) drop(config, argument, class_name);
  upgrade_values(config);
}

/// The first layer of an old Sequential says what it takes.
void insert_input(Json& layers) {
  if (layers.empty() || !is_serialized(layers[0]) || text(layers[0], "class_name") == "InputLayer") return;
  const Json& config = layers[0]["config"];
  if (!config.is_object() || !config.contains("batch_input_shape")) return;
  const bool is_embedding = text(layers[0], "class_name") == "Embedding";
  Json input{{"batch_shape", config["batch_input_shape"]},
             {"dtype", is_embedding ? "float32" : config.value("dtype", Json("float32"))},
             {"name", text(config, "name") + "_input"}};
  layers.insert(layers.begin(), Json{{"class_name", "InputLayer"}, {"config", std::move(input)}});
}

bool is_history(const Json& json) {
  return json.is_array() && json.size() >= 3 && json[0].is_string() && json[1].is_number_integer() &&
         json[2].is_number_integer();
}

Json tensor(const Json& history) {
  return {
      {"class_name", "__keras_tensor__"},
      {"config", {{"shape", nullptr}, {"dtype", "float32"}, {"keras_history", {history[0], history[1], history[2]}}}}};
}

/// [[name, call, output, kwargs], ...] -> {"args", "kwargs"}
Json upgraded_call(const Json& call) {
  if (call.is_object()) return call;
  Json inputs = Json::array(), kwargs = Json::object();
  for (const Json& input : is_history(call) ? Json::array({call}) : call) {
    if (!is_history(input)) throw ValueError(fmt::format("model: expected calls of layers, got {}", excerpt_of(input)));
    inputs.push_back(tensor(input));
    if (input.size() < 4 || !input[3].is_object()) continue;
    for (const auto& [name, value] : input[3].items()) kwargs[name] = is_history(value) ? tensor(value) : value;
  }
  Json args = Json::array();
  args.push_back(inputs.size() == 1 ? inputs[0] : inputs);
  return {{"args", std::move(args)}, {"kwargs", std::move(kwargs)}};
}

void upgrade_model(Json& model) {
  const bool is_sequential = text(model, "class_name") == "Sequential";
  if (!is_sequential) model["class_name"] = "Functional";
  Json& config = model["config"];
  if (config.is_array()) config = Json{{"name", "sequential"}, {"layers", Json(config)}};
  if (!config.is_object() || !config.contains("layers") || !config["layers"].is_array())
    throw ValueError(fmt::format("model: expected a config with layers, got {}", excerpt_of(config)));
  if (is_sequential) insert_input(config["layers"]);
  config.erase("build_input_shape");
  for (Json& layer : config["layers"]) {
    if (!is_serialized(layer)) throw ValueError(fmt::format("model: expected a layer, got {}", excerpt_of(layer)));
    upgrade_layer(layer);
    if (!layer.contains("inbound_nodes") || !layer["inbound_nodes"].is_array()) continue;
    for (Json& call : layer["inbound_nodes"]) call = upgraded_call(call);
  }
}

/// "Custom>Adam" -> "Adam"
void upgrade_optimizer(Json& optimizer) {
  if (!optimizer.is_object()) return;
  const std::string name = text(optimizer, "class_name");
  if (const size_t end = name.find('>'); end != name.npos) optimizer["class_name"] = name.substr(end + 1);
  if (!optimizer.contains("config") || !optimizer["config"].is_object()) return;
  Json& config = optimizer["config"];
  rename(config, "lr", "learning_rate");
  // Schedules that were given no name.
  if (config.contains("learning_rate") && is_serialized(config["learning_rate"])) {
    Json& schedule = config["learning_rate"]["config"];
    if (schedule.is_object() && schedule.contains("name") && schedule["name"].is_null()) schedule.erase("name");
  }
  for (const char* gone : {"jit_compile", "is_legacy_optimizer", "decay", "schedule_decay"}) config.erase(gone);
}

/// "auto" was what Keras 3 calls by its name.
void upgrade_loss(Json& loss) {
  if (is_serialized(loss)) {
    if (text(loss["config"], "reduction") == "auto") loss["config"]["reduction"] = "sum_over_batch_size";
  } else if (loss.is_structured()) {
    for (Json& one : loss) upgrade_loss(one);
  }
}

void upgrade_metric(Json& metric) {
  if (metric.is_array()) {
    for (Json& one : metric) upgrade_metric(one);
  } else if (text(metric, "class_name") == "MeanMetricWrapper" && is_serialized(metric) &&
             metric["config"].is_object()) {
    const Json function = metric["config"].value("fn", Json());
    metric = function;
  }
}

}  // namespace

bool is_keras2(std::string_view keras_version) {
  return keras_version.starts_with("2.") || keras_version.starts_with("1.");
}

Config from_keras2(const Config& model) {
  Json json = json_of(model);
  if (!is_serialized(json)) throw ValueError(fmt::format("expected a class and its config, got {}", excerpt_of(json)));
  upgrade_model(json);
  return config_of(std::move(json));
}

Config upgraded_compile_config(const Config& compiled) {
  Json json = json_of(compiled);
  if (!json.is_object()) return compiled;
  if (json.contains("optimizer_config")) rename(json, "optimizer_config", "optimizer");
  if (json.contains("optimizer")) upgrade_optimizer(json["optimizer"]);
  if (json.contains("loss")) upgrade_loss(json["loss"]);
  for (const char* key : {"metrics", "weighted_metrics"}) {
    if (json.contains(key)) upgrade_metric(json[key]);
  }
  return config_of(std::move(json));
}

}  // namespace reel
