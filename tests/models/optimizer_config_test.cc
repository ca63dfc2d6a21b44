// Optimizers: configs as Keras writes them, schedules as learning rates, and what all optimizers do besides their own
// update: averages, summed gradients, decay but of some, constraints.
#include <catch2/catch.hpp>
#include <cmath>

#include "golden/optimizer_steps.h"
#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/sequential.h"
#include "reel/models/optimizers/optimizers.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::OptimizerSteps;

std::string serialized(const std::string& class_name, const std::string& name, const std::string& rate,
                       const std::string& decay, const std::string& own) {
  return R"({"module":"keras.optimizers","class_name":")" + class_name + R"(","config":{"name":")" + name +
         R"(","learning_rate":)" + rate + R"(,"weight_decay":)" + decay +
         R"(,"clipnorm":null,"global_clipnorm":null,"clipvalue":null,"use_ema":false,"ema_momentum":0.99,)"
         R"("ema_overwrite_frequency":null,"loss_scale_factor":null,"gradient_accumulation_steps":null,)" +
         own + R"(},"registered_name":null})";
}

struct ConfigRow {
  Optimizer optimizer;
  std::string class_name, name, own, rate = "0.0010000000474974513", decay = "null";
};

/// What get_config() gives in Keras 3.15 for default arguments.
const std::vector<ConfigRow> kConfigs = {
    {SGD{}, "SGD", "sgd", R"("momentum":0.0,"nesterov":false)", "0.009999999776482582"},
    {Adam{}, "Adam", "adam", R"("beta_1":0.9,"beta_2":0.999,"epsilon":1e-07,"amsgrad":false)"},
    {AdamW{}, "AdamW", "adam_w", R"("beta_1":0.9,"beta_2":0.999,"epsilon":1e-07,"amsgrad":false)",
     "0.0010000000474974513", "0.004"},
    {RMSprop{}, "RMSprop", "rm_sprop", R"("rho":0.9,"momentum":0.0,"epsilon":1e-07,"centered":false)"},
    {Adagrad{}, "Adagrad", "adagrad", R"("initial_accumulator_value":0.1,"epsilon":1e-07)"},
    {Adadelta{}, "Adadelta", "adadelta", R"("rho":0.95,"epsilon":1e-07)"},
    {Adamax{}, "Adamax", "adamax", R"("beta_1":0.9,"beta_2":0.999,"epsilon":1e-07)"},
    {Nadam{}, "Nadam", "nadam", R"("beta_1":0.9,"beta_2":0.999,"epsilon":1e-07)"},
    {Lion{}, "Lion", "lion", R"("beta_1":0.9,"beta_2":0.99)"},
    {Ftrl{}, "Ftrl", "ftrl",
     R"("learning_rate_power":-0.5,"initial_accumulator_value":0.1,"l1_regularization_strength":0.0,)"
     R"("l2_regularization_strength":0.0,"l2_shrinkage_regularization_strength":0.0,"beta":0.0)"},
    {Lamb{}, "Lamb", "lamb", R"("beta_1":0.9,"beta_2":0.999,"epsilon":1e-07)"},
    {Adafactor{}, "Adafactor", "adafactor",
     R"("beta_2_decay":-0.8,"epsilon_1":1e-30,"epsilon_2":0.001,"clip_threshold":1.0,"relative_step":true)"},
};

TEST_CASE("optimizers: configs are Keras's, and are read as what they were", "[optimizer][describe]") {
  for (const ConfigRow& row : kConfigs) {
    const std::string expected = serialized(row.class_name, row.name, row.rate, row.decay, row.own);
    CHECK(row.optimizer.config().str() == expected);
    CHECK(Optimizer::from_config(Config::parse(expected)).config().str() == expected);
    CHECK(Optimizer(row.class_name).config().str() == expected);
  }
}

