// Every optimizer's steps by hand, in double: the equations of the papers, with each of their options, and what clips
// and decays before them. An optimizer without a row here fails a test.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "golden/optimizer_steps.h"
#include "models/known_names.h"
#include "reel/models/optimizers/optimizers.h"

namespace reel::testing {
namespace {

constexpr int kSteps = 4;
constexpr double kRate = 0.125;

using Numbers = std::vector<double>;

/// One element: its weight after a step with the gradient g, the step-th, counted from 1. Slots begin as zeros.
using StepByHand = std::function<double(double w, double g, int step, std::array<double, 4>& slots)>;

struct OptimizerRow {
  std::string what;
  Optimizer optimizer;
  StepByHand step;
  OptimizerOptions options = {};  ///< as the optimizer's, which happens to all gradients before
};

/// Two weights, and the gradients of each step: large and small, of both signs, and 0.
const std::vector<Numbers> kWeights = {{1, -2, 0.5, 3}, {-0.25, 4}};
Numbers gradients_at(int step, size_t weight) {
  Numbers g;
  for (size_t i = 0; i < kWeights[weight].size(); ++i) {
    g.push_back(i == 2 ? 0 : 2.5 * std::sin(1.0 + 3 * static_cast<double>(i + 4 * weight) + 2 * step));
  }
  return g;
}

double length(const std::vector<Numbers>& gradients) {
  double sum = 0;
  for (const Numbers& g : gradients) {
    for (const double element : g) sum += element * element;
  }
  return std::sqrt(sum);
}

void clip_by_hand(std::vector<Numbers>& gradients, const OptimizerOptions& options) {
  const double all = length(gradients);
  for (Numbers& g : gradients) {
    const double own = length({g});
    for (double& element : g) {
      if (options.clipnorm && own > *options.clipnorm) element *= *options.clipnorm / own;
      if (options.clipvalue) element = std::clamp(element, -*options.clipvalue, *options.clipvalue);
      if (options.global_clipnorm && all > *options.global_clipnorm) element *= *options.global_clipnorm / all;
    }
  }
}

/// The weights after each step.
std::vector<std::vector<Numbers>> steps_by_hand(const OptimizerRow& row) {
  std::vector<Numbers> weights = kWeights;
  std::vector<std::vector<std::array<double, 4>>> slots;
  for (const Numbers& w : weights) slots.emplace_back(w.size());
  std::vector<std::vector<Numbers>> after;
  for (int step = 1; step <= kSteps; ++step) {
    std::vector<Numbers> gradients{gradients_at(step, 0), gradients_at(step, 1)};
    clip_by_hand(gradients, row.options);
    for (size_t i = 0; i < weights.size(); ++i) {
      for (size_t k = 0; k < weights[i].size(); ++k) {
        double& w = weights[i][k];
        w -= w * row.options.weight_decay.value_or(0) * kRate;
        w = row.step(w, gradients[i][k], step, slots[i][k]);
      }
    }
    after.push_back(weights);
  }
  return after;
}

/// The same, through the program of a step.
class RecordedSteps {
 public:
  explicit RecordedSteps(const Optimizer& optimizer) : steps_(optimizer, start()) {}

  void take(int step) {
    std::vector<Tensor> gradients;
    for (size_t i = 0; i < kWeights.size(); ++i) {
      gradients.push_back(Tensor::of(steps_.weight(i).shape(), gradients_at(step, i)).cast(DType::f32));
    }
    steps_.take(gradients);
  }
  const Tensor& weight(size_t i) const { return steps_.weight(i); }

 private:
  static std::vector<NamedWeight> start() {
    std::vector<NamedWeight> weights;
    for (const Numbers& w : kWeights) {
      const Shape shape{static_cast<int64_t>(w.size())};
      weights.push_back({"w" + std::to_string(weights.size()), Tensor::of(shape, w).cast(DType::f32)});
    }
    return weights;
  }

