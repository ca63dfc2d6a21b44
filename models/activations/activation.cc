#include "reel/models/activations/activation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "reel/graph/warning.h"
#include "reel/models/describe/family.h"
#include "reel/models/describe/json.h"
#include "reel/models/describe/users_code.h"

namespace reel {
namespace {

Var number(Var like, double value) { return like.graph().constant(value, like.dtype()); }

/// x where x > 0, else `negative`. At 0 the gradient is that of `negative`, as in JAX.
Var where_positive(Var x, Var positive, Var negative) { return where(greater(x, number(x, 0)), positive, negative); }

/// exp(x) - 1 for x <= 0, and 0 above, where exp could overflow.
Var expm1_below_zero(Var x) { return expm1(where_positive(x, number(x, 0), x)); }

/// x gate(x), whose gate is 0 below -far and 1 above far: there it is 0, and x, also where x or what the gate computes
/// on its way is infinite.
template <class Gate>
Var gated(Var x, double far, Gate&& gate) {
  const Var high = number(x, far), low = number(x, -far), is_high = greater(x, high);
  const Var near = where(is_high, high, where(greater(low, x), low, x));
  return where(is_high, x, near * gate(near));
}

/// Where sigmoid, and what else falls off as an exponential, is 0 in float64, too.
constexpr double kFar = 1000;

struct Named {
  Names names;
  Var (*function)(Var);
  Flow::Of of = Flow::Of::any;
};

constexpr Named kActivations[] = {
    {{"linear"}, linear},
    {{"relu"}, relu},
    {{"sigmoid"}, sigmoid, Flow::Of::sigmoid},
    {{"tanh"}, tanh},
    {{"softmax"}, softmax, Flow::Of::softmax},
    {{"log_softmax"}, log_softmax},
    {{"softplus"}, softplus},
    {{"softsign"}, softsign},
    {{"elu"}, elu},
    {{"selu"}, selu},
    {{"celu"}, celu},
    {{"gelu"}, gelu},
    {{"gelu_tanh"}, gelu_tanh},
    {{"silu", "swish"}, silu},
    {{"mish"}, mish},
    {{"leaky_relu"}, leaky_relu},
    {{"relu6"}, relu6},
    {{"hard_sigmoid"}, hard_sigmoid},
    {{"hard_silu", "hard_swish"}, hard_silu},
    {{"hard_tanh"}, hard_tanh},
    {{"exponential"}, exponential},
    {{"log_sigmoid"}, log_sigmoid},
    {{"squareplus"}, squareplus},
    {{"glu"}, glu},
    {{"hard_shrink"}, hard_shrink},
    {{"soft_shrink"}, soft_shrink},
    {{"tanh_shrink"}, tanh_shrink},
    {{"sparse_plus"}, sparse_plus},
    {{"sparse_sigmoid"}, sparse_sigmoid},
    {{"sparsemax"}, sparsemax},
};

using Users = Registry<std::function<Var(Var)>>;
Users& users() {
  static Users registered;
  return registered;
}

/// Keras's function that this is, or null.
const Named* known_as(const std::function<Var(Var)>& function) {
  const auto* plain = function.target<Var (*)(Var)>();
  for (const Named& known : kActivations) {
    if (plain != nullptr && known.function == *plain) return &known;
  }
  return nullptr;
}

}  // namespace

Var linear(Var x) { return x; }

Var softmax(Var x) {
  if (x.shape().rank() > 0 && x.shape().back() == 1) {
    warn(fmt::format(
        "softmax: over the last axis of {}, of one element, it is always 1; a single unit takes a sigmoid{}",
        x.type().str(), in_layer(x.graph(), x.graph().node(x))));
  }
  return softmax(x, -1);
}

Var softmax(Var x, int axis) {
  const Var e = exp(x - stop_gradient(reduce_max(x, axis, true)));
  return e / reduce_sum(e, axis, true);
}

/// The largest x is taken out, with its gradient: of it, the logarithm is -log1p(sum of the others' exp(x - largest)),
/// which is exact where it is certain.
Var log_softmax(Var x) {
  const Var zero = number(x, 0), is_largest = one_hot(argmax(x), x.shape().back(), {.dtype = x.dtype()});
  const Var largest = reduce_sum(where(is_largest, x, zero), -1, true);
  const Var below = where(is_largest, where(equal(x, x), zero, x), x - largest);  // 0 of the largest itself, unless NaN
  return below - log1p(reduce_sum(where(is_largest, zero, exp(below)), -1, true));
}

Var elu(Var x) { return elu(x, 1); }
Var elu(Var x, double alpha) {
  const Var below = expm1_below_zero(x);
  return where_positive(x, x, alpha == 1 ? below : alpha * below);
}

Var selu(Var x) {
  constexpr double kAlpha = 1.6732632423543772848170429916717, kScale = 1.0507009873554804934193349852946;
  return kScale * where_positive(x, x, kAlpha * expm1_below_zero(x));
}

Var celu(Var x) { return where_positive(x, x, expm1_below_zero(x)); }
Var gelu(Var x) {
  return gated(x, kFar, [](Var near) { return 0.5 * erfc(near * -std::numbers::sqrt2 / 2); });
}

/// x (1 + tanh(z)) / 2 = x sigmoid(2 z), which keeps its digits where tanh is close to -1.
Var gelu_tanh(Var x) {
  constexpr double kCubicFar = 22;
  return gated(x, kCubicFar, [](Var near) {
    return sigmoid(2 * std::sqrt(2.0 / std::numbers::pi) * (near + 0.044715 * (near * near * near)));
  });
}

Var silu(Var x) { return gated(x, kFar, sigmoid); }
Var mish(Var x) {
  return gated(x, kFar, [](Var near) { return tanh(softplus(near)); });
}
Var leaky_relu(Var x) { return leaky_relu(x, 0.2); }
Var leaky_relu(Var x, double slope) { return where(greater_equal(x, number(x, 0)), x, slope * x); }

/// Gradient 0 at both bounds. A NaN is not as large as 6, and so stays one.
Var relu6(Var x) {
  const Var low = relu(x), high = number(x, 6);
  return where(greater_equal(low, high), high, low);
}

Var hard_sigmoid(Var x) { return relu6(x + 3.0) / 6.0; }
Var hard_silu(Var x) { return gated(x, kFar, hard_sigmoid); }

/// Gradient 1 at both bounds, as in JAX; minimum and maximum would halve it there.
Var hard_tanh(Var x) {
  const Var low = number(x, -1), high = number(x, 1);
  return where(greater(x, high), high, where(greater(low, x), low, x));
}

Var exponential(Var x) { return exp(x); }
Var log_sigmoid(Var x) { return -softplus(-x); }

Var glu(Var x) {
  const std::vector<Var> halves = split(x, 2);
  return halves[0] * sigmoid(halves[1]);
}

Var hard_shrink(Var x) { return hard_shrink(x, 0.5); }
Var hard_shrink(Var x, double width) { return where(greater(abs(x), number(x, width)), x, number(x, 0)); }

Var soft_shrink(Var x) { return soft_shrink(x, 0.5); }
Var soft_shrink(Var x, double width) {
  return where(greater(x, number(x, width)), x - width, where(greater(number(x, -width), x), x + width, number(x, 0)));
}

Var threshold(Var x, double threshold, double otherwise) {
  return where(greater(x, number(x, threshold)), x, number(x, otherwise));
}

Var tanh_shrink(Var x) { return x - tanh(x); }

Var sparse_plus(Var x) {
  const Var near = 0.25 * square(hard_tanh(x) + 1.0);
  return where(greater_equal(x, number(x, 1)), x, near);
}

/// Of x in descending order, those belong to the support that are above (their sum up to there - 1) / count. Keras adds
/// up these sums where the paper has the last of them: both agree where one element is left.
Var sparsemax(Var x) {
  const int64_t n = x.shape().back();
  const Var ordered = sort(x, -1, true), counts = cast(x.graph().constant(Tensor::arange(1, n + 1.0)), x.dtype());
  const Var sums = cumsum(ordered), supports = stop_gradient(ordered > (sums - 1.0) / counts);
  const Var shift = (reduce_sum(where(supports, sums, 0.0), -1, true) - 1.0) / reduce_sum(supports, -1, true);
  return maximum(x - shift, 0.0);
}

Var sparse_sigmoid(Var x) { return 0.5 * (hard_tanh(x) + 1.0); }

Activation::Activation(Var (*function)(Var)) : Activation("custom", std::function<Var(Var)>(function)) {
  if (const Named* known = known_as(function_)) {
    name_ = known->names[0];
    of_ = known->of;
  }
}

Activation::Activation(std::string_view name) : name_(name) {
  if (auto function = users().find(name)) {
    function_ = *std::move(function);
  } else {
    const Named& known = entry_named<Named>("activation", name, {kActivations});
    name_ = known.names[0];
    function_ = known.function;
    of_ = known.of;
  }
}

Activation::Activation(const char* name) : Activation(given_name("activation", name)) {}

Activation::Activation(std::string name, std::function<Var(Var)> function)
    : name_(std::move(name)), function_(require_function(std::move(function), "activation")) {}

Var Activation::operator()(Var x) const { return require_var(function_(x), x.graph(), {"activation", name_}); }

Flow Activation::operator()(Var x, Var mask) const {
  const Var value = (*this)(x);
  return of_ == Flow::Of::any ? Flow(value, mask) : Flow(value, mask, of_, x);
}

/// Keras writes its own functions by name alone.
Config Activation::config() const {
  if (const Named* known = known_as(function_)) return config_of(known->names[0]);
  if (!users().find(name_)) {
    throw ValueError("activation: a function has no config unless it is registered, under a name \"package>name\"");
  }
  return config_of(
      Json{{"module", nullptr}, {"class_name", "function"}, {"config", name_}, {"registered_name", name_}});
}

Activation Activation::from_config(const Config& config) {
  const Json& json = json_of(config);
  if (json.is_null()) return linear;
  std::string name;
  if (is_text(config, name)) return name;
  const Serialized parsed = parse_serialized("activation", config);
  if (!is_text(parsed.config, name)) {
    throw ValueError(fmt::format("activation: expected a function's name, got {}", excerpt_of(json)));
  }
  return name;
}

void register_activation(std::string name, std::function<Var(Var)> function) {
  users().add("activation", std::move(name), require_function(std::move(function), "activation"));
}

}  // namespace reel
