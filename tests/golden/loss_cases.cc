// losses.{json,npz}: values and gradients in y_pred, with and without sample weights.
#include "golden/cases.h"
#include "golden/keras_config.h"
#include "reel/autodiff/tape.h"

namespace reel::golden {
namespace {

namespace fs = std::filesystem;

constexpr Tolerance kAllowed{1e-5, 1e-7};

/// What a loss makes of the inputs y_true, y_pred and sample_weight.
struct LossProgram {
  Tape tape;
  Program program;
};

LossProgram record(const Loss& loss, const Type& y_true, const Type& y_pred) {
  LossProgram made;
  Tape& tape = made.tape;
  const Var t = tape.input(y_true.shape, y_true.dtype, "y_true"), y = tape.input(y_pred.shape, y_pred.dtype, "y_pred");
  const Var weight = tape.input({rows}, DType::f32, "sample_weight");
  const Var unreduced = loss(t, y);
  const Var value = mean_loss(unreduced), weighted = mean_loss(unreduced, weight);
  made.program =
      tape.compile({.outputs = {value, tape.gradient(value, y), unreduced, weighted, tape.gradient(weighted, y)},
                    .inputs = {t, y, weight}});
  return made;
}

void replay_case(const Json& spec, const Arrays& arrays, Case& result) {
  const Loss loss = make_loss(spec.at("keras_class"), spec.at("config"));
  const Json& roles = spec.at("arrays");
  const auto array = [&](const char* role) { return arrays[roles.at(role)]; };
  const Tensor y_true = array("y_true"), y_pred = array("y_pred");
  // One number a row, stored as [n] or [n, 1]. A case without weights still needs some to feed the program.
  const Tensor weight = roles.contains("sample_weight") ? array("sample_weight").reshaped({y_true.shape()[0]})
                                                        : Tensor::full({y_true.shape()[0]}, 1);
  LossProgram made = record(loss, batch_type(y_true), batch_type(y_pred));
  const std::vector<Tensor> out = made.program.run({y_true, y_pred, weight});
  size_t next = 0;
  for (const char* role : {"value", "gradient", "unreduced", "value_weighted", "gradient_weighted"}) {
    if (roles.contains(role)) result.compare(role, out[next], array(role), kAllowed);
    ++next;
  }
  // The library has no reductions but sum_over_batch_size; to compute these here would test nothing of it.
  for (const char* role : {"unreduced_weighted", "value_weighted_sum", "value_weighted_mean"}) {
    if (roles.contains(role)) result.leave_out(role);
  }
}

}  // namespace

void replay_losses(const fs::path& folder, Report& report) {
  if (!fs::exists(folder / "losses.json")) return;
  const Json index = read_json(folder / "losses.json");
  const Arrays arrays(folder / "losses.npz");
  for (const Json& spec : index.at("cases")) {
    report.run("losses/" + spec.at("name").get<std::string>(),
               [&](Case& result) { replay_case(spec, arrays, result); });
  }
}

}  // namespace reel::golden
