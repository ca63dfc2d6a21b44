// Losses, with Keras's names, defaults and arithmetic (keras.losses).
//
// Each maps targets and predictions [rows, ..., n], of equal shape unless it says otherwise, to a value for every
// vector along the last axis, [rows, ...]. The batch's loss is the mean of these values; with sample weights, the sum
// of weight times value divided by the number of values; `reduction` may say otherwise.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "reel/models/describe/held.h"
#include "reel/models/losses/circle.h"
#include "reel/models/losses/crossentropies.h"
#include "reel/models/losses/ctc.h"
#include "reel/models/losses/errors.h"
#include "reel/models/losses/hinges.h"
#include "reel/models/losses/overlaps.h"
#include "reel/models/losses/reduce.h"

namespace reel {

/// What a Loss holds, whatever it is made of.
class LossRule : public Described {
 public:
  virtual std::string name() const = 0;
  virtual Reduction reduction() const { return kMeanOfBatch; }
  /// Targets stay as they are, for they are indices of classes.
  virtual bool takes_classes() const { return false; }
  virtual Var values(Var y_true, const Flow& y_pred) const = 0;
  /// 1 for values that count by their targets, else 0; an empty Var where all do.
  virtual Var valid(Var /*y_true*/, Var /*y_pred*/) const { return {}; }

  /// As a metric: Keras's class ("" where it is no class), its default name, its arguments but name and dtype, which
  /// are the loss's but its reduction unless it says otherwise, and what its values are times.
  virtual std::string metric_class_name() const { return class_name(); }
  virtual std::string metric_name() const { return name(); }
  virtual void metric_fields(Fields& to);
  virtual double metric_sign() const { return 1; }
};

/// A struct that computes a loss, named by a member `name`: one of ours, or your own. It takes predictions as a Var or,
/// with mask and logits, as a Flow. With `class_name`, "package>Name", and `fields(Fields&)` it has a config. It may
/// say `reduction`, `kTargetsAreClasses`, `valid(targets, predictions)`.
template <class L>
concept LossStruct = requires(const L& loss, Var v) {
  std::string_view(loss.name);
  loss(v, v);
};

template <LossStruct L>
struct HeldLoss final : Held<L, LossRule> {
  using Held<L, LossRule>::Held;
  using Held<L, LossRule>::value;

  std::string name() const override { return std::string(value.name); }
  Reduction reduction() const override {
    if constexpr (requires { value.reduction; }) return value.reduction;
    return kMeanOfBatch;
  }
  bool takes_classes() const override {
    return requires { L::kTargetsAreClasses; };
  }
  Var values(Var y_true, const Flow& y_pred) const override {
    if constexpr (requires { value(y_true, y_pred); })
      return value(y_true, y_pred);
    else
      return value(y_true, y_pred.value);
  }
  Var valid(Var y_true, Var y_pred) const override {
    if constexpr (requires { value.valid(y_true, y_pred); }) return value.valid(y_true, y_pred);
    return {};
  }
  std::string metric_class_name() const override {
    if constexpr (requires { L::metric_class_name; }) return std::string(L::metric_class_name);
    return this->class_name();
  }
  std::string metric_name() const override {
    if constexpr (requires { L::metric_name; }) return std::string(L::metric_name);
    return name();
  }
  void metric_fields(Fields& f) override {
    if constexpr (requires { value.metric_fields(f); })
      value.metric_fields(f);
    else
      LossRule::metric_fields(f);
  }
  double metric_sign() const override {
    if constexpr (requires { L::metric_sign; }) return L::metric_sign;
    return 1;
  }
};

/// Any loss above, one of Keras's names for it ("mean_squared_error", "MeanSquaredError", "mse", "MSE"), or any
/// function of (targets, predictions). Copies share it. Constructors throw ValueError for a function or pointer that is
/// empty.
class Loss {
 public:
  Loss() = default;
  template <LossStruct L>
  Loss(L loss) : rule_(std::make_shared<HeldLoss<L>>(std::move(loss))) {}
  /// Any other function of (targets, predictions); its name is "custom", and it has no config.
  template <class F>
  requires(!std::is_same_v<F, Loss> && !LossStruct<F> && std::is_invocable_r_v<Var, F, Var, Var>) Loss(F function)
      : Loss("custom", std::function<Var(Var, Var)>(std::move(function))) {}
  Loss(std::string name, std::function<Var(Var, Var)> function);
  /// Throws ValueError, listing all names, for one that is not known.
  Loss(std::string_view name);
  Loss(const std::string& name) : Loss(std::string_view(name)) {}
  Loss(const char* name);

  explicit operator bool() const { return rule_ != nullptr; }
  std::string name() const;
  /// Values [rows, ...], or [] of a function that gives their mean, for targets and predictions brought to one shape
  /// and type, unless targets are indices of classes. A last axis of extent 1 that only one of them has is dropped; but
  /// targets get one for predictions [rows, 1], and where there is a mask, for values have to keep its axes. Throws
  /// ShapeError, also where a function gives anything else, and Error where it gives an empty Var or there is no loss.
  Var operator()(Var y_true, const Flow& y_pred) const;
  /// 1 for values that count, else 0, with the first axes of the values: what the mask says, and the loss itself of its
  /// targets; an empty Var where all count.
  Var valid(Var y_true, const Flow& y_pred) const;
  /// The loss of a batch, weighted by rows or by what else the values' first axes are, if weights are given.
  Reduced of_batch(Var y_true, const Flow& y_pred, Var sample_weight = {}) const;

  /// As Keras serializes it. Throws ValueError for a function, and for a struct without a class name.
  Config config() const;
  /// From a name, or from what `config` gives. Throws ValueError for a class or an argument that is not known.
  static Loss from_config(const Config& config);
  /// What it is made of. Throws Error if there is no loss.
  LossRule& described() const;

 private:
  std::shared_ptr<LossRule> rule_;
};

/// Makes `L{}`'s class known to `Loss::from_config`, by its `class_name`. Throws ValueError unless that is
/// "package>Name".
void register_loss(std::string class_name, std::function<Loss()> make);
template <LossStruct L>
void register_loss() {
  register_loss(std::string(L::class_name), [] { return Loss(L{}); });
}

}  // namespace reel
