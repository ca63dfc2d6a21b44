// Optimizers that mix a weight's elements, by hand, in double: Lamb by its norm, Adafactor by rows and columns.
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "golden/optimizer_steps.h"
#include "reel/models/optimizers/optimizers.h"

namespace reel::testing {
namespace {

constexpr int64_t kRows = 3, kColumns = 4, kSize = kRows * kColumns;
constexpr double kRate = 0.125;

using Numbers = std::vector<double>;

Numbers start() {
  Numbers w;
  for (int i = 0; i < kSize; ++i) w.push_back(std::cos(1.0 + i));
  return w;
}
Numbers gradient_at(int step) {
  Numbers g;
  for (int i = 0; i < kSize; ++i) g.push_back(2 * std::sin(1.0 + 3 * i + 2 * step));
  return g;
}

double length(const Numbers& x) {
  double sum = 0;
  for (const double element : x) sum += element * element;
  return std::sqrt(sum);
}
double rms(const Numbers& x) { return length(x) / std::sqrt(static_cast<double>(x.size())); }

/// Whether four steps of the optimizer, on a weight of this shape, are those of `step`.
template <class Step>
void check_steps(const Optimizer& optimizer, const Shape& shape, Step&& step) {
  OptimizerSteps steps(optimizer, {{"w", Tensor::of(shape, start()).cast(DType::f32)}});
  Numbers w = start();
  for (int t = 1; t <= 4; ++t) {
    steps.take({Tensor::of(shape, gradient_at(t)).cast(DType::f32)});
    step(w, gradient_at(t), t);
    INFO(optimizer.config().str() << ", step " << t);
    for (int64_t i = 0; i < kSize; ++i) {
      CHECK(steps.weight(0).at(i) == Approx(w[static_cast<size_t>(i)]).epsilon(4e-6).margin(2e-6));
    }
  }
}

/// You et al. 2020, algorithm 2, without decay.
TEST_CASE("Lamb: steps by hand", "[optimizer][optimizer_steps]") {
  const Lamb lamb{.learning_rate = kRate, .beta_1 = 0.75, .beta_2 = 0.5, .epsilon = 0.01};
  Numbers m(kSize), v(kSize);
  check_steps(lamb, {kRows, kColumns}, [&](Numbers& w, const Numbers& g, int t) {
    Numbers u;
    for (size_t i = 0; i < w.size(); ++i) {
      m[i] = 0.75 * m[i] + 0.25 * g[i];
      v[i] = 0.5 * v[i] + 0.5 * g[i] * g[i];
      u.push_back(m[i] / (1 - std::pow(0.75, t)) / (std::sqrt(v[i] / (1 - std::pow(0.5, t))) + 0.01));
    }
    const double trust = length(w) / length(u);
    for (size_t i = 0; i < w.size(); ++i) w[i] -= kRate * trust * u[i];
  });
}

TEST_CASE("Lamb: a weight of zeros takes steps as they are", "[optimizer]") {
  OptimizerSteps steps(Lamb{.learning_rate = 0.5}, {{"w", Tensor::zeros({2})}});
  steps.take({Tensor::full({2}, 3)});
  CHECK(steps.weight(0).at(0) == Approx(-0.5));
  steps.take({Tensor::zeros({2})});
  CHECK(std::isfinite(steps.weight(0).at(0)));
}

/// Shazeer and Stern 2018, algorithms 4 and 5, with Keras's decay of the mean.
TEST_CASE("Adafactor: steps by hand, of a matrix and of a vector", "[optimizer][optimizer_steps]") {
  const Adafactor adafactor{.learning_rate = kRate, .beta_2_decay = -0.5, .epsilon_2 = 0.01, .clip_threshold = 0.5};
  const auto apply = [](Numbers& w, const Numbers& g, const Numbers& v, int t) {
    Numbers u;
    for (size_t i = 0; i < w.size(); ++i) u.push_back(g[i] / std::sqrt(v[i]));
    const double size = std::max(0.01, rms(w)) * std::min(kRate, 1 / std::sqrt(t)), limit = std::max(1.0, rms(u) / 0.5);
    for (size_t i = 0; i < w.size(); ++i) w[i] -= size * u[i] / limit;
  };
  Numbers r(kRows), c(kColumns), mean(kSize);
  check_steps(adafactor, {kRows, kColumns}, [&](Numbers& w, const Numbers& g, int t) {
    const double kept = 1 - std::pow(t, -0.5);
    for (double& x : r) x *= kept;
    for (double& x : c) x *= kept;
    for (size_t i = 0; i < g.size(); ++i) {
      r[i / kColumns] += (1 - kept) * g[i] * g[i] / kColumns;
      c[i % kColumns] += (1 - kept) * g[i] * g[i] / kRows;
    }
    const double mean_row = (r[0] + r[1] + r[2]) / kRows;
    Numbers v;
    for (size_t i = 0; i < g.size(); ++i) v.push_back(r[i / kColumns] / mean_row * c[i % kColumns]);
    apply(w, g, v, t);
  });
  check_steps(adafactor, {kSize}, [&](Numbers& w, const Numbers& g, int t) {
    const double kept = 1 - std::pow(t, -0.5);
    for (size_t i = 0; i < g.size(); ++i) mean[i] = kept * mean[i] + (1 - kept) * g[i] * g[i];
    apply(w, g, mean, t);
  });
}

TEST_CASE("Adafactor keeps rows and columns of all axes before the last two", "[optimizer]") {
  const std::vector<Slot> slots = Optimizer(Adafactor{}).slots({2, 3, 4});
  REQUIRE(slots.size() == 3);
  CHECK(slots[0].shape == Shape{2, 3});
  CHECK(slots[1].shape == Shape{2, 4});
  CHECK(slots[2].shape == Shape{2, 3, 4});
  OptimizerSteps steps(Adafactor{.learning_rate = 0.5}, {{"w", Tensor::full({2, 3, 4}, 1)}});
  steps.take({Tensor::full({2, 3, 4}, 8)});
  for (int64_t i = 0; i < 24; ++i) CHECK(steps.weight(0).at(i) == Approx(0.5));  // rms(w) times the rate
}

}  // namespace
}  // namespace reel::testing
