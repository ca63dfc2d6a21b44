#include "reel/models/metrics/mean_metric_wrapper.h"

#include <fmt/format.h>

#include <map>

#include "reel/graph/error.h"
#include "reel/models/describe/family.h"
#include "reel/models/describe/json.h"

namespace reel {
namespace {

/// A metric by the name of Keras's function of its class: "MeanSquaredError" -> "mean_squared_error". What is both, a
/// loss and a metric of another sign, is the loss, as Keras's functions are.
Metric of_function(const std::string& name) {
  try {
    return Loss(name);
  } catch (const ValueError&) {
    return Metric(name);
  }
}

/// As Keras serializes a function.
struct Function final : Field {
  explicit Function(Metric& to) : metric(to) {}
  Config get() const override {
    const std::string class_name = metric.described().class_of_function();
    const std::string name = class_name.empty() ? metric.name() : snake_case(class_name);
    return config_of(
        Json{{"module", "builtins"}, {"class_name", "function"}, {"config", name}, {"registered_name", "function"}});
  }
  void set(const Config& value) override {
    std::string name;
    const Serialized parsed = parse_serialized("function", value);
    if (parsed.class_name != "function" || !is_text(parsed.config, name)) {
      throw ValueError(fmt::format("expected a function of Keras's, got {}", excerpt_of(json_of(value))));
    }
    metric = of_function(name);
  }
  Metric& metric;
};

/// What a metric says of itself, by key.
class Told final : public Fields {
 public:
  std::map<std::string, Config, std::less<>> values;

 private:
  void field(std::string_view key, Field& field, bool) override { values[std::string(key)] = field.get(); }
};

/// Passes on arguments, of which those that are as usual are not written.
class Arguments final : public Fields {
 public:
  Arguments(Fields& to, const Told& usual) : to_(to), usual_(usual) {}

 private:
  void field(std::string_view key, Field& field, bool is_required) override {
    if (key == "name" || key == "dtype") return;
    const auto found = usual_.values.find(key);
    to_.pass_on(key, field, is_required, found != usual_.values.end() && found->second == field.get());
  }

  Fields& to_;
  const Told& usual_;
};

}  // namespace

void MeanMetricWrapper::fields(Fields& f) {
  name_and_dtype(f, name);
  f.as("fn", Function(fn));
  Told usual;
  if (const std::string of = fn.described().class_of_function(); !of.empty()) {
    of_function(snake_case(of)).described().fields(usual);
  }
  Arguments arguments(f, usual);
  fn.described().fields(arguments);
}

std::vector<Var> MeanMetricWrapper::sums(Var y_true, const Flow& y_pred, Var weight) const {
  std::vector<Var> sums = fn.described().sums(y_true, y_pred, weight);
  if (sums.size() == 2) return sums;
  throw ValueError(fmt::format("{}: expected a function whose mean is the metric, got \"{}\"", name, fn.name()));
}

}  // namespace reel
