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

constexpr const char* kNames[] = {
    "linear",       "relu",      "sigmoid",   "tanh",        "softmax",     "log_softmax", "softplus",   "softsign",
    "elu",          "selu",      "celu",      "gelu",        "silu",        "mish",        "leaky_relu", "relu6",
    "hard_sigmoid", "hard_silu", "hard_tanh", "exponential", "log_sigmoid", "squareplus",  "gelu_tanh"};

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
  // Of two names of one function, Keras tells the function's own.
  CHECK(Activation("swish").name() == "silu");
  CHECK(Activation("hard_swish").name() == "hard_silu");
  CHECK_THROWS_AS(Activation(""), ValueError);
  CHECK_THROWS_WITH(
      Activation("glue"),
      "activation: \"glue\" is not known, only linear, relu, sigmoid, tanh, softmax, log_softmax, softplus, "
      "softsign, elu, selu, celu, gelu, gelu_tanh, silu, mish, leaky_relu, relu6, hard_sigmoid, hard_silu, "
      "hard_tanh, exponential, log_sigmoid, squareplus, glu, hard_shrink, soft_shrink, tanh_shrink, sparse_plus, "
      "sparse_sigmoid, sparsemax");
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

TEST_CASE("activations: configs are Keras's", "[activation][describe]") {
  for (const char* name : kNames) {
    const Config config = Activation(name).config();
    CHECK(config.str() == std::string("\"") + name + "\"");
    CHECK(Activation::from_config(config).name() == name);
  }
  CHECK(Activation().config().str() == "\"linear\"");
  CHECK(Activation(tanh).config().str() == "\"tanh\"");
  CHECK(Activation::from_config(Config()).name() == "linear");
  CHECK(Activation::from_config(Config::parse(
                                    R"({"module": "builtins", "class_name": "function", "config": "swish",
                                        "registered_name": "function"})"))
            .name() == "silu");
  CHECK_THROWS_WITH(Activation::from_config(Config::parse("3")),
                    Catch::Contains("activation: expected a name or an object") && Catch::Contains("got 3"));
  CHECK_THROWS_WITH(Activation::from_config(Config::parse(R"({"class_name": "LeakyReLU", "config": {}})")),
                    Catch::Contains("activation: expected a function's name"));
  CHECK_THROWS_WITH(Activation::from_config(Config::parse("\"my>unknown\"")), Catch::Contains("\"my>unknown\""));
}

TEST_CASE("activations of one's own have a config once they are registered", "[activation][describe]") {
  const auto twice = [](Var x) { return x + x; };
  const char* const no_config =
      "activation: a function has no config unless it is registered, under a name \"package>name\"";
  CHECK_THROWS_WITH(Activation(twice).config(), no_config);
  CHECK_THROWS_WITH(Activation("relu", twice).config(), no_config);  // which is not Keras's
  CHECK_THROWS_WITH(register_activation("twice", twice),
                    "activation: a class of one's own is named \"package>Name\", got \"twice\"");
  CHECK_THROWS_AS(register_activation("my>none", nullptr), ValueError);
  register_activation("my>twice", twice);
  const Config config = Activation("my>twice").config();
  CHECK(config.str() == R"({"module":null,"class_name":"function","config":"my>twice","registered_name":"my>twice"})");
  Tape tape;
  const Var x = tape.input({rows, 2});
  CHECK(Activation::from_config(config)(x) == x + x);
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
