// Optimizers, with Keras's names, defaults and arithmetic in float32 (keras.optimizers). An update is a graph like any
// other: it is compiled into the training step and runs by tiles of the weight's rows.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "reel/ops/ops.h"

namespace reel {

/// Numbers that an optimizer computes anew before each step, as many as it needs; the others stay 0.
using StepScalars = std::array<double, 4>;

/// What a number of an optimizer may be, as a float, too. None is infinite or NaN.
enum class NumberRange : uint8_t {
  not_negative,  ///< 0 and more
  share,         ///< in [0, 1], as a momentum is
  lasting,  ///< in [0, 1), as a share of what was before that is kept from step to step: 1 would make steps of 0 / 0
  denominator,  ///< 0 and more, added to a denominator: if not 0, then no float that counts as 0
};

struct OptimizerNumber {
  std::string_view name;
  double value;
  NumberRange range;
};

/// What every optimizer takes besides its own numbers, each finite and not negative. At most one of the three clips; 0
/// means off. Norms are computed in double, so that they neither overflow nor vanish.
struct GradientOptions {
  double clipnorm = 0;         ///< each gradient g becomes g c / max(|g|, c)
  double clipvalue = 0;        ///< elements are clipped to [-c, c]
  double global_clipnorm = 0;  ///< as clipnorm, with the norm over all gradients
  double weight_decay = 0;     ///< w -= w decay learning_rate, before the update
};

/// w -= learning_rate g; with momentum m: v = m v - learning_rate g, then w += v, or with Nesterov's
/// w += m v - learning_rate g. m is in [0, 1]. keras.optimizers.SGD.
struct SGD {
  double learning_rate = 0.01;
  double momentum = 0;
  bool nesterov = false;
  GradientOptions gradient = {};

  static constexpr std::string_view name = "sgd";
  std::vector<OptimizerNumber> numbers() const;
  double safe_gradient(double rate, int64_t step) const;
  std::vector<std::string> slots() const;
  StepScalars scalars(double rate, int64_t step) const;
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const;
};

/// m += (g - m)(1 - beta_1); v += (g^2 - v)(1 - beta_2); w -= m a / (sqrt(v) + epsilon), where at step t = 1, 2, ...
/// a = learning_rate sqrt(1 - beta_2^t) / (1 - beta_1^t). With amsgrad the largest v so far is used. Every element is
/// updated at every step, also those whose gradient is 0. Betas are in [0, 1). Kingma and Ba 2015;
/// keras.optimizers.Adam.
struct Adam {
  double learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;
  bool amsgrad = false;
  GradientOptions gradient = {};

  static constexpr std::string_view name = "adam";
  std::vector<OptimizerNumber> numbers() const;
  double safe_gradient(double rate, int64_t step) const;
  std::vector<std::string> slots() const;
  StepScalars scalars(double rate, int64_t step) const;
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const;
};

/// Adam with decay that is on by default, apart from which it is the same: w -= w weight_decay learning_rate before the
/// update. `gradient.weight_decay` must be 0. Loshchilov and Hutter 2019; keras.optimizers.AdamW.
struct AdamW {
  double learning_rate = 0.001, weight_decay = 0.004;
  double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;
  bool amsgrad = false;
  GradientOptions gradient = {};

  static constexpr std::string_view name = "adamw";
  void check() const;
  std::vector<OptimizerNumber> numbers() const;
  double safe_gradient(double rate, int64_t step) const;
  std::vector<std::string> slots() const;
  StepScalars scalars(double rate, int64_t step) const;
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const;
};

/// v = rho v + (1 - rho) g^2; step = learning_rate g / sqrt(v + epsilon), centered: / sqrt(v - a^2 + epsilon), where
/// a = rho a + (1 - rho) g; w -= step, or with momentum m: p = m p + step, then w -= p. rho is in [0, 1), m in [0, 1].
/// Hinton 2012;
/// keras.optimizers.RMSprop.
struct RMSprop {
  double learning_rate = 0.001;
  double rho = 0.9, momentum = 0, epsilon = 1e-7;
  bool centered = false;
  GradientOptions gradient = {};

