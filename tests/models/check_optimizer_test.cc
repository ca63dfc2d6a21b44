// Every optimizer goes through the check that users' optimizers do; and the check sees what is wrong.
#include "reel/models/testing/check_optimizer.h"

#include <catch2/catch.hpp>
#include <set>

#include "models/known_names.h"
#include "reel/models/optimizers/optimizers.h"

namespace reel {
namespace {

using Catch::Contains;

struct CheckedRow {
  Optimizer optimizer;
  OptimizerCheckOptions options = {};
};

std::vector<CheckedRow> checked_rows() {
  const OptimizerCheckOptions by_norm{.by_element = false};
  return {
      {SGD{}},
      {SGD{.momentum = 0.75}},
      {SGD{.momentum = 1, .nesterov = true}},
      {Adam{}},
      {Adam{.beta_1 = 0.5, .beta_2 = 0.75, .amsgrad = true}},
      {Adam{.beta_1 = 0.99, .beta_2 = 0.9}},
      {AdamW{.weight_decay = 0.125}},
      {RMSprop{}},
      {RMSprop{.momentum = 0.5, .centered = true}},
      {RMSprop{.rho = 0.5, .momentum = 1, .epsilon = 1e-20}},
      {Adagrad{}},
      {Adagrad{.initial_accumulator_value = 0, .epsilon = 1e-30}},
      {Adadelta{.rho = 0.5}},
      {Adamax{}},
      {Nadam{}},
      {Nadam{.beta_1 = 0, .epsilon = 1e-12}},
      {Lion{}},
      {Ftrl{.l1_regularization_strength = 0.01, .beta = 0.5}},
      {Lamb{}, by_norm},
      {Adafactor{}, by_norm},
      {Muon{}, by_norm},
      {Muon{.exclude_layers = {"weight_0"}, .adam_lr_ratio = 0.5, .momentum = 0.5, .nesterov = false}},
      {Muon{.ns_steps = 2, .rms_rate = std::nullopt}, by_norm},
      {ScheduleFreeAdamW{}},
      {ScheduleFreeAdamW{.beta_1 = 0.5, .warmup_steps = 2}},
      {SGD{.options = {.loss_scale_factor = 4}}},
      {Adam{.options = {.clipvalue = 0.5, .loss_scale_factor = 0.125}}},
      {SGD{.learning_rate = InverseTimeDecay{.initial_learning_rate = 0.5, .decay_steps = 1, .decay_rate = 0.5},
           .options = {.clipvalue = 0.5}}},
      {Adam{.options = {.use_ema = true, .gradient_accumulation_steps = 3}}},
  };
}

TEST_CASE("optimizers hold what check_optimizer asks", "[optimizer][check_optimizer]") {
  for (const auto& [optimizer, options] : checked_rows()) {
    INFO(optimizer.config().str());
    CHECK_NOTHROW(check_optimizer(optimizer, options));
  }
}

TEST_CASE("every optimizer goes through check_optimizer", "[optimizer][check_optimizer]") {
  std::set<std::string> checked, known;
  for (const CheckedRow& row : checked_rows()) checked.insert(row.optimizer.described().class_name());
  for (const std::string& name : testing::listed_names<Optimizer>()) {
    known.insert(Optimizer(name).described().class_name());
  }
  CHECK(known == checked);
}

/// w -= learning_rate factor m, where m is the sum of gradients, in a wrong way if told to.
struct Odd {
  LearningRate learning_rate = 0.25;
  std::string how = "right";
  double factor = 1;
  OptimizerOptions options = {};
  static constexpr std::string_view class_name = "test>OddOptimizer";
  void fields(Fields& f) {
    f("how", how);
    if (how != "forgets") f("factor", factor);
  }
  std::vector<OptimizerNumber> numbers() const {
    if (how == "any number") return {};
    return {{"factor", factor, NumberRange::not_negative}};
  }
  double safe_gradient(double rate, int64_t step) const {
    const double sum = 0x1p80 / (rate * factor), steps = how == "forgets steps" ? 1 : static_cast<double>(step);
    return how == "lies" ? 1e38 : std::min(sum, 0x1p80) / (steps * steps);
  }
  std::vector<Slot> slots(const Shape& weight) const { return {{"sum", weight, how == "infinite" ? HUGE_VAL : 0}}; }
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const {
    const Var m = how == "mixes elements" ? slots[0] + g * mean(square(g)) : slots[0] + g;
    if (how == "0 / 0") return {w - g * scalars[0] / abs(m), m};
    if (how == "stays") return {w, m};
    if (how == "wrong type") return {mean(w), m};
    return {
        w - m * factor * (how == "keeps its rate" ? w.graph().constant(learning_rate.at(0), w.dtype()) : scalars[0]),
        m};
  }
};

TEST_CASE("check_optimizer sees what is wrong with an optimizer", "[optimizer][check_optimizer]") {
  register_optimizer<Odd>();
  const auto check = [](const std::string& how) { check_optimizer(Odd{.how = how, .factor = 2}); };
  CHECK_NOTHROW(check("right"));
  CHECK_THROWS_WITH(check("forgets"), Contains("optimizer \"odd_optimizer\": gives other bits made of its config"));
  CHECK_THROWS_WITH(check("any number"), Contains("takes nan as factor"));
  CHECK_THROWS_WITH(check("lies"), Contains("safe_gradient(") && Contains("do not stay finite"));
  CHECK_THROWS_WITH(check("infinite"), Contains("gave -inf"));
  CHECK_THROWS_WITH(check("mixes elements"), Contains("gives other bits for rows 0 to 1 alone"));
  CHECK_THROWS_WITH(check("0 / 0"), Contains("by gradients of 0"));
  CHECK_THROWS_WITH(check("stays"), Contains("steps leave the weights as they are"));
  CHECK_THROWS_AS(check("wrong type"), ShapeError);
  CHECK_THROWS_WITH(check("keeps its rate"), Contains("where its learning rate was set after the step was recorded"));
}

}  // namespace
}  // namespace reel
