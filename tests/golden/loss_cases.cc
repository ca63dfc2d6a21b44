// losses.{json,npz}: values and gradients in y_pred, with and without sample weights.
#include <set>

#include "golden/cases.h"
#include "golden/keras_config.h"
#include "reel/autodiff/tape.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;

constexpr Tolerance kAllowed{1e-5, 1e-7};

const std::set<std::string> kWeighted{"value_weighted", "gradient_weighted"};

/// What a loss makes of the inputs y_true, y_pred and sample_weight.
struct LossProgram {
  Tape tape;
  Program program;
};

/// The loss of the batch: the mean of its values, of those that count where the loss ignores some.
Var loss_of_batch(const Var& unreduced, const Var& valid, const Var& weight = {}) {
  if (!valid) return mean_loss(unreduced, weight);
  return sum_of_valid(weighted(unreduced, weight), valid, "loss") / count_of_valid(unreduced, valid);
}

LossProgram record(const Loss& loss, const Type& y_true, const Type& y_pred) {
  LossProgram made;
  Tape& tape = made.tape;
  const Var t = tape.input(y_true.shape, y_true.dtype, "y_true"), y = tape.input(y_pred.shape, y_pred.dtype, "y_pred");
  const Var weight = tape.input({rows}, DType::f32, "sample_weight");
  const Var unreduced = loss(t, y), valid = loss.valid(t, y);
  const Var value = loss_of_batch(unreduced, valid), weighted = loss_of_batch(unreduced, valid, weight);
  made.program =
      tape.compile({.outputs = {value, tape.gradient(value, y), unreduced, weighted, tape.gradient(weighted, y)},
                    .inputs = {t, y, weight}});
  return made;
}

/// Whether Keras's values are those of the last axis. What is a scalar may be the values of a single row.
bool is_over_last_axis(const Shape& unreduced, const Shape& y_pred) {
  const Shape values = y_pred.rank() > 1 ? y_pred.without_axis(y_pred.rank() - 1) : Shape{1};
  return unreduced == values || (unreduced == Shape{1} && values.size() == 1);
}

/// Roles of a case that the library has no counterpart of; to compute these here would test nothing of it.
std::set<std::string> without_counterpart(const Shape& y_pred, const Shape& weight) {
  // Reductions but sum_over_batch_size.
  std::set<std::string> roles{"unreduced_weighted", "value_weighted_sum", "value_weighted_mean", "value_sum"};
  // In Keras rank 1 is one vector of outputs, here one output a row: the means agree.
  if (y_pred.rank() == 1) roles.insert("unreduced");
  // Weights of more than rows.
  if (weight.size() != y_pred[0]) roles.merge(std::set<std::string>(kWeighted));
  return roles;
}

void replay_case(const Json& spec, const Arrays& arrays, Case& result) {
  const Loss loss = make_loss(spec.at("keras_class"), spec.at("config"));
  const Json& roles = spec.at("arrays");
  const auto array = [&](const std::string& role) { return arrays[roles.at(role)]; };
  const Tensor y_true = array("y_true"), y_pred = array("y_pred"), unreduced = array("unreduced");
  // Not all configs say the axis.
  if (!is_over_last_axis(unreduced.shape(), y_pred.shape()))
    throw Unsupported("values over another axis than the last");
  // One number a row, stored as [n] or [n, 1]. A case without weights still needs some to feed the program.
  const Tensor given = roles.contains("sample_weight") ? array("sample_weight") : Tensor::full({y_pred.shape()[0]}, 1);
  const std::set<std::string> left_out = without_counterpart(y_pred.shape(), given.shape());
  const bool by_row = given.size() == y_pred.shape()[0];
  const Tensor weight = by_row ? given.reshaped({given.size()}) : Tensor::full({y_pred.shape()[0]}, 1);
  LossProgram made = record(loss, batch_type(y_true), batch_type(y_pred));
  const std::vector<Tensor> out = made.program.run({y_true, y_pred, weight});
  size_t next = 0;
  for (const char* role : {"value", "gradient", "unreduced", "value_weighted", "gradient_weighted"}) {
    if (roles.contains(role) && !left_out.contains(role)) result.compare(role, out[next], array(role), kAllowed);
    ++next;
  }
  for (const std::string& role : left_out) {
    if (roles.contains(role)) result.leave_out(role);
  }
}

void replay_file(const fs::path& folder, const std::string& part, Report& report) {
  const Json index = read_json(folder / (part + ".json"));
  const Arrays arrays(folder / (part + ".npz"));
  for (const Json& spec : index.at("cases")) {
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
