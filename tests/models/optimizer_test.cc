// Optimizers: numbers that they cannot work with, names, and a learning rate that changes between steps.

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "golden/optimizer_steps.h"
#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/sequential.h"
#include "reel/models/optimizers/optimizers.h"

namespace reel {
namespace {

using Catch::Contains;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInf = std::numeric_limits<double>::infinity();

/// Squares of its only weight, which begins as 1: the gradient in it is twice the weight.
Sequential square_of_weight(Optimizer optimizer) {
  Sequential model({Input({1}), Dense(1, {.use_bias = false, .kernel_initializer = "ones"})});
  model.compile({.loss = MeanSquaredError{}, .optimizer = std::move(optimizer)});
  return model;
}

double step(Sequential& model) {
  model.train_on_batch(Tensor::full({1, 1}, 1), Tensor::zeros({1, 1}));
  return model.weights()[0].second.item();
}

/// One weight with the gradient 2 w, by the equations of Kingma and Ba.
struct AdamByHand {
  double w = 1, m = 0, v = 0;
  int steps = 0;

  double step(double rate) {
    const double g = 2 * w;
    ++steps;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    const double a = rate * std::sqrt(1 - std::pow(0.999, steps)) / (1 - std::pow(0.9, steps));
    return w -= a * m / (std::sqrt(v) + 1e-7);
  }
};

/// Powers of 50 digits, rounded to float, and the rest in float. At steps 873 and 3606 glibc's float power is a unit
/// off.
TEST_CASE("Adam's step is that of its betas' powers rounded once", "[optimizer]") {
  const std::pair<int64_t, double> steps[] = {
      {1, 0x1.4b962ep-12},   {2, 0x1.ed7d72p-13},         {685, 0x1.714554p-11},      {873, 0x1.902394p-11},
      {3606, 0x1.0290ep-10}, {1'000'000, 0x1.0624dep-10}, {1ll << 40, 0x1.0624dep-10}};
  for (const auto& [step, expected] : steps) {
    CAPTURE(step);
    CHECK(static_cast<float>(Adam{}.scalars(0.001, step)[1]) == expected);
  }
}

TEST_CASE("the learning rate changes between steps, and nothing that the optimizer keeps", "[optimizer]") {
  Sequential model = square_of_weight(Adam{.learning_rate = 0.1});
  AdamByHand expected;
  CHECK(model.learning_rate() == 0.1);
  for (const double rate : {0.1, 0.1, 0.02, 0.02, 0.0, 0.5}) {
    model.set_learning_rate(rate);
    CHECK(model.learning_rate() == rate);
    CHECK(model.compile_options().optimizer.learning_rate() == rate);
    CHECK(step(model) == Approx(expected.step(rate)).epsilon(1e-4));
  }
  // Refused rates change nothing; what is compiled anew has its own.
  for (const double rate : {-0.1, kNan, kInf, -kInf, 1e300}) {
    CHECK_THROWS_AS(model.set_learning_rate(rate), ValueError);
  }
  CHECK_THROWS_WITH(model.set_learning_rate(-0.1), "adam: learning_rate must be finite and not negative, got -0.1");
  CHECK(model.learning_rate() == 0.5);
  model.compile({.loss = MeanSquaredError{}, .optimizer = Adam{}});
  CHECK(model.learning_rate() == 0.001);
}

TEST_CASE("the learning rate may change from epoch to epoch", "[optimizer]") {
  Sequential model = square_of_weight(SGD{.learning_rate = 0.25});
  model.fit(Tensor::full({1, 1}, 1), Tensor::zeros({1, 1}),
            {.epochs = 3, .verbose = Verbose::silent, .on_epoch_end = [&](int64_t epoch, const Logs&) {
               model.set_learning_rate(epoch == 0 ? 0.125 : 0);
               return true;
             }});
  CHECK(model.weights()[0].second.item() == 0.5 * 0.75);
}

TEST_CASE("copies of an optimizer have learning rates of their own", "[optimizer]") {
  Optimizer first = SGD{.learning_rate = 0.5}, second = first;
  second.set_learning_rate(0.25);
  CHECK(first.learning_rate() == 0.5);
  CHECK(second.learning_rate() == 0.25);
}

/// Whether an optimizer is refused with any of the values for a number of its own, and with those that are of no range.
template <class O, class Number, class Holder>
void check_refused(const char* what, Number Holder::*number, std::vector<double> values) {
  values.insert(values.end(), {-1.0, -0.5, -1e-30, kNan, kInf, -kInf, 1e39, 1e300});
  for (const double value : values) {
    INFO(what << " = " << value);
    O optimizer;
    if constexpr (std::is_same_v<Holder, OptimizerOptions>) {
      optimizer.options.*number = value;
    } else {
      optimizer.*number = value;
    }
    CHECK_THROWS_AS(Optimizer(optimizer), ValueError);
    CHECK_THROWS_WITH(Optimizer(optimizer), Contains(fmt::format("{}: {} must be ", Optimizer(O{}).name(), what)));
  }
}

/// As above, of the numbers that all optimizers have.
template <class O>
void check_common_refused() {
  check_refused<O>("learning_rate", &O::learning_rate, {});
  check_refused<O>("clipnorm", &OptimizerOptions::clipnorm, {});
  check_refused<O>("clipvalue", &OptimizerOptions::clipvalue, {});
  check_refused<O>("global_clipnorm", &OptimizerOptions::global_clipnorm, {});
  check_refused<O>("weight_decay", &OptimizerOptions::weight_decay, {});
}

TEST_CASE("numbers that an optimizer cannot work with are refused", "[optimizer]") {
  check_common_refused<SGD>();
  check_common_refused<Adam>();
  check_common_refused<AdamW>();
  check_common_refused<RMSprop>();
  const std::vector<double> no_share{1 + 1e-12, 1.5}, not_lasting{1 - 1e-12, 1, 1.5},  // the first is 1 as a float
      too_small{1e-50, 1e-40};                                                         // 0 as floats
  check_refused<SGD>("momentum", &SGD::momentum, no_share);
  check_refused<Adam>("beta_1", &Adam::beta_1, not_lasting);
  check_refused<Adam>("beta_2", &Adam::beta_2, not_lasting);
  check_refused<Adam>("epsilon", &Adam::epsilon, too_small);
  check_refused<AdamW>("weight_decay", &AdamW::weight_decay, {});
  check_refused<AdamW>("beta_1", &AdamW::beta_1, not_lasting);
  check_refused<AdamW>("beta_2", &AdamW::beta_2, not_lasting);
  check_refused<AdamW>("epsilon", &AdamW::epsilon, too_small);
  check_refused<RMSprop>("rho", &RMSprop::rho, not_lasting);
  check_refused<RMSprop>("momentum", &RMSprop::momentum, no_share);
  check_refused<RMSprop>("epsilon", &RMSprop::epsilon, too_small);
}

TEST_CASE("the ends of what an optimizer's numbers may be are taken", "[optimizer]") {
  CHECK_NOTHROW(Optimizer(SGD{.learning_rate = 0, .momentum = 1}));
  CHECK_NOTHROW(Optimizer(SGD{.learning_rate = 3e38, .options = {.clipnorm = 1e-300}}));
  CHECK_NOTHROW(Optimizer(Adam{.beta_1 = 0, .beta_2 = 0, .epsilon = 0}));
  CHECK_NOTHROW(Optimizer(RMSprop{.rho = 0, .momentum = 1, .epsilon = 1.2e-38}));
}

TEST_CASE("what an optimizer's number must be is said", "[optimizer]") {
  CHECK_THROWS_WITH(Optimizer(Adam{.beta_1 = 1}), "adam: beta_1 must be in [0, 1), got 1");
  CHECK_THROWS_WITH(Optimizer(Adam{.epsilon = -1}), "adam: epsilon must be finite and not negative, got -1");
  CHECK_THROWS_WITH(Optimizer(Adam{.epsilon = 1e-50}), "adam: epsilon must be 0 or a normal float, got 1e-50");
  CHECK_THROWS_WITH(Optimizer(SGD{.momentum = 1.5}), "sgd: momentum must be in [0, 1], got 1.5");
  CHECK_THROWS_WITH(Optimizer(SGD{.momentum = kNan}), "sgd: momentum must be in [0, 1], got nan");
  CHECK_THROWS_WITH(Optimizer(SGD{.options = {.clipnorm = -1}}),
                    "sgd: clipnorm must be finite and not negative, got -1");
  CHECK_THROWS_WITH(Optimizer(SGD{.options = {.clipnorm = 1, .clipvalue = 1}}), Contains("at most one of clipnorm"));
  CHECK_THROWS_WITH(Optimizer(AdamW{.options = {.weight_decay = 0.1}}), Contains("takes weight_decay itself"));
}

TEST_CASE("optimizers are found by Keras's names", "[optimizer]") {
  CHECK(Optimizer("adam").name() == "adam");
  CHECK(Optimizer(std::string("sgd")).learning_rate() == 0.01);
  CHECK_THROWS_WITH(
      Optimizer("moun"),
      "optimizer: \"moun\" is not known, only sgd, adam, adamw, rmsprop, adagrad, adadelta, adamax, nadam, "
      "lion, ftrl, lamb, adafactor, muon, schedulefreeadamw");
  CHECK_THROWS_AS(Optimizer(static_cast<const char*>(nullptr)), ValueError);
}

/// The weights [1, -2] after each of six steps with the gradients [2 w_0, 0.2 w_1]. Keras:
/// v = keras.Variable([1., -2.]); o.build([v]); o.apply([2 * v.value * np.array([1., .1])])
std::vector<Tensor> six_steps(const Optimizer& optimizer) {
  testing::OptimizerSteps steps(optimizer, {{"w", Tensor::of<float>({2}, {1, -2})}});
  std::vector<Tensor> after;
  for (int step = 1; step <= 6; ++step) {
    const Tensor& w = steps.weight(0);
    const Tensor gradient = Tensor::of<double>({2}, {2 * w.at(0), static_cast<double>(0.2f) * w.at(1)});
    steps.take({gradient.cast(DType::f32)});
    after.push_back(w.clone());
  }
  return after;
}

void check_steps(const Optimizer& optimizer, std::array<double, 2> first, std::array<double, 2> sixth) {
  INFO(optimizer.name());
  const std::vector<Tensor> after = six_steps(optimizer);
  for (int i = 0; i < 2; ++i) {
    CHECK(after[0].at(i) == Approx(first[i]).epsilon(1e-6));
    CHECK(after[5].at(i) == Approx(sixth[i]).epsilon(2e-6));
  }
}

TEST_CASE("RMSprop and AdamW step as Keras's", "[optimizer]") {
  check_steps(RMSprop{.learning_rate = 0.1}, {0.6837722659111023, -1.683773159980774},
              {0.14429610967636108, -0.9414520859718323});
  check_steps(RMSprop{.learning_rate = 0.1, .rho = 0.8, .momentum = 0.5, .epsilon = 1e-3, .centered = true},
              {0.7501950860023499, -1.754744291305542}, {-0.11401524394750595, -0.33364588022232056});
  check_steps(AdamW{.learning_rate = 0.1}, {0.8996008038520813, -1.8992013931274414},
              {0.41251876950263977, -1.4009921550750732});
  check_steps(AdamW{.learning_rate = 0.1, .weight_decay = 0.2, .amsgrad = true, .options = {.clipnorm = 1}},
              {0.8800010085105896, -1.8600022792816162}, {0.3160136342048645, -1.1976858377456665});
}

TEST_CASE("optimizers go by their own names and those of their classes", "[optimizer]") {
  for (const char* name : {"sgd", "SGD"}) CHECK(Optimizer(name).name() == "sgd");
  for (const char* name : {"adam", "Adam"}) CHECK(Optimizer(name).name() == "adam");
  for (const char* name : {"adamw", "AdamW"}) CHECK(Optimizer(name).name() == "adam_w");
  for (const char* name : {"rmsprop", "RMSprop"}) CHECK(Optimizer(name).name() == "rm_sprop");
}

// Refused where it is made, and so before any step.
TEST_CASE("two ways of clipping are refused in compile", "[optimizer]") {
  Sequential model({Input({1}), Dense(1)});
  const auto compile = [&] {
    model.compile({.loss = MeanSquaredError{}, .optimizer = SGD{.options = {.clipnorm = 1, .clipvalue = 1}}});
  };
  CHECK_THROWS_WITH(compile(), "sgd: at most one of clipnorm, clipvalue and global_clipnorm can be set");
}

TEST_CASE("an optimizer that is none says so", "[optimizer]") {
  Optimizer none;
  CHECK_FALSE(none);
  CHECK_THROWS_WITH(none.name(), "optimizer: there is none");
  CHECK_THROWS_AS(none.learning_rate(), Error);
  CHECK_THROWS_AS(none.set_learning_rate(1), Error);
  CHECK_THROWS_AS(none.slots({1}), Error);
}

/// Makes no new weight.
struct Empty {
  LearningRate learning_rate = 0.1;
  OptimizerOptions options = {};
  static constexpr std::string_view class_name = "my>Empty";
  std::vector<Var> update(Var, Var, std::span<const Var>, std::span<const Var>) const { return {Var{}}; }
};

/// Its one number must be in [0, 1].
struct Declared : Empty {
  double trust = 0.5;
  std::vector<OptimizerNumber> numbers() const { return {{"trust", trust, NumberRange::share}}; }
};

TEST_CASE("the numbers of an optimizer of one's own are checked as it says", "[optimizer]") {
  Declared own;
  CHECK_NOTHROW(Optimizer(own));
  own.trust = 1.5;
  CHECK_THROWS_WITH(Optimizer(own), "empty: trust must be in [0, 1], got 1.5");
}

TEST_CASE("an update without a value is refused", "[optimizer]") {
  Sequential model = square_of_weight(Empty{});
  CHECK_THROWS_WITH(step(model), "optimizer \"empty\": gave an empty Var");
}

}  // namespace
}  // namespace reel
