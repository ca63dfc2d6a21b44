// Every optimizer's steps by hand, in double: the equations of the papers, with each of their options, and what clips
// and decays before them. An optimizer without a row here fails a test.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "models/known_names.h"
#include "reel/autodiff/tape.h"
#include "reel/models/optimizers/optimizer.h"
#include "reel/ops/ops.h"

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
  GradientOptions gradient = {};  ///< as the optimizer's, which happens to all gradients before
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

void clip_by_hand(std::vector<Numbers>& gradients, const GradientOptions& options) {
  const double all = length(gradients);
  for (Numbers& g : gradients) {
    const double own = length({g});
    for (double& element : g) {
      if (options.clipnorm > 0 && own > options.clipnorm) element *= options.clipnorm / own;
      if (options.clipvalue > 0) element = std::clamp(element, -options.clipvalue, options.clipvalue);
      if (options.global_clipnorm > 0 && all > options.global_clipnorm) element *= options.global_clipnorm / all;
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
    clip_by_hand(gradients, row.gradient);
    for (size_t i = 0; i < weights.size(); ++i) {
      for (size_t k = 0; k < weights[i].size(); ++k) {
        double& w = weights[i][k];
        w -= w * row.gradient.weight_decay * kRate;
        w = row.step(w, gradients[i][k], step, slots[i][k]);
      }
    }
    after.push_back(weights);
  }
  return after;
}

/// The same, as a program that the optimizer records.
class RecordedSteps {
 public:
  explicit RecordedSteps(const Optimizer& optimizer) : optimizer_(optimizer) {
    std::vector<Var> weights, gradients, scalars;
    std::vector<std::vector<Var>> slots;
    for (const Numbers& w : kWeights) {
      const Shape shape{static_cast<int64_t>(w.size())};
      weights_.push_back(Tensor::of(shape, w).cast(DType::f32));
      weights.push_back(tape_.parameter(weights_.back()));
      gradients.push_back(tape_.input(shape));
      slots.emplace_back();
      for (size_t i = 0; i < optimizer.slots().size(); ++i) {
        slots.back().push_back(tape_.parameter(Tensor::zeros(shape)));
      }
    }
    for (size_t i = 0; i < std::tuple_size_v<StepScalars>; ++i) {
      scalars_.push_back(Tensor::scalar(0));
      scalars.push_back(tape_.parameter(scalars_.back()));
    }
    const auto updated = optimizer.update(weights, gradients, slots, scalars);
    Targets targets{.inputs = gradients};
    for (size_t i = 0; i < weights.size(); ++i) {
      targets.assignments.push_back({weights[i], updated[i].weight});
      for (size_t k = 0; k < slots[i].size(); ++k) targets.assignments.push_back({slots[i][k], updated[i].slots[k]});
    }
    program_ = tape_.compile(std::move(targets));
  }

  const std::vector<Tensor>& take(int step) {
    const StepScalars now = optimizer_.scalars(optimizer_.learning_rate(), step);
    for (size_t i = 0; i < now.size(); ++i) scalars_[i].data<float>()[0] = static_cast<float>(now[i]);
    std::vector<Tensor> gradients;
    for (size_t i = 0; i < kWeights.size(); ++i) {
      gradients.push_back(Tensor::of(weights_[i].shape(), gradients_at(step, i)).cast(DType::f32));
    }
    program_.run(gradients);
    return weights_;
  }

 private:
  const Optimizer& optimizer_;
  Tape tape_;
  Program program_;
  std::vector<Tensor> weights_, scalars_;
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
  };
  for (const GradientOptions& gradient :
       {GradientOptions{.clipnorm = 2}, GradientOptions{.clipvalue = 1.5}, GradientOptions{.global_clipnorm = 2},
        GradientOptions{.weight_decay = 0.25}, GradientOptions{.clipnorm = 100},
        GradientOptions{.clipvalue = 0.5, .weight_decay = 0.125}}) {
    table.push_back({"SGD, clipped or decayed", SGD{.learning_rate = kRate, .momentum = 0.75, .gradient = gradient},
                     momentum_sgd(0.75, false), gradient});
    table.push_back({"Adam, clipped or decayed", Adam{.learning_rate = kRate, .epsilon = 0.125, .gradient = gradient},
                     adam(0.9, 0.999, 0.125, false), gradient});
    table.push_back({"RMSprop, clipped or decayed",
                     RMSprop{.learning_rate = kRate, .epsilon = 0.125, .gradient = gradient},
                     rmsprop(0.9, 0, 0.125, false), gradient});
  }
  return table;
}

TEST_CASE("optimizers: steps by hand, with all their options", "[optimizer][optimizer_steps]") {
  for (const OptimizerRow& row : optimizer_table()) {
    RecordedSteps recorded(row.optimizer);
    const std::vector<std::vector<Numbers>> by_hand = steps_by_hand(row);
    for (int step = 1; step <= kSteps; ++step) {
      const std::vector<Tensor>& weights = recorded.take(step);
      INFO(row.what << ", clipnorm " << row.gradient.clipnorm << ", clipvalue " << row.gradient.clipvalue
                    << ", global_clipnorm " << row.gradient.global_clipnorm << ", step " << step);
      for (size_t i = 0; i < weights.size(); ++i) {
        for (int64_t k = 0; k < weights[i].size(); ++k) {
          CHECK(weights[i].at(k) ==
                Approx(by_hand[static_cast<size_t>(step - 1)][i][static_cast<size_t>(k)]).epsilon(2e-6).margin(2e-6));
        }
      }
    }
  }
}

TEST_CASE("optimizers: every name that there is has a row", "[optimizer][optimizer_steps]") {
  std::set<std::string> in_table;
  for (const OptimizerRow& row : optimizer_table()) in_table.insert(std::string(row.optimizer.name()));
  CHECK(in_table == known_names<Optimizer>());
}

}  // namespace
}  // namespace reel::testing
