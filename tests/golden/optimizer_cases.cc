// optimizers.{json,npz}: parameters after every step on given gradients.
#include <fmt/format.h>

#include "golden/cases.h"
#include "golden/keras_config.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;

constexpr Tolerance kAllowed{1e-5, 1e-7};

/// Parameters that an optimizer updates in place, one program run a step.
class Stepper {
 public:
  Stepper(Optimizer optimizer, const std::vector<Tensor>& initial) : optimizer_(std::move(optimizer)) {
    std::vector<Var> weights, gradients, scalars;
    std::vector<std::vector<Var>> slots;
    for (const Tensor& value : initial) {
      parameters_.push_back(value.clone());
      weights.push_back(tape_.parameter(parameters_.back()));
      gradients.push_back(tape_.input(value.shape(), value.dtype()));
      slots.emplace_back();
      for (size_t i = 0; i < optimizer_.slots().size(); ++i) {
        slots.back().push_back(tape_.parameter(Tensor::zeros(value.shape())));
      }
    }
    for (size_t i = 0; i < optimizer_.scalars(optimizer_.learning_rate(), 1).size(); ++i) {
      scalars_.push_back(Tensor::scalar(0));
      scalars.push_back(tape_.parameter(scalars_.back()));
    }
    const std::vector<Optimizer::Updated> updated = optimizer_.update(weights, gradients, slots, scalars);
    Targets targets{.outputs = {}, .inputs = gradients};
    for (size_t i = 0; i < weights.size(); ++i) {
      targets.assignments.push_back({weights[i], updated[i].weight});
      for (size_t j = 0; j < slots[i].size(); ++j) targets.assignments.push_back({slots[i][j], updated[i].slots[j]});
    }
    program_ = tape_.compile(std::move(targets));
  }

  void step(const std::vector<Tensor>& gradients) {
    const StepScalars now = optimizer_.scalars(optimizer_.learning_rate(), ++done_);
    for (size_t i = 0; i < now.size(); ++i) scalars_[i].data<float>()[0] = static_cast<float>(now[i]);
    program_.run(gradients);
  }

  const std::vector<Tensor>& parameters() const { return parameters_; }

 private:
  Optimizer optimizer_;
  Tape tape_;
  Program program_;
  std::vector<Tensor> parameters_, scalars_;
  int64_t done_ = 0;
};

/// "p0" -> "g0": the gradients of a parameter.
std::string gradient_of(const std::string& parameter) { return "g" + parameter.substr(1); }

void replay_case(const Json& index, const Json& spec, const Arrays& arrays, Case& result) {
  const Optimizer optimizer = make_optimizer(spec.at("keras_class"), spec.at("config"));
  if (const Json excluded = spec.value("exclude_from_weight_decay", Json()); !excluded.empty()) {
    throw Unsupported(fmt::format("weight decay but of {}", excluded.dump()));
  }
  std::vector<std::string> names;
  std::vector<Tensor> initial, gradients, expected;
  for (const auto& [name, key] : spec.at("arrays").items()) {
    names.push_back(name);
    initial.push_back(arrays[index.at("inputs").at(name)]);
    gradients.push_back(arrays[index.at("inputs").at(gradient_of(name))]);
    expected.push_back(arrays[key]);
  }
  Stepper stepper(optimizer, initial);
  for (int64_t step = 0; step < index.at("steps").get<int64_t>(); ++step) {
    std::vector<Tensor> now;
    for (const Tensor& all : gradients) now.push_back(element(all, step));
    stepper.step(now);
    for (size_t i = 0; i < names.size(); ++i) {
      result.compare(fmt::format("{} after step {}", names[i], step + 1), stepper.parameters()[i],
                     element(expected[i], step), kAllowed);
    }
  }
}

void replay_file(const fs::path& folder, const std::string& part, Report& report) {
  const Json index = read_json(folder / (part + ".json"));
  const Arrays arrays(folder / (part + ".npz"));
  for (const Json& spec : index.value("cases", Json::array())) {
    report.run(part + "/" + spec.at("name").get<std::string>(),
               [&](Case& result) { replay_case(index, spec, arrays, result); });
  }
  for (const Json& spec : index.value("schedules", Json::array())) {
    report.unsupported(part + "/schedules/" + spec.at("name").get<std::string>(),
                       fmt::format("no schedule {}", spec.at("keras_class").get<std::string>()));
  }
}

}  // namespace

void replay_optimizers(const fs::path& folder, Report& report) {
  for (const std::string& part : stems_of_part(folder, "optimizers")) {
    report.run_part(part, [&] { replay_file(folder, part, report); });
  }
}

}  // namespace reel::golden
