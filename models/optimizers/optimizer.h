// What an optimizer is: an update of weights, recorded as a graph like any other, which is compiled into the training
// step and runs by tiles of the weight's rows (keras.optimizers, in its arithmetic in float32).
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/models/constraints/constraint.h"
#include "reel/models/describe/held.h"
#include "reel/models/schedules/learning_rate.h"
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

/// What every optimizer takes besides its own numbers. In its config they stand before them, and what is not given is
/// null. Norms are computed in double, so that they neither overflow nor vanish.
struct OptimizerOptions {
  /// Of clips at most one is given; 0 means off.
  std::optional<double> clipnorm = {};                      ///< each gradient g becomes g c / max(|g|, c)
  std::optional<double> clipvalue = {};                     ///< elements are clipped to [-c, c]
  std::optional<double> global_clipnorm = {};               ///< as clipnorm, with the norm over all gradients
  std::optional<double> weight_decay = {};                  ///< w -= w decay learning_rate, before the update
  std::vector<std::string> exclude_from_weight_decay = {};  ///< Optimizer::exclude_from_weight_decay; in no config
  /// a = m a + (1 - m) w after each update, where m = ema_momentum, but 0 before the first: a mean of the weights,
  /// which they become after every ema_overwrite_frequency-th update, if that is given, and at the end of `fit`.
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int64_t> ema_overwrite_frequency = {};
  /// The loss that gradients are of is multiplied by it, and they are divided by it before anything else, so that small
  /// ones do not vanish.
  std::optional<double> loss_scale_factor = {};
  /// Only each n-th step updates the weights, by the mean of n gradients, which add up in the order of steps; n >= 2.
  std::optional<int64_t> gradient_accumulation_steps = {};
  std::string name = {};  ///< empty: Keras's for the class, "adam_w"
};

/// What an optimizer keeps for a weight from step to step.
struct Slot {
  std::string name;  ///< without the weight's, which it is put behind; empty: the weight's own name alone
  Shape shape;
  double start = 0;               ///< what all its elements are before the weight's first step
  int list = 0;                   ///< Keras lists the slots of one list for all weights before those of the next
  bool starts_as_weight = false;  ///< instead of `start`
};

/// A number that follows from how many steps there have been, which Keras keeps as a variable of its own.
struct StepNumber {
  std::string name;
  double value;
};

/// Any class with the members of SGD:
/// - `learning_rate`, `options`, `class_name` ("package>Name") and `fields`, which tells all but these two;
/// - `update(w, g, slots, scalars)`: the new weight, then the new slots;
/// - `slots(weight)`, if it has it: what it keeps for a weight of this shape; or `slots(weight, path)`, which may go by
///   Keras's path of it, too;
/// - `decay_of(weight, path)`, if it has it: how a weight decays, in the place of `weight_decay`;
/// - `step_numbers(steps)`, if it has it: numbers after so many steps that Keras lists among the variables;
/// - `scalars(rate, step)`, if it has it: numbers, the same for all weights, computed anew before each update (counted
///   from 1); the first is the learning rate, which is all there is without it;
/// - `numbers()`, if it has it: its numbers besides those of all optimizers, with what each may be;
/// - `check()`, if it has it: throws ValueError for numbers that do not go together;
/// - `weight_decay`, if it has it: in the place of that in `options`;
/// - `safe_gradient(rate, step)`, if it has it: a bound such that the new weight and slots of this step are sure to be
///   finite where the old weight is, if every element of every gradient so far was smaller, no learning rate so far
///   larger than `rate`, and slots are what steps have made of their start; 0 if there is none. Below it an update
///   writes right over weights and slots; beyond it, and without this member, these are made beside the old ones,
///   looked at and copied, which takes longer, and memory for as many again.
class Optimizer {
 public:
  /// None, of which only `operator bool` may be asked: all else throws Error.
  Optimizer() = default;
  /// Throws ValueError for a number that is not in its range, for more than one way of clipping, and what the
  /// optimizer's own `check` throws.
  template <class O>
  requires requires(const O& o, Var v) { o.update(v, v, std::span<const Var>{}, std::span<const Var>{}); }
  Optimizer(O optimizer) : rule_(std::make_shared<Model<O>>(std::move(optimizer))) { rule_->check(); }
  /// Throws ValueError, listing all names, for one that is not known.
  Optimizer(std::string_view name);
  Optimizer(const std::string& name) : Optimizer(std::string_view(name)) {}
  Optimizer(const char* name);
  /// From what `config` gives, or a name. Throws ValueError for a class or an argument that is not known.
  static Optimizer from_config(const Config& config);

  /// As Keras serializes it, with the learning rate as it is now.
  Config config() const;
  Described& described() const { return rule(); }

  explicit operator bool() const { return rule_ != nullptr; }
  /// That of the options or, for example, "adam_w".
  std::string name() const { return rule().name(); }
  bool has_schedule() const { return rule().parts().learning_rate.is_schedule(); }
  /// Of the step after so many: what the schedule gives, else `kept`, or what it was made with. Throws ValueError where
  /// that is no rate.
  double learning_rate(int64_t iteration = 0, std::optional<double> kept = {}) const;
  /// From the next step on; copies keep theirs. Throws ValueError unless it is finite, as a float too, and not
  /// negative, and where the rate is a schedule.
  void set_learning_rate(double rate);
  const OptimizerOptions& options() const { return rule().parts().options; }
  /// Weights in whose own names (not their layers') one of these regular expressions finds something do not decay;
  /// copies keep theirs. Throws ValueError for what is no expression.
  void exclude_from_weight_decay(std::vector<std::string> names);

