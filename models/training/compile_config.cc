#include "reel/models/training/compile_config.h"

#include <fmt/format.h>

#include <map>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/describe/json.h"

namespace reel {
namespace {

using Outputs = std::span<const std::string>;

template <class Read>
auto reading(const char* key, const Json& json, Read&& read) {
  try {
    return read(json);
  } catch (const nlohmann::json::exception&) {
    throw ValueError(fmt::format("compile config: {}: got {}", key, excerpt_of(json)));
  } catch (const ValueError& error) {
    throw ValueError(fmt::format("compile config: {}: {}", key, error.what()));
  }
}

bool is_by_name(const Json& json) { return json.is_object() && !json.contains("class_name"); }

/// What is said of outputs in their order, or by their names; empty where it is said of all alike.
template <class T, class Read>
std::map<std::string, T> by_output(const char* key, const Json& json, Outputs outputs, bool is_list_of_outputs,
                                   Read&& read) {
  std::map<std::string, T> all;
  const auto add = [&](const std::string& output, const Json& of_output) {
    if (!of_output.is_null()) all.emplace(output, reading(key, of_output, read));
  };
  if (is_by_name(json)) {
    for (const auto& [output, of_output] : json.items()) add(output, of_output);
  } else if (is_list_of_outputs) {
    if (json.size() > outputs.size())
      throw ValueError(fmt::format("compile config: {}: {} for {} outputs", key, json.size(), outputs.size()));
    for (size_t i = 0; i < json.size(); ++i) add(outputs[i], json[i]);
  }
  return all;
}

std::vector<Metric> metrics_of(const Json& json) {
  std::vector<Metric> metrics;
  for (const Json& metric : json.is_array() ? json : Json::array({json}))
    metrics.push_back(Metric::from_config(config_of(metric)));
  return metrics;
}

/// Whether a list has an element for each output, and not metrics of the only one.
bool is_list_of_outputs(const Json& json, Outputs outputs) {
  const auto is_of_output = [](const Json& one) { return one.is_array() || one.is_null(); };
  return json.is_array() && (outputs.size() > 1 || std::ranges::any_of(json, is_of_output));
}

void read_metrics(const char* key, const Json& json, Outputs outputs, Metrics& of_all,
                  std::map<std::string, Metrics>& of_outputs) {
  if (json.is_null()) return;
  of_outputs = by_output<Metrics>(key, json, outputs, is_list_of_outputs(json, outputs), metrics_of);
  if (!is_by_name(json) && !is_list_of_outputs(json, outputs)) of_all = reading(key, json, metrics_of);
}

Json written(const Metrics& metrics) {
  Json list = Json::array();
  for (const Metric& metric : metrics) list.push_back(json_of(metric.config()));
  return list;
}

Json written(const Metrics& of_all, const std::map<std::string, Metrics>& of_outputs) {
  if (of_outputs.empty()) return of_all.empty() ? Json() : written(of_all);
  Json json = Json::object();
  for (const auto& [output, metrics] : of_outputs) json[output] = written(metrics);
  return json;
}

Json written_losses(const CompileOptions& options, Outputs outputs) {
  if (options.losses.empty()) return json_of(options.loss.config());
  if (outputs.size() == 1) return json_of(options.loss_of(outputs[0]).config());
  Json json = Json::object();
  for (const auto& [output, loss] : options.losses) json[output] = json_of(loss.config());
  return json;
}

}  // namespace

Config compile_config(const CompileOptions& options, Outputs outputs) {
  Json json = Json::object();
  json["optimizer"] = json_of(options.optimizer.config());
  json["loss"] = written_losses(options, outputs);
  json["loss_weights"] = options.loss_weights.empty() ? Json() : Json(options.loss_weights);
  json["metrics"] = written(options.metrics, options.output_metrics);
  json["weighted_metrics"] = written(options.weighted_metrics, options.output_weighted_metrics);
  json["run_eagerly"] = false;
  json["steps_per_execution"] = 1;
  json["jit_compile"] = false;
  return config_of(std::move(json));
}

CompileOptions compile_options(const Config& config, Outputs outputs) {
  const Json& json = json_of(config);
  if (!json.is_object()) throw ValueError(fmt::format("compile config: expected an object, got {}", excerpt_of(json)));
  const auto at = [&](const char* key) { return json.contains(key) ? json[key] : Json(); };
  const auto read_loss = [](const Json& loss) { return Loss::from_config(config_of(loss)); };
  CompileOptions options;
  options.optimizer =
      reading("optimizer", at("optimizer"), [](const Json& value) { return Optimizer::from_config(config_of(value)); });
  const Json loss = at("loss"), weights = at("loss_weights");
  options.losses = by_output<Loss>("loss", loss, outputs, loss.is_array(), read_loss);
  if (options.losses.empty() && !loss.is_null()) options.loss = reading("loss", loss, read_loss);
  const auto read_weight = [](const Json& weight) { return weight.get<double>(); };
  options.loss_weights = by_output<double>("loss_weights", weights, outputs, weights.is_array(), read_weight);
  if (weights.is_number()) {
    for (const std::string& output : outputs) options.loss_weights[output] = weights.get<double>();
  }
  read_metrics("metrics", at("metrics"), outputs, options.metrics, options.output_metrics);
  read_metrics("weighted_metrics", at("weighted_metrics"), outputs, options.weighted_metrics,
               options.output_weighted_metrics);
  return options;
}

}  // namespace reel