  OptimizerSteps steps_;
};

StepByHand plain_sgd() {
  return [](double w, double g, int, std::array<double, 4>&) { return w - kRate * g; };
}

/// v = m v - rate g; w += v, or looking ahead, w += m v - rate g. Sutskever et al. 2013.
StepByHand momentum_sgd(double m, bool nesterov) {
  return [=](double w, double g, int, std::array<double, 4>& slots) {
    double& v = slots[0];
    v = m * v - kRate * g;
    return w + (nesterov ? m * v - kRate * g : v);
  };
}

/// Kingma and Ba 2015, in the order of their section 2's last lines; amsgrad of Reddi, Kale and Kumar 2018; decay of
/// Loshchilov and Hutter 2019.
StepByHand adam(double beta_1, double beta_2, double epsilon, bool amsgrad, double decay = 0) {
  return [=](double w, double g, int step, std::array<double, 4>& slots) {
    auto& [m, v, most, unused] = slots;
    w -= decay * kRate * w;
    m = beta_1 * m + (1 - beta_1) * g;
    v = beta_2 * v + (1 - beta_2) * g * g;
    most = std::max(most, v);
    const double rate = kRate * std::sqrt(1 - std::pow(beta_2, step)) / (1 - std::pow(beta_1, step));
    return w - rate * m / (std::sqrt(amsgrad ? most : v) + epsilon);
  };
}

/// Hinton 2012, with epsilon within the root and the step's own momentum, as Keras has it; centered, of Graves 2013.
StepByHand rmsprop(double rho, double momentum, double epsilon, bool centered) {
  return [=](double w, double g, int, std::array<double, 4>& slots) {
    auto& [v, p, a, unused] = slots;
    v = rho * v + (1 - rho) * g * g;
    a = rho * a + (1 - rho) * g;
    p = momentum * p + kRate * g / std::sqrt(v - (centered ? a * a : 0) + epsilon);
    return w - p;
  };
}

/// Duchi et al. 2011, with epsilon within the root, as Keras has it.
StepByHand adagrad(double start, double epsilon) {
  return [=](double w, double g, int step, std::array<double, 4>& slots) {
    double& sum = slots[0];
    if (step == 1) sum = start;
    sum += g * g;
    return w - kRate * g / std::sqrt(sum + epsilon);
  };
}

/// Zeiler 2012, algorithm 1, with a rate.
StepByHand adadelta(double rho, double epsilon) {
  return [=](double w, double g, int, std::array<double, 4>& slots) {
    auto& [squares, deltas, unused, unused_too] = slots;
    squares = rho * squares + (1 - rho) * g * g;
    const double delta = -std::sqrt(deltas + epsilon) / std::sqrt(squares + epsilon) * g;
    deltas = rho * deltas + (1 - rho) * delta * delta;
    return w + kRate * delta;
  };
}

/// Kingma and Ba 2015, section 7.1.
StepByHand adamax(double beta_1, double beta_2, double epsilon) {
  return [=](double w, double g, int step, std::array<double, 4>& slots) {
    auto& [m, u, unused, unused_too] = slots;
    m = beta_1 * m + (1 - beta_1) * g;
    u = std::max(beta_2 * u, std::abs(g));
    return w - kRate / (1 - std::pow(beta_1, step)) * m / (u + epsilon);
  };
}

/// Dozat 2016, algorithm 2, with its schedule of momentum.
StepByHand nadam(double beta_1, double beta_2, double epsilon) {
  return [=](double w, double g, int step, std::array<double, 4>& slots) {
    auto& [m, v, unused, unused_too] = slots;
    const auto momentum = [&](int t) { return beta_1 * (1 - 0.5 * std::pow(0.96, t)); };
    double product = 1;
    for (int t = 1; t <= step; ++t) product *= momentum(t);
    m = beta_1 * m + (1 - beta_1) * g;
    v = beta_2 * v + (1 - beta_2) * g * g;
    const double ahead =
        momentum(step + 1) * m / (1 - product * momentum(step + 1)) + (1 - momentum(step)) * g / (1 - product);
    return w - kRate * ahead / (std::sqrt(v / (1 - std::pow(beta_2, step))) + epsilon);
  };
}

/// Chen et al. 2023, algorithm 2, without its decay.
StepByHand lion(double beta_1, double beta_2) {
  return [=](double w, double g, int, std::array<double, 4>& slots) {
    double& m = slots[0];
    const double c = beta_1 * m + (1 - beta_1) * g;
    m = beta_2 * m + (1 - beta_2) * g;
    return w - kRate * (c > 0 ? 1 : c < 0 ? -1 : 0);
  };
}

/// McMahan et al. 2013, algorithm 1, with Keras's power, shrinkage and beta.
StepByHand ftrl(const Ftrl& o) {
  return [=](double w, double g, int step, std::array<double, 4>& slots) {
    auto& [n, z, unused, unused_too] = slots;
    if (step == 1) n = o.initial_accumulator_value;
    const double before = std::pow(n, -o.learning_rate_power), after = std::pow(n + g * g, -o.learning_rate_power);
    z += g + 2 * o.l2_shrinkage_regularization_strength * w - (after - before) / kRate * w;
    n += g * g;
    const double l1 = o.l1_regularization_strength;
    const double l2 = o.l2_regularization_strength + o.beta / (2 * kRate);
    return std::abs(z) <= l1 ? 0 : ((z > 0 ? l1 : -l1) - z) / (after / kRate + 2 * l2);
  };
}

Ftrl ftrl_of_all() {
  return {.learning_rate = kRate,
          .learning_rate_power = -0.25,
          .initial_accumulator_value = 0.5,
          .l1_regularization_strength = 0.25,
          .l2_regularization_strength = 0.125,
          .l2_shrinkage_regularization_strength = 0.0625,
          .beta = 0.375};
}

std::vector<OptimizerRow> optimizer_table() {
  std::vector<OptimizerRow> table = {
      {"SGD", SGD{.learning_rate = kRate}, plain_sgd()},
      {"momentum", SGD{.learning_rate = kRate, .momentum = 0.75}, momentum_sgd(0.75, false)},
      {"Nesterov", SGD{.learning_rate = kRate, .momentum = 0.75, .nesterov = true}, momentum_sgd(0.75, true)},
      {"Adam", Adam{.learning_rate = kRate}, adam(0.9, 0.999, 1e-7, false)},
      {"Adam's betas", Adam{.learning_rate = kRate, .beta_1 = 0.5, .beta_2 = 0.75, .epsilon = 0.125},
       adam(0.5, 0.75, 0.125, false)},
      {"amsgrad", Adam{.learning_rate = kRate, .beta_2 = 0.5, .amsgrad = true}, adam(0.9, 0.5, 1e-7, true)},
      {"AdamW", AdamW{.learning_rate = kRate}, adam(0.9, 0.999, 1e-7, false, 0.004)},
      {"AdamW, amsgrad", AdamW{.learning_rate = kRate, .weight_decay = 0.5, .beta_2 = 0.5, .amsgrad = true},
       adam(0.9, 0.5, 1e-7, true, 0.5)},
      {"RMSprop", RMSprop{.learning_rate = kRate}, rmsprop(0.9, 0, 1e-7, false)},
      {"RMSprop's momentum", RMSprop{.learning_rate = kRate, .rho = 0.75, .momentum = 0.5, .epsilon = 0.125},
       rmsprop(0.75, 0.5, 0.125, false)},
      {"RMSprop, centered",
       RMSprop{.learning_rate = kRate, .rho = 0.5, .momentum = 0.25, .epsilon = 0.125, .centered = true},
       rmsprop(0.5, 0.25, 0.125, true)},
      {"RMSprop, centered, no momentum", RMSprop{.learning_rate = kRate, .epsilon = 0.125, .centered = true},
       rmsprop(0.9, 0, 0.125, true)},
      {"Adagrad", Adagrad{.learning_rate = kRate}, adagrad(0.1, 1e-7)},
      {"Adagrad's start", Adagrad{.learning_rate = kRate, .initial_accumulator_value = 2, .epsilon = 0.125},
       adagrad(2, 0.125)},
      {"Adadelta", Adadelta{.learning_rate = kRate}, adadelta(0.95, 1e-7)},
      {"Adadelta's rho", Adadelta{.learning_rate = kRate, .rho = 0.5, .epsilon = 0.125}, adadelta(0.5, 0.125)},
      {"Adamax", Adamax{.learning_rate = kRate}, adamax(0.9, 0.999, 1e-7)},
      {"Adamax's betas", Adamax{.learning_rate = kRate, .beta_1 = 0.5, .beta_2 = 0.75, .epsilon = 0.125},
       adamax(0.5, 0.75, 0.125)},
      {"Nadam", Nadam{.learning_rate = kRate}, nadam(0.9, 0.999, 1e-7)},
      {"Nadam's betas", Nadam{.learning_rate = kRate, .beta_1 = 0.5, .beta_2 = 0.75, .epsilon = 0.125},
       nadam(0.5, 0.75, 0.125)},
      {"Lion", Lion{.learning_rate = kRate}, lion(0.9, 0.99)},
      {"Lion's betas", Lion{.learning_rate = kRate, .beta_1 = 0.25, .beta_2 = 0.75}, lion(0.25, 0.75)},
      {"Ftrl", Ftrl{.learning_rate = kRate}, ftrl({})},
      {"Ftrl, all of it", ftrl_of_all(), ftrl(ftrl_of_all())},
  };
  for (const OptimizerOptions& options :
       {OptimizerOptions{.clipnorm = 2}, OptimizerOptions{.clipvalue = 1.5}, OptimizerOptions{.global_clipnorm = 2},
        OptimizerOptions{.weight_decay = 0.25}, OptimizerOptions{.clipnorm = 100},
        OptimizerOptions{.clipvalue = 0.5, .weight_decay = 0.125}}) {
    table.push_back({"SGD, clipped or decayed", SGD{.learning_rate = kRate, .momentum = 0.75, .options = options},
                     momentum_sgd(0.75, false), options});
    table.push_back({"Adam, clipped or decayed", Adam{.learning_rate = kRate, .epsilon = 0.125, .options = options},
                     adam(0.9, 0.999, 0.125, false), options});
    table.push_back({"RMSprop, clipped or decayed",
                     RMSprop{.learning_rate = kRate, .epsilon = 0.125, .options = options},
                     rmsprop(0.9, 0, 0.125, false), options});
  }
  return table;
}

TEST_CASE("optimizers: steps by hand, with all their options", "[optimizer][optimizer_steps]") {
  for (const OptimizerRow& row : optimizer_table()) {
    RecordedSteps recorded(row.optimizer);
    const std::vector<std::vector<Numbers>> by_hand = steps_by_hand(row);
    for (int step = 1; step <= kSteps; ++step) {
      recorded.take(step);
      INFO(row.what << ", " << row.optimizer.config().str() << ", step " << step);
      for (size_t i = 0; i < kWeights.size(); ++i) {
        for (int64_t k = 0; k < recorded.weight(i).size(); ++k) {
          CHECK(recorded.weight(i).at(k) ==
                Approx(by_hand[static_cast<size_t>(step - 1)][i][static_cast<size_t>(k)]).epsilon(2e-6).margin(2e-6));
        }
      }
    }
  }
}

TEST_CASE("optimizers: every name that there is has a row", "[optimizer][optimizer_steps]") {
  std::set<std::string> in_table;
  for (const OptimizerRow& row : optimizer_table()) in_table.insert(row.optimizer.name());
  // Those that mix elements: optimizer_norms_test.cc. Of the last two, Keras's steps: optimizers_more.json.
  in_table.merge(std::set<std::string>{"adafactor", "lamb", "muon", "schedule_free_adam_w"});
  CHECK(in_table == known_names<Optimizer>());
}

}  // namespace
}  // namespace reel::testing
