// Constraints: what a weight is made after each update, with Keras's names and definitions (keras.constraints).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "reel/models/describe/axis_list.h"
#include "reel/models/describe/held.h"
#include "reel/ops/ops.h"

namespace reel {

// Norms are sqrt(sum w^2) along the axes: 0 of a kernel [inputs, units] are a unit's. They are computed in double, so
// that they neither overflow nor vanish. Where they divide, Keras's epsilon of 1e-7 is added to them.

/// w clip(norm, 0, max_value) / (epsilon + norm)
struct MaxNorm {
  double max_value = 2;
  AxisList axis = 0;

  static constexpr std::string_view class_name = "MaxNorm";
  void fields(Fields& f);
  Var operator()(Var w) const;
};
/// max(w, 0)
struct NonNeg {
  static constexpr std::string_view class_name = "NonNeg";
  Var operator()(Var w) const;
};
/// w / (epsilon + norm)
struct UnitNorm {
  AxisList axis = 0;

  static constexpr std::string_view class_name = "UnitNorm";
  void fields(Fields& f);
  Var operator()(Var w) const;
};
/// w (rate clip(norm, min_value, max_value) + (1 - rate) norm) / (epsilon + norm)
struct MinMaxNorm {
  double min_value = 0, max_value = 1, rate = 1;
  AxisList axis = 0;

  static constexpr std::string_view class_name = "MinMaxNorm";
  void fields(Fields& f);
  Var operator()(Var w) const;
};

/// Any of the above, a Keras name such as "non_neg", or a function of a weight. A class of one's own has the members of
/// those above, and is named "package>Name". Copies share what they hold.
class Constraint {
 public:
  /// None, whose config is null.
  Constraint() = default;
  /// Throws ValueError for a function that is empty, and what the class's `check` throws.
  template <class F>
  requires(!std::is_same_v<F, Constraint> && std::is_invocable_r_v<Var, const F&, Var>) Constraint(F function) {
    if constexpr (requires { F::class_name; }) {
      rule_ = std::make_shared<Model<F>>(std::move(function));
      rule_->check();
    } else {
      rule_ = rule_of(std::function<Var(Var)>(std::move(function)));
    }
  }
  /// Throws ValueError, listing all names, for one that is not known.
  Constraint(std::string_view name);
  Constraint(const std::string& name) : Constraint(std::string_view(name)) {}
  Constraint(const char* name);
  /// From what `config` gives, or a name. Throws ValueError for a class or an argument that is not known.
  static Constraint from_config(const Config& config);

  /// As Keras serializes it. Throws ValueError for a function, which has none.
  Config config() const;
  Described& described() const { return *rule_; }
  explicit operator bool() const { return rule_ != nullptr; }

  /// The weight as it should be. There must be a constraint. Throws ShapeError where the function gives another shape
  /// or type.
  Var operator()(Var w) const;

 private:
  struct Rule : Described {
    virtual Var constrained(Var w) const = 0;
  };
  template <class T>
  struct Model final : Held<T, Rule> {
    using Held<T, Rule>::Held;
    Var constrained(Var w) const override { return this->value(w); }
  };
  static std::shared_ptr<Rule> rule_of(std::function<Var(Var)> function);

  std::shared_ptr<Rule> rule_;
};

/// Makes `class_name` known to `from_config`. Throws ValueError for a name that is not "package>Name".
void register_constraint(std::string class_name, std::function<Constraint()> make);
template <class T>
void register_constraint() {
  register_constraint(std::string(T::class_name), [] { return Constraint(T{}); });
}

}  // namespace reel
