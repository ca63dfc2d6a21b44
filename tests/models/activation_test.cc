// Activations by name and by function; reel-golden compares their values with Keras's.
#include "reel/models/activations/activation.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "ops/simd_targets.h"
#include "reel/autodiff/tape.h"
#include "reel/graph/error.h"
#include "reel/models/layers/core.h"

namespace reel {
namespace {

constexpr const char* kNames[] = {"linear",      "relu",        "sigmoid",      "tanh",       "softmax",
                                  "log_softmax", "softplus",    "softsign",     "elu",        "selu",
                                  "celu",        "gelu",        "silu",         "swish",      "mish",
                                  "leaky_relu",  "relu6",       "hard_sigmoid", "hard_silu",  "hard_swish",
                                  "hard_tanh",   "exponential", "log_sigmoid",  "squareplus", "gelu_tanh"};

TEST_CASE("activations let a NaN through, and it alone", "[activation]") {
  for (const int64_t target : testing::runnable_targets()) {
    const testing::OnTarget on(target);
    for (const DType dtype : {DType::f32, DType::f64}) {
      Tape tape;
      const Tensor x = Tensor::of<double>({3, 1}, {-1.5, std::numeric_limits<double>::quiet_NaN(), 7}).cast(dtype);
      for (const char* name : kNames) {
        INFO(name << " " << to_string(dtype) << " on " << hwy::TargetName(target));
        const Tensor y = value_of(Activation(name)(tape.parameter(x)));
        for (int i = 0; i < 3; ++i) CHECK(std::isnan(y.at(i)) == (i == 1));
      }
    }
  }
}

TEST_CASE("gradients of activations where they have kinks are Keras's", "[activation]") {
  const auto gradient_at = [](const char* name, double at) {
    Tape tape;
    const Var x = tape.parameter(Tensor::scalar(at));
    return value_of(tape.gradient(Activation(name)(x), x)).item();
  };
  CHECK(gradient_at("relu", 0) == 0);
  CHECK(gradient_at("relu6", 0) == 0);
  CHECK(gradient_at("relu6", 6) == 0);
  CHECK(gradient_at("relu6", 5.9) == 1);
  CHECK(gradient_at("hard_sigmoid", -3) == 0);
  CHECK(gradient_at("hard_sigmoid", 3) == 0);
  CHECK(gradient_at("hard_silu", -3) == 0);
  CHECK(gradient_at("hard_silu", 0) == 0.5);
  CHECK(gradient_at("hard_silu", 3) == 1);
  CHECK(gradient_at("hard_tanh", -1) == 1);
  CHECK(gradient_at("hard_tanh", 1) == 1);
  CHECK(gradient_at("leaky_relu", 0) == 1);
  CHECK(gradient_at("elu", 0) == 1);
  CHECK(gradient_at("celu", 0) == 1);
  CHECK(gradient_at("selu", 0) == Approx(1.7580993));
  CHECK(gradient_at("softsign", 0) == 1);
}

TEST_CASE("activations are found by Keras's names alone", "[activation]") {
  for (const char* name : kNames) CHECK(Activation(name).name() == name);
  CHECK(Activation(std::string("relu")).name() == "relu");
  CHECK_THROWS_AS(Activation(""), ValueError);
  CHECK_THROWS_WITH(
      Activation("glu"),
      "activation: \"glu\" is not known, only linear, relu, sigmoid, tanh, softmax, log_softmax, softplus, "
      "softsign, elu, selu, celu, gelu, gelu_tanh, silu, swish, mish, leaky_relu, relu6, hard_sigmoid, hard_silu, "
      "hard_swish, hard_tanh, exponential, log_sigmoid, squareplus");
}

TEST_CASE("any function of a Var is an activation", "[activation]") {
  Tape tape;
  const Var x = tape.input({rows, 2});
  const double slope = 0.1;
  const std::string name = "relu";
  const DenseOptions options[] = {{.activation = [](Var v) { return square(v); }},
                                  {.activation = [=](Var v) { return slope * v; }},
                                  {.activation = std::function<Var(Var)>(square)},
                                  {.activation = square},
                                  {.activation = relu},
                                  {.activation = name}};
  CHECK(options[0].activation(x) == square(x));
  CHECK(options[1].activation(x) == slope * x);
  CHECK(options[2].activation(x) == square(x));
  CHECK(options[3].activation(x) == square(x));
  for (int i = 0; i < 4; ++i) CHECK(options[i].activation.name() == "custom");
  for (int i = 4; i < 6; ++i) CHECK(options[i].activation.name() == "relu");
  CHECK_NOTHROW(Dense(3, {.activation = [](Var v) { return square(v); }}));
  Activation copied = options[4].activation;
  CHECK(Activation(copied).name() == "relu");
}

TEST_CASE("activations that are none, or give none, are refused", "[activation]") {
  CHECK_THROWS_WITH(Activation(std::function<Var(Var)>{}), "activation: expected a function, got an empty one");
  CHECK_THROWS_AS(Activation(static_cast<Var (*)(Var)>(nullptr)), ValueError);
  CHECK_THROWS_WITH(Activation(static_cast<const char*>(nullptr)), "activation: expected a name, got a null pointer");
  Tape tape;
  const Var x = tape.input({rows, 2});
  CHECK_THROWS_WITH(Activation("odd", [](Var) { return Var{}; })(x), "activation \"odd\": gave an empty Var");
}

}  // namespace
}  // namespace reel