  static constexpr std::string_view name = "rmsprop";
  std::vector<OptimizerNumber> numbers() const;
  double safe_gradient(double rate, int64_t step) const;
  std::vector<std::string> slots() const;
  StepScalars scalars(double rate, int64_t step) const;
  std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const;
};

/// Any optimizer with the members of those above:
/// - `slots()`: names of the tensors it keeps for each weight, starting as zeros;
/// - `scalars(rate, step)`: numbers, the same for all weights, computed anew before each step (counted from 1); the
///   first is the learning rate;
/// - `update(w, g, slots, scalars)`: the new weight, then the new slots;
/// - `numbers()`, if it has it: its numbers besides those of all optimizers, with what each may be;
/// - `check()`, if it has it: throws ValueError for numbers that do not go together;
/// - `safe_gradient(rate, step)`, if it has it: a bound such that the new weight and slots of this step are sure to be
///   finite where the old weight is, if every element of every gradient so far was smaller, no learning rate so far
///   larger than `rate`, and slots are what steps have made of zeros; 0 if there is none. Below it an update writes
///   right over weights and slots; beyond it, and without this member, these are made beside the old ones, looked at
///   and copied, which takes longer, and memory for as many again.
class Optimizer {
 public:
  /// None, of which only `operator bool` may be asked: all else throws Error.
  Optimizer() = default;
  /// Throws ValueError for a number that is not in its range, for more than one way of clipping, and what the
  /// optimizer's own `check` throws.
  template <class O>
  requires requires(const O& o, Var v) { o.update(v, v, std::span<const Var>{}, std::span<const Var>{}); }
  Optimizer(O optimizer) : rule_(std::make_shared<Model<O>>(std::move(optimizer))) {
    check_options();
    set_learning_rate(rule_->learning_rate());
  }
  /// Throws ValueError, listing all names, for one that is not known.
  Optimizer(std::string_view name);
  Optimizer(const std::string& name) : Optimizer(std::string_view(name)) {}
  Optimizer(const char* name);

  explicit operator bool() const { return rule_ != nullptr; }
  std::string_view name() const { return rule().name(); }
  double learning_rate() const;
  /// From the next step on; copies keep theirs. Throws ValueError unless it is finite, as a float too, and not
  /// negative.
  void set_learning_rate(double rate);
  std::vector<std::string> slots() const { return rule().slots(); }
  StepScalars scalars(double rate, int64_t step) const { return rule().scalars(rate, step); }
  /// As above, weight decay included; 0 for an optimizer that does not say.
  double safe_gradient(double rate, int64_t step) const;
  /// What no element of a clipped gradient exceeds, whatever it was; infinity without clipping.
  double clip_bound() const;

  /// New weights and, for each, its new slots, after clipping and decay. Throws ShapeError where the optimizer makes
  /// another number of them than `slots()` says, or of another type, and Error where it makes an empty Var.
  struct Updated {
    Var weight;
    std::vector<Var> slots;
  };
  std::vector<Updated> update(std::span<const Var> weights, std::span<const Var> gradients,
                              const std::vector<std::vector<Var>>& slots, std::span<const Var> scalars) const;

 private:
  struct Rule {
    virtual ~Rule() = default;
    virtual std::string_view name() const = 0;
    virtual double learning_rate() const = 0;
    virtual const GradientOptions& gradient() const = 0;
    virtual std::vector<OptimizerNumber> numbers() const = 0;
    virtual void check() const = 0;
    virtual double safe_gradient(double rate, int64_t step) const = 0;
    virtual std::vector<std::string> slots() const = 0;
    virtual StepScalars scalars(double rate, int64_t step) const = 0;
    virtual std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const = 0;
  };
  template <class O>
  struct Model final : Rule {
    explicit Model(O o) : optimizer(std::move(o)) {}
    std::string_view name() const override { return O::name; }
    double learning_rate() const override { return optimizer.learning_rate; }
    const GradientOptions& gradient() const override { return optimizer.gradient; }
    std::vector<OptimizerNumber> numbers() const override {
      if constexpr (requires { optimizer.numbers(); }) return optimizer.numbers();
      return {};
    }
    double safe_gradient(double rate, int64_t step) const override {
      if constexpr (requires { optimizer.safe_gradient(rate, step); }) return optimizer.safe_gradient(rate, step);
      return 0;
    }
    void check() const override {
      if constexpr (requires { optimizer.check(); }) optimizer.check();
    }
    std::vector<std::string> slots() const override { return optimizer.slots(); }
    StepScalars scalars(double rate, int64_t step) const override { return optimizer.scalars(rate, step); }
    std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const override {
      return optimizer.update(w, g, slots, scalars);
    }
    O optimizer;
  };

  const Rule& rule() const;
  void check_options() const;

  std::shared_ptr<const Rule> rule_;
  double learning_rate_ = 0;
};

}  // namespace reel