  /// All that is kept for a weight: its average and the sum of its gradients, as far as options ask for them, and the
  /// optimizer's own; `path`: Keras's of the weight.
  std::vector<Slot> slots(const Shape& weight, const std::string& path = {}) const;
  /// Numbers after so many steps, which Keras keeps.
  std::vector<StepNumber> step_numbers(int64_t iteration) const;
  /// What `update` needs as scalars: the optimizer's own, then some that depend on the options.
  using Scalars = std::array<double, std::tuple_size_v<StepScalars> + 3>;
  size_t scalar_count() const;
  /// For the step after so many, at this learning rate, the first `scalar_count()` of these.
  Scalars scalars(int64_t iteration, double rate) const;
  /// As above, of the step after so many, weight decay included; 0 for an optimizer that does not say.
  double safe_gradient(double rate, int64_t iteration) const;
  /// What no element of a gradient that is kept or used exceeds, whatever it was; infinity without clipping.
  double clip_bound() const;

  /// New weights and, for each, its new slots: gradients are summed and clipped, weights decayed, updated and averaged,
  /// and then constrained where there are `constraints`, one a weight. Throws ShapeError where the optimizer makes
  /// another number of values than there are slots, or of another type, and Error where it makes an empty Var.
  struct Updated {
    Var weight;
    std::vector<Var> slots;
  };
  std::vector<Updated> update(std::span<const Var> weights, std::span<const Var> gradients,
                              const std::vector<std::vector<Var>>& slots, std::span<const Var> scalars,
                              std::span<const Constraint> constraints = {}) const;

 private:
  /// What the optimizer has of what all have.
  struct Parts {
    LearningRate& learning_rate;
    OptimizerOptions& options;
    std::optional<double>& weight_decay;
  };
  struct Rule : Described {
    std::string name() const;
    void fields(Fields& f) override;
    void check() const override;

    virtual Parts parts() = 0;
    virtual std::shared_ptr<Rule> copy() const = 0;
    virtual void own_fields(Fields& f) = 0;
    virtual void own_check() const = 0;
    virtual std::vector<OptimizerNumber> numbers() const = 0;
    virtual double safe_gradient(double rate, int64_t step) const = 0;
    virtual std::vector<Slot> slots(const Shape& weight, const std::string& path) const = 0;
    virtual double decay_of(const Shape& weight, const std::string& path) = 0;
    virtual std::vector<StepNumber> step_numbers(int64_t steps) const = 0;
    virtual StepScalars scalars(double rate, int64_t step) const = 0;
    virtual std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const = 0;
  };

  template <class O>
  struct Model final : Held<O, Rule> {
    using Held<O, Rule>::Held;
    using Held<O, Rule>::value;

    void fields(Fields& f) override { Rule::fields(f); }
    void check() const override { Rule::check(); }
    Parts parts() override {
      if constexpr (requires { value.weight_decay; })
        return {value.learning_rate, value.options, value.weight_decay};
      else
        return {value.learning_rate, value.options, value.options.weight_decay};
    }
    std::shared_ptr<Rule> copy() const override { return std::make_shared<Model>(value); }
    void own_fields(Fields& f) override { Held<O, Rule>::fields(f); }
    void own_check() const override { Held<O, Rule>::check(); }
    std::vector<OptimizerNumber> numbers() const override {
      if constexpr (requires { value.numbers(); }) return value.numbers();
      return {};
    }
    double safe_gradient(double rate, int64_t step) const override {
      if constexpr (requires { value.safe_gradient(rate, step); }) return value.safe_gradient(rate, step);
      return 0;
    }
    std::vector<Slot> slots(const Shape& weight, const std::string& path) const override {
      if constexpr (requires { value.slots(weight, path); })
        return value.slots(weight, path);
      else if constexpr (requires { value.slots(weight); })
        return value.slots(weight);
      return {};
    }
    double decay_of(const Shape& weight, const std::string& path) override {
      if constexpr (requires { value.decay_of(weight, path); })
        return value.decay_of(weight, path);
      else
        return parts().weight_decay.value_or(0);
    }
    std::vector<StepNumber> step_numbers(int64_t steps) const override {
      if constexpr (requires { value.step_numbers(steps); }) return value.step_numbers(steps);
      return {};
    }
    StepScalars scalars(double rate, int64_t step) const override {
      if constexpr (requires { value.scalars(rate, step); }) return value.scalars(rate, step);
      return {rate};
    }
    std::vector<Var> update(Var w, Var g, std::span<const Var> slots, std::span<const Var> scalars) const override {
      return value.update(w, g, slots, scalars);
    }
  };

  Rule& rule() const;
  /// How many updates there have been after so many steps.
  int64_t updates(int64_t iteration) const;

  std::shared_ptr<Rule> rule_;
};

/// Makes `class_name` known to `from_config`. Throws ValueError for a name that is not "package>Name".
void register_optimizer(std::string class_name, std::function<Optimizer()> make);
template <class O>
void register_optimizer() {
  register_optimizer(std::string(O::class_name), [] { return Optimizer(O{}); });
}

}  // namespace reel