TEST_CASE("optimizers: options and the rate as it is now are in the config", "[optimizer][describe]") {
  Optimizer optimizer = Adam{.options = {.global_clipnorm = 2,
                                         .use_ema = true,
                                         .ema_momentum = 0.5,
                                         .ema_overwrite_frequency = 3,
                                         .gradient_accumulation_steps = 2,
                                         .name = "adam_7"}};
  const Optimizer copy = optimizer;
  optimizer.set_learning_rate(0.5);
  CHECK_THAT(optimizer.config().str(),
             Contains(R"({"name":"adam_7","learning_rate":0.5,"weight_decay":null,"clipnorm":null,)"
                      R"("global_clipnorm":2.0,"clipvalue":null,"use_ema":true,"ema_momentum":0.5,)"
                      R"("ema_overwrite_frequency":3,"loss_scale_factor":null,"gradient_accumulation_steps":2,)"));
  CHECK(copy.learning_rate() == 0.001);
  CHECK(Optimizer::from_config(optimizer.config()).name() == "adam_7");
}

TEST_CASE("optimizers: what is no config of one is refused", "[optimizer][describe]") {
  const auto read = [](const char* json) { return Optimizer::from_config(Config::parse(json)); };
  CHECK_THROWS_WITH(read(R"({"class_name": "SGD", "config": {"momentun": 0.5}})"),
                    Contains("SGD: \"momentun\" is not known"));
  CHECK_THROWS_WITH(read(R"({"class_name": "SGD", "config": {"momentum": 2}})"),
                    Contains("momentum must be in [0, 1]"));
  CHECK_THROWS_WITH(read(R"({"class_name": "Adam", "config": {"learning_rate": "fast"}})"),
                    "Adam: learning_rate: expected a number or a schedule, got \"fast\"");
  CHECK_THROWS_WITH(read(R"({"class_name": "SGD", "config": {"loss_scale_factor": 0.0}})"),
                    Contains("loss_scale_factor must be above 0, got 0"));
  CHECK_THROWS_WITH(read(R"({"class_name": "Ion", "config": {}})"), Contains("optimizer: \"Ion\" is not known"));
  CHECK_THROWS_WITH(Optimizer(SGD{.options = {.gradient_accumulation_steps = 1}}),
                    "sgd: gradient_accumulation_steps must be at least 2, got 1");
  CHECK_THROWS_WITH(Optimizer(SGD{.options = {.ema_overwrite_frequency = 0}}),
                    "sgd: ema_overwrite_frequency must be at least 1, got 0");
  CHECK_THROWS_AS(Optimizer(SGD{.options = {.ema_momentum = 1.5}}), ValueError);
  CHECK_THROWS_AS(Optimizer(Lion{.beta_1 = 0}), ValueError);
  CHECK_THROWS_AS(Optimizer(Ftrl{.learning_rate_power = 0.5}), ValueError);
  CHECK_THROWS_AS(Optimizer(Adafactor{.clip_threshold = 0}), ValueError);
  CHECK_THROWS_WITH(Optimizer(AdamW{.options = {.weight_decay = 0.1}}),
                    "adam_w: takes weight_decay itself, not in its options");
}

/// One weight of one element, which begins as 0, and takes these gradients.
std::vector<double> weights_after(const Optimizer& optimizer, const std::vector<double>& gradients,
                                  bool finalize = false, const Constraint& constraint = {}) {
  OptimizerSteps steps(optimizer, {{"w", Tensor::zeros({1})}}, {constraint});
  std::vector<double> after;
  for (const double gradient : gradients) {
    steps.take({Tensor::full({1}, gradient)});
    after.push_back(steps.weight(0).at(0));
  }
  if (finalize) steps.finalize();
  after.push_back(steps.weight(0).at(0));
  return after;
}

TEST_CASE("a schedule is asked for each step, by how many have been taken", "[optimizer][schedule]") {
  const Optimizer optimizer = SGD{.learning_rate = [](int64_t i) { return std::exp2(static_cast<double>(-i)); }};
  CHECK(weights_after(optimizer, {-1, -1, -1}) == std::vector<double>{1, 1.5, 1.75, 1.75});
  Optimizer scheduled = SGD{.learning_rate = PiecewiseConstantDecay{.boundaries = {1}, .values = {0.5, 0.125}}};
  CHECK(scheduled.learning_rate() == 0.5);
  CHECK(scheduled.learning_rate(2) == 0.125);
  CHECK_THROWS_WITH(scheduled.set_learning_rate(1), Contains("sgd: its learning rate is a schedule"));
  const Optimizer falling = SGD{.learning_rate = [](int64_t i) { return 1 - static_cast<double>(i); }};
  CHECK_THROWS_WITH(weights_after(falling, {1, 1, 1}),
                    "sgd, after 2 steps: learning_rate must be finite and not negative, got -1");
}

