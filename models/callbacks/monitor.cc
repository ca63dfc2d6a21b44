#include "reel/models/callbacks/monitor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/graph/warning.h"
#include "reel/models/model/model.h"

namespace reel {
namespace {

/// "accuracy" of "accuracy_1", as metrics of one name are numbered.
std::string without_number(const std::string& name) {
  size_t end = name.size();
  while (end > 0 && std::isdigit(static_cast<unsigned char>(name[end - 1])) != 0) --end;
  return end > 1 && end < name.size() && name[end - 1] == '_' ? name.substr(0, end - 1) : name;
}

bool is_called(const std::string& log, const std::string& prefix, const Metric& metric) {
  return log == prefix + metric.name() || log == prefix + "weighted_" + metric.name();
}

/// Of the compiled metric that is logged by this name.
Better of_metric(const Model& model, const std::string& log) {
  const CompileOptions& compiled = model.compile_options();
  const std::vector<std::string> outputs = model.output_names();
  for (const std::string& output : outputs) {
    const std::string prefix = outputs.size() > 1 ? output + "_" : "";
    for (const std::vector<Metric>* metrics : {&compiled.metrics_of(output), &compiled.weighted_metrics_of(output)}) {
      for (const Metric& metric : *metrics) {
        if (is_called(log, prefix, metric)) return metric.better();
      }
    }
  }
  return Better::neither;
}

bool is_loss(const Model& model, const std::string& log) {
  if (log == "loss") return true;
  const std::vector<std::string> outputs = model.output_names();
  return outputs.size() > 1 &&
         std::ranges::any_of(outputs, [&](const std::string& output) { return log == output + "_loss"; });
}

}  // namespace

Better direction_of(const Model& model, const std::string& log, const std::string& mode, std::string_view what) {
  if (mode == "min") return Better::lower;
  if (mode == "max") return Better::higher;
  const std::string prefix = "val_";
  const std::string name = log.starts_with(prefix) ? log.substr(prefix.size()) : log;
  if (is_loss(model, name)) return Better::lower;
  Better better = of_metric(model, name);
  if (better == Better::neither) better = of_metric(model, without_number(name));
  if (better != Better::neither) return better;
  throw ValueError(
      fmt::format("{}: whether \"{}\" is better when lower or higher is not known; expected mode \"min\" or "
                  "\"max\", got \"{}\"",
                  what, excerpt(log), mode));
}

bool is_improvement(double value, const std::optional<double>& best, Better better, double min_delta) {
  if (!best) return !std::isnan(value);
  return better == Better::lower ? value + min_delta < *best : value - min_delta > *best;
}

std::optional<double> monitored(const Logs& logs, const std::string& log, std::string_view what) {
  if (logs.contains(log)) return logs[log];
  std::vector<std::string> names;
  for (const auto& [name, value] : logs) names.push_back(name);
  warn(fmt::format("{}: there is no \"{}\" to monitor, only {}", what, excerpt(log), fmt::join(names, ", ")));
  return {};
}

void check_mode(const std::string& mode, std::string_view what) {
  if (mode == "auto" || mode == "min" || mode == "max") return;
  throw ValueError(fmt::format("{}: mode must be \"auto\", \"min\" or \"max\", got \"{}\"", what, excerpt(mode)));
}

void check_least(double value, double least, std::string_view argument, std::string_view what) {
  if (std::isfinite(value) && value >= least) return;
  throw ValueError(fmt::format("{}: {} must be at least {}, got {}", what, argument, least, value));
}

}  // namespace reel
