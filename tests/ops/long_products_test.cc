// Products over very many steps, against what they come to exactly: a part of 256 steps at most is rounded step by
// step, and parts are added one after the other, so that the error is at most (256 + parts) units of the sum of
// magnitudes.
#include <catch2/catch.hpp>
#include <cmath>

#include "reel/autodiff/tape.h"
#include "reel/graph/random.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

constexpr int64_t kDepth = 256;
constexpr double kUnit = 0x1p-24;
/// What random signs leave of the error: roundings go either way, and partial sums are small.
constexpr double kRandomSigns = 0.02;

int64_t rounded_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

double most_error(int64_t steps, int64_t parts) { return kUnit * static_cast<double>(std::min(steps, kDepth) + parts); }

/// Of equal magnitudes, with signs that a seed gives.
Tensor with_signs(const Shape& shape, double magnitude, uint64_t seed) {
  Random random(seed);
  Tensor values = Tensor::full(shape, magnitude);
  for (float& value : values.data<float>()) value = random.below(2) ? value : -value;
  return values;
}

double square_of(double number) { return static_cast<double>(static_cast<float>(number)) * static_cast<float>(number); }

TEST_CASE("long products: of equal numbers, and of random signs", "[long_sums]") {
  for (const int64_t k : {257, 1000, 100000, 1000000}) {
    for (const int64_t m : {1, 9}) {
      for (const double number : {0.1, 0.7, 3.3}) {
        const Tensor equal = Tensor::full({m, k}, number), signs = with_signs({m, k}, number, 1);
        const Tensor row = Tensor::full({k, 1}, number), signs_of_row = with_signs({k, 1}, number, 2);
        Tape tape;
        const Var a = tape.input({rows, k}), b = tape.parameter(row), c = tape.parameter(signs_of_row);
        Program program = tape.compile({matmul(a, b), matmul(a, c)});
        INFO(number << ", " << m << " rows, " << k << " steps");
        const double magnitudes = square_of(number) * static_cast<double>(k);
        const double most = most_error(k, rounded_up(k, kDepth));
        CHECK(std::abs(program.run({equal})[0].at(m - 1) / magnitudes - 1) <= most);
        double exact = 0;
        for (int64_t i = 0; i < k; ++i) exact += signs.at((m - 1) * k + i) * signs_of_row.at(i);
        CHECK(std::abs(program.run({signs})[1].at(m - 1) - exact) <= kRandomSigns * most * magnitudes);
      }
    }
  }
}

TEST_CASE("long products: over very many rows at once", "[long_sums]") {
  constexpr int64_t kRows = 1000000;
  for (const double number : {0.1, 0.7, 3.3}) {
    Tape tape;
    const Var x = tape.parameter(Tensor::full({kRows, 2}, number));
    const Tensor product = value_of(matmul_tn(x, x));
    const double exact = square_of(number) * kRows;
    // A leaf has 1024 rows, and a tree joins leaves: its ten levels round once each.
    CHECK(std::abs(product.at(3) / exact - 1) <= most_error(kDepth, 4 + 10));
  }
}

/// A recurrence's weight gradient: the sum over all steps and rows of x^T d, where d is what each step's loss gives.
Tensor weight_gradient(const Tensor& x, const Tensor& d) {
  const int64_t steps = x.shape()[1], inputs = x.shape()[2], units = d.shape()[2];
  Tape tape;
  const Var in = tape.input({rows, steps, inputs}), adjoint = tape.input({rows, steps, units}),
            w = tape.parameter(Tensor::zeros({inputs, units}));
  std::vector<Var> losses;
  for (int64_t t = 0; t < steps; ++t) {
    losses.push_back(sum(matmul(select(in, 1, t), w) * select(adjoint, 1, t)));
  }
  Targets targets{.outputs = {tape.gradient(add_n(losses), w)}, .inputs = {in, adjoint}};
  return tape.compile(std::move(targets)).run({x, d})[0];
}

TEST_CASE("long products: gradients of weights over 500 steps of 128 rows", "[long_sums]") {
  constexpr int64_t kRows = 128, kSteps = 500, kTogether = 8;
  const double most = most_error(kDepth, rounded_up(kSteps, kTogether));
  for (const auto& [inputs, units] : {std::pair<int64_t, int64_t>{3, 2}, {40, 70}}) {  // as they lie, and packed
    const Shape shape_of_x{kRows, kSteps, inputs}, shape_of_d{kRows, kSteps, units};
    for (const double number : {0.1, 0.7, 3.3}) {
      INFO(number << ", " << inputs << " x " << units);
      const double magnitudes = square_of(number) * kRows * kSteps;
      const Tensor equal = weight_gradient(Tensor::full(shape_of_x, number), Tensor::full(shape_of_d, number));
      CHECK(std::abs(equal.at(inputs * units - 1) / magnitudes - 1) <= most);

      const Tensor x = with_signs(shape_of_x, number, 3), d = with_signs(shape_of_d, number, 4);
      double exact = 0;
      for (int64_t i = 0; i < kRows * kSteps; ++i) exact += x.at((i + 1) * inputs - 1) * d.at((i + 1) * units - 1);
      const Tensor random = weight_gradient(x, d);
      CHECK(std::abs(random.at(inputs * units - 1) - exact) <= kRandomSigns * most * magnitudes);
    }
  }
}

}  // namespace
}  // namespace reel