TEST_CASE("a model tells the rate of the step to come", "[optimizer][schedule]") {
  Sequential model({Input({1}), Dense(1)});
  model.compile({.loss = MeanSquaredError{},
                 .optimizer = SGD{.learning_rate = PiecewiseConstantDecay{.boundaries = {0}, .values = {0.5, 0.25}}}});
  CHECK(model.learning_rate() == 0.5);
  model.train_on_batch(Tensor::zeros({1, 1}), Tensor::zeros({1, 1}));
  CHECK(model.learning_rate() == 0.25);
}

// Weights 1, 2, 3, 4; averages 1, (1 + 2) / 2, (1.5 + 3) / 2, (2.25 + 4) / 2.
TEST_CASE("averages of weights are what they become at the end, or now and then", "[optimizer]") {
  const auto ema = [](std::optional<int64_t> frequency) {
    return SGD{.learning_rate = 1,
               .options = {.use_ema = true, .ema_momentum = 0.5, .ema_overwrite_frequency = frequency}};
  };
  const std::vector<double> ones(4, -1);
  CHECK(weights_after(ema({}), ones, true) == std::vector<double>{1, 2, 3, 4, 3.125});
  // 1; 2, made 1.5; 2.5, of which the average is (1.5 + 2.5) / 2; 3.5, made (2 + 3.5) / 2.
  CHECK(weights_after(ema(2), ones) == std::vector<double>{1, 1.5, 2.5, 2.75, 2.75});
}

TEST_CASE("a fit ends with the averages of its weights", "[optimizer]") {
  Sequential model({Input({1}), Dense(1, {.use_bias = false, .kernel_initializer = "ones"})});
  model.compile({.loss = MeanSquaredError{},
                 .optimizer = SGD{.learning_rate = 0.25, .options = {.use_ema = true, .ema_momentum = 0.5}}});
  const Tensor x = Tensor::full({1, 1}, 1), y = Tensor::zeros({1, 1});
  model.train_on_batch(x, y);
  CHECK(model.weights()[0].second.item() == 0.5);
  model.fit(x, y, {.verbose = Verbose::silent});
  CHECK(model.weights()[0].second.item() == 0.375);  // of 0.5 and 0.25
}

TEST_CASE("gradients add up, and each n-th step updates by their mean", "[optimizer]") {
  const Optimizer plain = SGD{.learning_rate = 1, .options = {.gradient_accumulation_steps = 3}};
  CHECK(weights_after(plain, {-1, -2, -6, -3, -3, -3}) == std::vector<double>{0, 0, 3, 3, 3, 6, 6});
  // Clipped is the mean, not the gradients; momenta are of updates.
  const Optimizer clipped =
      SGD{.learning_rate = 1, .momentum = 0.5, .options = {.clipvalue = 1, .gradient_accumulation_steps = 2}};
  CHECK(weights_after(clipped, {-9, 8, 8, -16}) == std::vector<double>{0, 0.5, 0.5, 1.75, 1.75});
}

TEST_CASE("summed gradients are guarded, too, and clipping does not excuse them", "[optimizer]") {
  Sequential model({Input({1}), Dense(1, {.use_bias = false, .kernel_initializer = Constant{0.1}, .name = "unit"})});
  model.compile(
      {.loss = MeanAbsoluteError{}, .optimizer = SGD{.options = {.clipvalue = 1, .gradient_accumulation_steps = 5}}});
  const Tensor x = Tensor::full({1, 1}, 2e38), y = Tensor::full({1, 1}, -1);
  model.train_on_batch(x, y);
  CHECK_THROWS_WITH(model.train_on_batch(x, y), Contains("\"sequential/unit/kernel/gradient_accumulator\""));
}

