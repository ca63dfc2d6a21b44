// Schedules: learning rates that change with the iteration, with Keras's names, defaults and arithmetic in float32
// (keras.optimizers.schedules).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "reel/models/describe/held.h"

namespace reel {

// Iterations i are steps that have been taken, counted from 0. Numbers of steps are positive. `name` is Keras's, and
// changes nothing.

/// initial decay_rate^p with p = i / decay_steps or, as a staircase, the whole part of it.
struct ExponentialDecay {
  double initial_learning_rate = 0, decay_steps = 0, decay_rate = 0;
  bool staircase = false;
  std::string name = "ExponentialDecay";

  static constexpr std::string_view class_name = "ExponentialDecay";
  void fields(Fields& f);
  void check() const;
  double operator()(int64_t iteration) const;
};
/// values[k], where k boundaries are below i: one value more than there are boundaries.
struct PiecewiseConstantDecay {
  std::vector<int64_t> boundaries;
  std::vector<double> values;
  std::string name = "PiecewiseConstant";

  static constexpr std::string_view class_name = "PiecewiseConstantDecay";
  void fields(Fields& f);
  void check() const;
  double operator()(int64_t iteration) const;
};
/// (initial - end) (1 - i / decay_steps)^power + end, which is reached after decay_steps. With `cycle`, decay_steps is
/// multiplied such that it is not less than i.
struct PolynomialDecay {
  double initial_learning_rate = 0, decay_steps = 0, end_learning_rate = 0.0001, power = 1;
  bool cycle = false;
  std::string name = "PolynomialDecay";

  static constexpr std::string_view class_name = "PolynomialDecay";
  void fields(Fields& f);
  void check() const;
  double operator()(int64_t iteration) const;
};
/// initial / (1 + decay_rate p), p as above.
struct InverseTimeDecay {
  double initial_learning_rate = 0, decay_steps = 0, decay_rate = 0;
  bool staircase = false;
  std::string name = "InverseTimeDecay";

  static constexpr std::string_view class_name = "InverseTimeDecay";
  void fields(Fields& f);
  void check() const;
  double operator()(int64_t iteration) const;
};
/// initial ((1 - alpha) (1 + cos(pi i / decay_steps)) / 2 + alpha), which stays where it is after decay_steps. With a
/// warmup_target the rate first goes from initial to it on a line, for warmup_steps, and decays from there. Loshchilov
/// and Hutter 2016.
struct CosineDecay {
  double initial_learning_rate = 0, decay_steps = 0, alpha = 0;
  std::string name = "CosineDecay";
  std::optional<double> warmup_target = {};
  double warmup_steps = 0;

  static constexpr std::string_view class_name = "CosineDecay";
  void fields(Fields& f);
  void check() const;
  double operator()(int64_t iteration) const;
};
/// The same again and again: the first takes first_decay_steps, each further one t_mul times as many, and begins at
/// m_mul times the rate.
struct CosineDecayRestarts {
  double initial_learning_rate = 0, first_decay_steps = 0, t_mul = 2, m_mul = 1, alpha = 0;
  std::string name = "SGDRDecay";

  static constexpr std::string_view class_name = "CosineDecayRestarts";
  void fields(Fields& f);
  void check() const;
  double operator()(int64_t iteration) const;
};

/// Any of the above, or a function of the iteration. A class of one's own has the members of those above, and is named
/// "package>Name". Copies share what they hold.
class LearningRateSchedule {
 public:
  /// Throws ValueError for a function that is empty, and what the class's `check` throws.
  template <class F>
  requires(!std::is_same_v<F, LearningRateSchedule> && std::is_invocable_r_v<double, const F&, int64_t>)
      LearningRateSchedule(F function) {
    if constexpr (requires { F::class_name; }) {
      rule_ = std::make_shared<Model<F>>(std::move(function));
      rule_->check();
    } else {
      rule_ = rule_of(std::function<double(int64_t)>(std::move(function)));
    }
  }
  /// From what `config` gives. Throws ValueError for a class or an argument that is not known.
  static LearningRateSchedule from_config(const Config& config);
  /// One of which no argument has been given, for `from_config` to read them.
  template <class T>
  static LearningRateSchedule blank() {
    return LearningRateSchedule(std::make_shared<Model<T>>(T{}));
  }

  /// As Keras serializes it. Throws ValueError for a function, which has none.
  Config config() const;
  Described& described() const { return *rule_; }

  /// The learning rate of the step after so many.
  double operator()(int64_t iteration) const { return rule_->rate(iteration); }

 private:
  struct Rule : Described {
    virtual double rate(int64_t iteration) const = 0;
  };
  template <class T>
  struct Model final : Held<T, Rule> {
    using Held<T, Rule>::Held;
    double rate(int64_t iteration) const override { return this->value(iteration); }
  };
  explicit LearningRateSchedule(std::shared_ptr<Rule> rule) : rule_(std::move(rule)) {}
  static std::shared_ptr<Rule> rule_of(std::function<double(int64_t)> function);

  std::shared_ptr<Rule> rule_;
};

/// Makes `class_name` known to `from_config`. Throws ValueError for a name that is not "package>Name".
void register_schedule(std::string class_name, std::function<LearningRateSchedule()> make);
template <class T>
void register_schedule() {
  register_schedule(std::string(T::class_name), [] { return LearningRateSchedule::blank<T>(); });
}

}  // namespace reel
