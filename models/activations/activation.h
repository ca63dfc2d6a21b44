// Activation functions, with Keras's names and definitions (keras.activations).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "reel/models/activations/flow.h"
#include "reel/models/describe/config.h"
#include "reel/ops/ops.h"

namespace reel {

Var linear(Var x);          ///< x
Var softmax(Var x);         ///< exp(x - max) / sum exp(x - max), along the last axis
Var log_softmax(Var x);     ///< x - max - log sum exp(x - max), along the last axis
Var elu(Var x);             ///< x where x > 0, else exp(x) - 1
Var selu(Var x);            ///< scale * (x where x > 0, else alpha (exp(x) - 1)), Klambauer et al. 2017
Var celu(Var x);            ///< max(x, 0) + min(0, exp(x) - 1)
Var gelu(Var x);            ///< x Phi(x) = x erfc(-x / sqrt 2) / 2
Var gelu_tanh(Var x);       ///< gelu's approximation by tanh
Var silu(Var x);            ///< x sigmoid(x)
Var mish(Var x);            ///< x tanh(softplus(x))
Var leaky_relu(Var x);      ///< x where x >= 0, else 0.2 x
Var relu6(Var x);           ///< min(max(x, 0), 6)
Var hard_sigmoid(Var x);    ///< relu6(x + 3) / 6
Var hard_silu(Var x);       ///< x hard_sigmoid(x)
Var hard_tanh(Var x);       ///< x clipped to [-1, 1]
Var exponential(Var x);     ///< exp(x)
Var log_sigmoid(Var x);     ///< log(sigmoid(x)) = -softplus(-x)
Var glu(Var x);             ///< a sigmoid(b), where x is a and b, one after the other along the last axis
Var hard_shrink(Var x);     ///< x where |x| > 0.5, else 0
Var soft_shrink(Var x);     ///< x - 0.5 above 0.5, x + 0.5 below -0.5, else 0
Var tanh_shrink(Var x);     ///< x - tanh(x)
Var sparse_plus(Var x);     ///< 0 up to -1, (x + 1)^2 / 4 up to 1, then x
Var sparse_sigmoid(Var x);  ///< 0 up to -1, (x + 1) / 2 up to 1, then 1

/// max(x - t, 0) along the last axis, a softmax that has zeros (Martins and Astudillo 2016), with the t of
/// keras.activations.sparsemax, which makes the sum 1 where one element is left, and less where there are several.
Var sparsemax(Var x);

// The same with other numbers, for functions and layers of your own: `Activation([](Var x) { return elu(x, 0.5); })`.
Var elu(Var x, double alpha);                              ///< x where x > 0, else alpha (exp(x) - 1)
Var leaky_relu(Var x, double slope);                       ///< x where x >= 0, else slope x
Var hard_shrink(Var x, double width);                      ///< x where |x| > width, else 0
Var soft_shrink(Var x, double width);                      ///< x - width above width, x + width below -width, else 0
Var threshold(Var x, double threshold, double otherwise);  ///< x above the threshold, else `otherwise`
Var softmax(Var x, int axis);                              ///< along any axis but that of the rows

/// What a layer applies to its result: one of the functions above (or relu, sigmoid, tanh, softplus), by function or by
/// Keras's name, or any function of a Var. Constructors throw ValueError for a function or pointer that is empty.
class Activation {
 public:
  Activation() : Activation(&linear) {}
  Activation(Var (*function)(Var));
  template <class F>
  requires(!std::is_same_v<F, Activation> && std::is_invocable_r_v<Var, F, Var>) Activation(F function)
      : Activation("custom", std::function<Var(Var)>(std::move(function))) {}
  /// Throws ValueError, listing all names, for one that is not known.
  Activation(std::string_view name);
  Activation(const std::string& name) : Activation(std::string_view(name)) {}
  Activation(const char* name);
  Activation(std::string name, std::function<Var(Var)> function);
  /// From null, which is linear, a name, or a function as Keras serializes it. Throws ValueError for others.
  static Activation from_config(const Config& config);

  /// Throws Error where the function gives an empty Var.
  Var operator()(Var x) const;
  /// The same with the mask, and with x as the logits behind the value where the function is sigmoid or softmax: what a
  /// layer that ends a model gives, so that its loss can go by them.
  Flow operator()(Var x, Var mask) const;
  /// Keras's name, "package>name", or "custom".
  const std::string& name() const { return name_; }
  /// Keras's name, or a registered function as Keras serializes it. Throws ValueError for others.
  Config config() const;

 private:
  std::string name_;
  std::function<Var(Var)> function_;
  Flow::Of of_ = Flow::Of::any;
};

/// Makes `name` known to the constructor and to `from_config`. Throws ValueError for a name that is not "package>name",
/// and for a function that is empty.
void register_activation(std::string name, std::function<Var(Var)> function);

}  // namespace reel
