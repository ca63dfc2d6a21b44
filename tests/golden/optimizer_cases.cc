// optimizers.{json,npz}: parameters after every step on given gradients, and learning rates of schedules. Objects are
// made of Keras's configs, and must give these again.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "golden/case_files.h"
#include "golden/cases.h"
#include "golden/described.h"
#include "golden/optimizer_steps.h"
#include "reel/models/optimizers/optimizers.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;

constexpr Tolerance kAllowed{1e-5, 1e-7}, kAllowedRate{2e-6, 0};

/// "p0" -> "g0": the gradients of a parameter.
std::string gradient_of(const std::string& parameter) { return "g" + parameter.substr(1); }

/// What the optimizer keeps goes by Keras's paths and has its shapes.
void compare_variables(const reel::Json& spec, testing::OptimizerSteps& steps, Case& result) {
  if (!spec.contains("variables")) return;
  std::vector<std::string> ours, keras;
  for (const Variable& variable : steps.variables()) ours.push_back(variable.path() + " " + variable.shape().str());
  for (const reel::Json& variable : spec["variables"]) {
    const Shape shape(variable["shape"].get<std::vector<int64_t>>());
    const std::string path = variable["path"];
    keras.push_back(path + " " + shape.str());
  }
  result.check("variables", ours == keras, fmt::format("{} and not {}", fmt::join(ours, ", "), fmt::join(keras, ", ")));
}

void replay_case(const reel::Json& index, const reel::Json& spec, const Arrays& arrays, Case& result) {
  Optimizer optimizer = made_of<Optimizer>(spec, result);
  if (spec.contains("exclude_from_weight_decay") && !spec["exclude_from_weight_decay"].is_null()) {
    optimizer.exclude_from_weight_decay(spec["exclude_from_weight_decay"].get<std::vector<std::string>>());
  }
  const reel::Json& inputs = index.at("inputs");
  std::vector<NamedWeight> initial;
  std::vector<Tensor> gradients;
  for (const auto& [name, key] : spec.at("arrays").items()) {
    if (!inputs.contains(name)) continue;  // "p0_final"
    initial.push_back({name, arrays[inputs.at(name)]});
    gradients.push_back(arrays[inputs.at(gradient_of(name))]);
  }
  testing::OptimizerSteps steps(optimizer, initial);
  compare_variables(spec, steps, result);
  for (int64_t step = 0; step < index.at("steps").get<int64_t>(); ++step) {
    std::vector<Tensor> now;
    for (const Tensor& all : gradients) now.push_back(element(all, step));
    steps.take(now);
    for (size_t i = 0; i < initial.size(); ++i) {
      result.compare(fmt::format("{} after step {}", initial[i].path, step + 1), steps.weight(i),
                     element(arrays[spec["arrays"][initial[i].path]], step), kAllowed);
    }
  }
  steps.finalize();
  for (size_t i = 0; i < initial.size(); ++i) {
    const std::string final = initial[i].path + "_final";
    if (spec["arrays"].contains(final)) result.compare(final, steps.weight(i), arrays[spec["arrays"][final]], kAllowed);
  }
}

/// Each rate by itself: a schedule's last ones are small.
void replay_schedule(const reel::Json& spec, const Arrays& arrays, Case& result) {
  const LearningRateSchedule schedule = made_of<LearningRateSchedule>(spec, result);
  const Tensor& rates = arrays[spec.at("array")];
  for (int64_t i = 0; i < rates.size(); ++i) {
    result.compare(fmt::format("rate after {} steps", i), schedule(i), rates.at(i), kAllowedRate);
  }
}

void replay_file(const fs::path& folder, const std::string& part, Report& report) {
  const reel::Json index = read_ordered_json(folder / (part + ".json"));
  const Arrays arrays(folder / (part + ".npz"));
  for (const reel::Json& spec : index.at("cases")) {
    report.run(part + "/" + spec.at("name").get<std::string>(),
               [&](Case& result) { replay_case(index, spec, arrays, result); });
  }
  if (!index.contains("schedules")) return;
  for (const reel::Json& spec : index["schedules"]) {
    report.run(part + "/schedules/" + spec.at("name").get<std::string>(),
               [&](Case& result) { replay_schedule(spec, arrays, result); });
  }
}

}  // namespace

void replay_optimizers(const fs::path& folder, Report& report) {
  for (const std::string& part : stems_of_part(folder, "optimizers")) {
    report.run_part(part, [&] { replay_file(folder, part, report); });
  }
}

}  // namespace reel::golden