TEST_CASE("weights whose own names are excluded do not decay", "[optimizer]") {
  Optimizer optimizer = SGD{.learning_rate = 0.5, .options = {.weight_decay = 0.5}};
  optimizer.exclude_from_weight_decay({"bias", "gamma"});
  const Tensor one = Tensor::full({1}, 1);
  OptimizerSteps steps(optimizer, {{"biased/kernel", one}, {"biased/bias", one}, {"norm/gamma_1", one}});
  steps.take(std::vector<Tensor>(3, Tensor::zeros({1})));
  CHECK(steps.weight(0).at(0) == 0.75);
  CHECK(steps.weight(1).at(0) == 1);
  CHECK(steps.weight(2).at(0) == 1);
}

TEST_CASE("what decays not is told by regular expressions, of a weight's own name", "[optimizer]") {
  const auto decays = [](const std::string& expression, const std::string& path) {
    Optimizer optimizer = SGD{.learning_rate = 0.5, .options = {.weight_decay = 0.5}};
    optimizer.exclude_from_weight_decay({expression});
    testing::OptimizerSteps steps(optimizer, {{path, Tensor::ones({2})}});
    steps.take({Tensor::zeros({2})});
    return steps.weight(0).at(0) != 1;
  };
  CHECK(decays("^bias$", "dense/bias_1"));
  CHECK(!decays("^bias", "dense/bias_1"));
  CHECK(!decays("ker.el", "dense/kernel"));
  CHECK(decays("dense", "dense/kernel"));
  Optimizer optimizer = SGD{};
  CHECK_THROWS_WITH(optimizer.exclude_from_weight_decay({"("}), Catch::Contains("is no regular expression"));
  CHECK_THROWS_WITH(Optimizer(Muon{.exclude_layers = {"["}}), Catch::Contains("exclude_layers: \"[\" is no regular"));
}

TEST_CASE("Nadam tells the product that Keras keeps", "[optimizer]") {
  testing::OptimizerSteps steps(Nadam{}, {{"w", Tensor::ones({1})}});
  CHECK(steps.variables().back().path() == "nadam/variable");
  CHECK(steps.variables().back().value().item() == 1);
  for (int i = 0; i < 2; ++i) steps.take({Tensor::ones({1})});
  const double first = 0.9 * (1 - 0.5 * 0.96), second = 0.9 * (1 - 0.5 * 0.96 * 0.96);
  CHECK(steps.variables().back().value().item() == Approx(first * second));
}

TEST_CASE("constraints come after averages", "[optimizer]") {
  const SGD sgd{.learning_rate = 1, .options = {.use_ema = true, .ema_momentum = 0.5, .ema_overwrite_frequency = 2}};
  const Constraint at_most_two = [](Var w) { return minimum(w, w.graph().constant(2, w.dtype())); };
  // 4, averaged, then made 2; 6, of which the average is 5, made 2.
  CHECK(weights_after(sgd, {-4, -4}, true, at_most_two) == std::vector<double>{2, 2, 5});
}

TEST_CASE("what an optimizer keeps goes by Keras's paths, in Keras's order", "[optimizer]") {
  OptimizerSteps steps(Adam{.amsgrad = true, .options = {.use_ema = true, .gradient_accumulation_steps = 2}},
                       {{"dense/kernel", Tensor::zeros({2, 3})}, {"dense/bias", Tensor::zeros({3})}});
  steps.take({Tensor::full({2, 3}, 1), Tensor::full({3}, 2)});
  std::vector<std::string> paths;
  const std::vector<Variable> variables = steps.variables();
  for (const Variable& variable : variables) paths.push_back(variable.path());
  CHECK(paths == std::vector<std::string>{
                     "adam/iteration", "adam/learning_rate", "adam/dense_kernel_average", "adam/dense_bias_average",
                     "adam/dense_kernel_gradient_accumulator", "adam/dense_bias_gradient_accumulator",
                     "adam/dense_kernel_momentum", "adam/dense_kernel_velocity", "adam/dense_bias_momentum",
                     "adam/dense_bias_velocity", "adam/dense_kernel_velocity_hat", "adam/dense_bias_velocity_hat"});
  CHECK(variables[0].value().item() == 1);
  CHECK(variables[5].value().at(0) == 2);
}

}  // namespace
}  // namespace reel
