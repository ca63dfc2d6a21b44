#include "reel/models/activation.h"

#include <cmath>
#include <numbers>

#include "reel/models/names.h"
#include "reel/models/users_code.h"

namespace reel {
namespace {

Var number(Var like, double value) { return like.graph().constant(value, like.dtype()); }

/// x where x > 0, else `negative`. At 0 the gradient is that of `negative`, as in JAX.
Var where_positive(Var x, Var positive, Var negative) { return where(greater(x, number(x, 0)), positive, negative); }

/// exp(x) - 1 for x <= 0, and 0 above, where exp could overflow.
Var expm1_below_zero(Var x) { return expm1(where_positive(x, number(x, 0), x)); }

struct Named {
  Names names;
  Var (*function)(Var);
};

constexpr Named kActivations[] = {
    {{"linear"}, linear},
    {{"relu"}, relu},
    {{"sigmoid"}, sigmoid},
    {{"tanh"}, tanh},
    {{"softmax"}, softmax},
    {{"log_softmax"}, log_softmax},
    {{"softplus"}, softplus},
    {{"softsign"}, softsign},
    {{"elu"}, elu},
    {{"selu"}, selu},
    {{"celu"}, celu},
    {{"gelu"}, gelu},
    {{"gelu_tanh"}, gelu_tanh},
    {{"silu"}, silu},
    {{"swish"}, silu},
    {{"mish"}, mish},
    {{"leaky_relu"}, leaky_relu},
    {{"relu6"}, relu6},
    {{"hard_sigmoid"}, hard_sigmoid},
    {{"hard_silu"}, hard_silu},
    {{"hard_swish"}, hard_silu},
    {{"hard_tanh"}, hard_tanh},
    {{"exponential"}, exponential},
    {{"log_sigmoid"}, log_sigmoid},
    {{"squareplus"}, squareplus},
};

}  // namespace

Var linear(Var x) { return x; }

Var softmax(Var x) {
  const Var e = exp(x - stop_gradient(reduce_max(x, -1, true)));
  return e / reduce_sum(e, -1, true);
}

Var log_softmax(Var x) {
  const Var shifted = x - stop_gradient(reduce_max(x, -1, true));
  return shifted - log(reduce_sum(exp(shifted), -1, true));
}

Var softsign(Var x) { return x / (1.0 + abs(x)); }
Var elu(Var x) { return where_positive(x, x, expm1_below_zero(x)); }

Var selu(Var x) {
  constexpr double kAlpha = 1.6732632423543772848170429916717, kScale = 1.0507009873554804934193349852946;
  return kScale * where_positive(x, x, kAlpha * expm1_below_zero(x));
}

Var celu(Var x) { return where_positive(x, x, expm1_below_zero(x)); }
Var gelu(Var x) { return 0.5 * x * (1.0 + erf(x / std::numbers::sqrt2)); }

Var gelu_tanh(Var x) {
  const Var inner = std::sqrt(2.0 / std::numbers::pi) * (x + 0.044715 * (x * x * x));
  return 0.5 * x * (1.0 + tanh(inner));
}

Var silu(Var x) { return x * sigmoid(x); }
Var mish(Var x) { return x * tanh(softplus(x)); }
Var leaky_relu(Var x) { return where(greater_equal(x, number(x, 0)), x, 0.2 * x); }

/// Gradient 0 at both bounds. A NaN is not as large as 6, and so stays one.
Var relu6(Var x) {
  const Var low = relu(x), high = number(x, 6);
  return where(greater_equal(low, high), high, low);
}

Var hard_sigmoid(Var x) { return relu6(x + 3.0) / 6.0; }
Var hard_silu(Var x) { return x * hard_sigmoid(x); }

/// Gradient 1 at both bounds, as in JAX; minimum and maximum would halve it there.
Var hard_tanh(Var x) {
  const Var low = number(x, -1), high = number(x, 1);
  return where(greater(x, high), high, where(greater(low, x), low, x));
}

Var exponential(Var x) { return exp(x); }
Var log_sigmoid(Var x) { return -softplus(-x); }
Var squareplus(Var x) { return 0.5 * (x + sqrt(square(x) + 4.0)); }

Activation::Activation(Var (*function)(Var)) : Activation("custom", std::function<Var(Var)>(function)) {
  for (const Named& known : kActivations) {
    if (known.function == function) {
      name_ = known.names[0];
      return;
    }
  }
}

Activation::Activation(std::string_view name)
    : name_(name), function_(entry_named<Named>("activation", name, {kActivations}).function) {}

Activation::Activation(const char* name) : Activation(given_name("activation", name)) {}

Activation::Activation(std::string name, std::function<Var(Var)> function)
    : name_(std::move(name)), function_(require_function(std::move(function), "activation")) {}

Var Activation::operator()(Var x) const { return require_var(function_(x), x.graph(), {"activation", name_}); }

}  // namespace reel
