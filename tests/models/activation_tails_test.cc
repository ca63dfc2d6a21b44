// Activations where a formula put together naively keeps no digit: tails, small arguments, infinities. The right values
// are of 40 digits.
#include <catch2/catch.hpp>
#include <limits>
#include <string>

#include "ops/simd_targets.h"
#include "reel/autodiff/tape.h"
#include "reel/models/activations/activation.h"

namespace reel {
namespace {

struct Point {
  const char* name;
  double x, y;
};

/// y and its derivative at one point.
struct Found {
  double y, derivative;
};

Found found_at(const char* name, double at, DType dtype = DType::f32) {
  Tape tape;
  const Var x = tape.parameter(Tensor::full({1, 1}, at, dtype)), y = Activation(name)(x);
  return {value_of(y).item(), value_of(tape.gradient(sum(y), x)).item()};
}

TEST_CASE("activations keep their digits in the tails and near zero", "[activation]") {
  const Point points[] = {
      {"gelu", -5.5, -1.04442593562e-7},
      {"gelu", -6, -5.91952587023e-9},
      {"gelu", -8, -4.97676845942e-15},
      {"gelu", -12, -2.13177853449e-32},
      {"gelu", -1e-6, -4.99999601058e-7},
      {"gelu_tanh", -4, -7.02459481924e-5},
      {"gelu_tanh", -5, -2.29179619663e-7},
      {"gelu_tanh", -6, -8.43964670076e-11},
      {"gelu_tanh", -8, -3.1077829375e-21},
      {"gelu_tanh", 1e30, 1e30},
      {"squareplus", -10, 0.0990195135928},
      {"squareplus", -1e4, 9.9999999e-5},
      {"squareplus", -1e6, 9.99999999999e-7},
      {"squareplus", 1e20, 1e20},
      {"squareplus", 3e38, 3e38},
      {"silu", -20, -4.12230723638e-8},
      {"mish", -20, -4.12230724063e-8},
      {"mish", -1e-5, -5.99996799998e-6},
      {"log_sigmoid", 20, -2.06115362031e-9},
      {"softplus", -20, 2.06115362031e-9},
  };
  for (const int64_t target : testing::runnable_targets()) {
    const testing::OnTarget on(target);
    for (const auto& [name, x, y] : points) {
      INFO(name << "(" << x << ") on " << hwy::TargetName(target));
      CHECK(found_at(name, x).y == Approx(y).epsilon(2e-5));  // what one unit of the argument changes
    }
  }
}

TEST_CASE("derivatives of activations keep their digits in the tails", "[activation]") {
  const Point points[] = {
      {"squareplus", -10, 0.00970966215454},
      {"squareplus", -1e4, 9.9999997e-9},
      {"squareplus", 1e20, 1},
      {"softsign", 1e4, 9.99800029996e-9},
      {"softsign", 1e6, 9.99998000003e-13},
      {"softsign", -1e8, 9.9999998e-17},
      {"elu", -10, 4.53999297625e-5},
      {"elu", -20, 2.06115362244e-9},
      {"celu", -30, 9.35762296884e-14},
      {"selu", -20, 3.62371282499e-9},
      {"gelu_tanh", 1e30, 1},
      {"gelu_tanh", -1e30, 0},
  };
  for (const auto& [name, x, derivative] : points) {
    INFO(name << "'(" << x << ")");
    CHECK(found_at(name, x).derivative == Approx(derivative).epsilon(1e-5));
  }
}

TEST_CASE("activations have their limits at infinity, and so have their derivatives", "[activation]") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const char* name : {"gelu", "gelu_tanh", "silu", "mish", "hard_silu", "softplus", "squareplus", "exponential"}) {
    INFO(name);
    CHECK(found_at(name, -infinity).y == 0);
    CHECK(found_at(name, infinity).y == infinity);
    CHECK(found_at(name, -infinity).derivative == 0);
    if (name != std::string("exponential")) CHECK(found_at(name, infinity).derivative == 1);
  }
  for (const char* name : {"gelu", "gelu_tanh", "silu", "mish", "hard_silu"}) {
    for (const double x : {-1e308, -1e160, -2000.0}) {
      INFO(name << "(" << x << ") in float64");
      CHECK(found_at(name, x, DType::f64).y == 0);
      CHECK(found_at(name, x, DType::f64).derivative == 0);
      CHECK(found_at(name, -x, DType::f64).y == -x);
      CHECK(found_at(name, -x, DType::f64).derivative == 1);
    }
  }
  CHECK(found_at("gelu_tanh", -17, DType::f64).y == Approx(-1.58e-163).epsilon(0.01));
  for (const char* name : {"softsign", "tanh", "hard_tanh", "elu", "celu"}) CHECK(found_at(name, -infinity).y == -1);
  for (const char* name : {"softsign", "tanh", "hard_tanh", "sigmoid"}) CHECK(found_at(name, infinity).y == 1);
}

TEST_CASE("log_softmax is exact where one class is certain, and of classes that are impossible", "[activation]") {
  const auto of = [](const std::vector<float>& x) {
    Tape tape;
    const Tensor row = Tensor::of({1, static_cast<int64_t>(x.size())}, x);
    return value_of(log_softmax(tape.parameter(row)));
  };
  CHECK(of({0, 20}).at(1) == Approx(-2.06115362031e-9).epsilon(1e-6));
  CHECK(of({0, 12}).at(1) == Approx(-6.14419347773e-6).epsilon(1e-6));
  CHECK(of({-3, 30}).at(1) == Approx(-4.6588861451e-15).epsilon(1e-5));
  const float infinity = std::numeric_limits<float>::infinity();
  const Tensor impossible = of({-infinity, 2, 1});
  CHECK(impossible.at(0) == -infinity);
  CHECK(impossible.at(1) == Approx(-0.31326168751822));
  CHECK(of({-3e38f, 3e38f}).at(1) == 0);
}

}  // namespace
}  // namespace reel
