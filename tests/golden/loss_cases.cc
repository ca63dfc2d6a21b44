// losses.{json,npz}: values and gradients in y_pred, with and without sample weights, by all reductions.
#include <set>

#include "golden/cases.h"
#include "golden/described.h"
#include "reel/autodiff/tape.h"
#include "reel/models/losses/loss.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;

constexpr Tolerance kAllowed{1e-5, 1e-7};

/// What a loss makes of the inputs y_true, y_pred and sample_weight, by the names that cases have for it.
struct LossProgram {
  Tape tape;
  std::vector<std::string> roles;
  Program program;
};

/// One loss by several reductions.
class ByReduction {
 public:
  ByReduction(const std::string& keras_class, OrderedJson config)
      : keras_class_(keras_class), config_(std::move(config)) {}
  Loss operator()(const char* reduction) const {
    OrderedJson config = config_;
    config["reduction"] = reduction;
    return make_described<Loss>("loss", keras_class_, config);
  }

 private:
  std::string keras_class_;
  OrderedJson config_;
};

LossProgram record(const Loss& loss, const ByReduction& reduced_by, const Type& y_true, const Type& y_pred,
                   const Tensor& weights) {
  LossProgram made;
  Tape& tape = made.tape;
  const Var t = tape.input(y_true.shape, y_true.dtype, "y_true"), y = tape.input(y_pred.shape, y_pred.dtype, "y_pred");
  std::vector<Var> inputs{t, y}, outputs;
  const auto add = [&](const char* role, Var value) {
    made.roles.emplace_back(role);
    outputs.push_back(value);
  };
  const auto add_gradient = [&](const char* role, Var value) { add(role, tape.gradient(value, y)); };
  const Var value = loss.of_batch(t, y).value();
  add("value", value);
  add_gradient("gradient", value);
  add("unreduced", loss(t, y));
  add("value_sum", reduced_by("sum").of_batch(t, y).value());
  if (weights) {
    const Type type = batch_type(weights);
    inputs.push_back(tape.input(type.shape, type.dtype, "sample_weight"));
    const Var weight = inputs.back(), of_weights = loss.of_batch(t, y, weight).value();
    add("value_weighted", of_weights);
    add_gradient("gradient_weighted", of_weights);
    add("unreduced_weighted", weighted(loss(t, y), weight));
    add("value_weighted_sum", reduced_by("sum").of_batch(t, y, weight).value());
    add("value_weighted_mean", reduced_by("mean_with_sample_weight").of_batch(t, y, weight).value());
  }
  made.program = tape.compile({.outputs = outputs, .inputs = inputs});
  return made;
}

/// Throws Unsupported where Keras's config leaves out an argument that the case was made with, as its name tells.
void require_said(const std::string& keras_class, const std::string& name) {
  const std::pair<const char*, const char*> left_out[] = {{"Huber", "delta"}, {"CosineSimilarity", "axis"}};
  for (const auto& [of, argument] : left_out) {
    if (keras_class == of && name.find(argument) != name.npos) {
      throw Unsupported(fmt::format("Keras's config of {} does not tell its {}", of, argument));
    }
  }
}

void replay_case(const OrderedJson& spec, const Arrays& arrays, Case& result) {
  const std::string keras_class = spec.at("keras_class");
  const OrderedJson& config = spec.at("config");
  require_said(keras_class, spec.at("name"));
  const Loss loss = make_described<Loss>("loss", keras_class, config);
  compare_config(loss, keras_class, config, result);
  const OrderedJson& roles = spec.at("arrays");
  const auto array = [&](const std::string& role) { return arrays[roles.at(role).get<std::string>()]; };
  const Tensor y_true = array("y_true"), y_pred = array("y_pred"), unreduced = array("unreduced");
  Tensor weight;
  if (roles.contains("sample_weight")) {
    weight = array("sample_weight");
    // One a row, or one a value; either may be stored with other axes of extent 1.
    weight = weight.size() == unreduced.size() ? weight.reshaped(unreduced.shape()) : weight.reshaped({weight.size()});
  }
  // In Keras rank 1 is one vector of outputs, here one output a row: the means agree.
  const std::set<std::string> left_out =
      y_pred.shape().rank() == 1 ? std::set<std::string>{"unreduced", "value_sum"} : std::set<std::string>{};
  LossProgram made = record(loss, ByReduction(keras_class, config), batch_type(y_true), batch_type(y_pred), weight);
  std::vector<Tensor> fed{y_true, y_pred};
  if (weight) fed.push_back(weight);
  const std::vector<Tensor> out = made.program.run(fed);
  for (size_t i = 0; i < out.size(); ++i) {
    const std::string& role = made.roles[i];
    if (!roles.contains(role)) continue;
    if (left_out.contains(role))
      result.leave_out(role);
    else
      result.compare(role, out[i], array(role), kAllowed);
  }
}

void replay_file(const fs::path& folder, const std::string& part, Report& report) {
  const OrderedJson index = read_ordered_json(folder / (part + ".json"));
  const Arrays arrays(folder / (part + ".npz"));
  for (const OrderedJson& spec : index.at("cases")) {
    report.run(part + "/" + spec.at("name").get<std::string>(),
               [&](Case& result) { replay_case(spec, arrays, result); });
  }
}

}  // namespace

void replay_losses(const fs::path& folder, Report& report) {
  for (const std::string& part : stems_of_part(folder, "losses")) {
    report.run_part(part, [&] { replay_file(folder, part, report); });
  }
}

}  // namespace reel::golden
