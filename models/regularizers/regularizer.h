// Regularizers: penalties of a weight that are added to the loss, with Keras's names and definitions
// (keras.regularizers).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "reel/models/describe/held.h"
#include "reel/ops/ops.h"

namespace reel {

/// l1 sum |w|. Factors of regularizers are finite and not negative.
struct L1 {
  double l1 = 0.01;

  static constexpr std::string_view class_name = "L1";
  void fields(Fields& f);
  void check() const;
  Var operator()(Var w) const;
};
/// l2 sum w^2
struct L2 {
  double l2 = 0.01;

  static constexpr std::string_view class_name = "L2";
  void fields(Fields& f);
  void check() const;
  Var operator()(Var w) const;
};
/// l1 sum |w| + l2 sum w^2
struct L1L2 {
  double l1 = 0, l2 = 0;

  static constexpr std::string_view class_name = "L1L2";
  void fields(Fields& f);
  void check() const;
  Var operator()(Var w) const;
};
/// factor times the mean over all pairs of rows, or of columns, of |cos| of the angle between the two; of a matrix. 0
/// for a single one.
struct OrthogonalRegularizer {
  double factor = 0.01;
  std::string mode = "rows";  ///< or "columns"

  static constexpr std::string_view class_name = "OrthogonalRegularizer";
  void fields(Fields& f);
  void check() const;
  Var operator()(Var w) const;
};

/// Any of the above, a Keras name such as "l2", or a function of a weight. A class of one's own has the members of
/// those above, and is named "package>Name". Copies share what they hold.
class Regularizer {
 public:
  /// None, whose config is null.
  Regularizer() = default;
  /// Throws ValueError for a function that is empty, and what the class's `check` throws.
  template <class F>
  requires(!std::is_same_v<F, Regularizer> && std::is_invocable_r_v<Var, const F&, Var>) Regularizer(F function) {
    if constexpr (requires { F::class_name; }) {
      rule_ = std::make_shared<Model<F>>(std::move(function));
      rule_->check();
    } else {
      rule_ = rule_of(std::function<Var(Var)>(std::move(function)));
    }
  }
  /// Throws ValueError, listing all names, for one that is not known.
  Regularizer(std::string_view name);
  Regularizer(const std::string& name) : Regularizer(std::string_view(name)) {}
  Regularizer(const char* name);
  /// From what `config` gives, or a name. Throws ValueError for a class or an argument that is not known.
  static Regularizer from_config(const Config& config);

  /// As Keras serializes it. Throws ValueError for a function, which has none.
  Config config() const;
  Described& described() const { return *rule_; }
  explicit operator bool() const { return rule_ != nullptr; }

  /// The penalty, []. There must be one. Throws ShapeError where the function gives another shape or type.
  Var operator()(Var w) const;

 private:
  struct Rule : Described {
    virtual Var penalty(Var w) const = 0;
  };
  template <class T>
  struct Model final : Held<T, Rule> {
    using Held<T, Rule>::Held;
    Var penalty(Var w) const override { return this->value(w); }
  };
  static std::shared_ptr<Rule> rule_of(std::function<Var(Var)> function);

  std::shared_ptr<Rule> rule_;
};

/// Makes `class_name` known to `from_config`. Throws ValueError for a name that is not "package>Name".
void register_regularizer(std::string class_name, std::function<Regularizer()> make);
template <class T>
void register_regularizer() {
  register_regularizer(std::string(T::class_name), [] { return Regularizer(T{}); });
}

}  // namespace reel
