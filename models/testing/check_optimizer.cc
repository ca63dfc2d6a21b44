#include "reel/models/testing/check_optimizer.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

#include "reel/autodiff/tape.h"
#include "reel/models/testing/check_config.h"
#include "reel/models/testing/same_bits.h"
#include "reel/models/training/update.h"

namespace reel {
namespace {

using Tensors = std::vector<Tensor>;

constexpr int kSteps = 3;
constexpr float kLargestFloat = std::numeric_limits<float>::max();

/// Weights that are updated by gradients which are given, through what training uses.
class Steps {
 public:
  enum class Guard : uint8_t { none, as_in_training };  ///< of training, which refuses what is not finite

  Steps(Optimizer optimizer, const Tensors& weights, Guard guard = Guard::none) : optimizer_(std::move(optimizer)) {
    std::vector<Var> vars, gradients;
    for (const Tensor& weight : weights) {
      weights_.push_back({fmt::format("weight_{}", weights_.size()), weight.clone()});
      vars.push_back(tape_.parameter(weights_.back().value, weights_.back().path));
      gradients.push_back(tape_.input(weight.shape(), weight.dtype()));
    }
    Targets targets{.inputs = gradients};
    if (guard == Guard::as_in_training) {
      targets.outputs = {tape_.constant(0)};
      guard_update(tape_, optimizer_, state_, gradients, {}, targets);
    }
    for (const Assignment& assignment : record_update(tape_, optimizer_, state_, vars, gradients)) {
      targets.assignments.push_back(assignment);
    }
    program_ = tape_.compile(std::move(targets));
  }

  void take(const Tensors& gradients) {
    state_.prepare_step(optimizer_);
    program_.run(gradients);
    state_.count_step();
  }

  /// For steps that are recorded already.
  void set_optimizer(const Optimizer& optimizer) {
    optimizer_ = optimizer;
    if (!optimizer.has_schedule()) state_.set_rate(optimizer.learning_rate());
  }
  /// Weights become these.
  void set_weights(const Tensors& values) {
    for (size_t i = 0; i < values.size(); ++i) weights_[i].value.assign(values[i]);
  }

  Tensors weights() const {
    Tensors all;
    for (const NamedWeight& weight : weights_) all.push_back(weight.value.clone());
    return all;
  }
  /// Weights, and all that is kept for them.
  Tensors all() {
    Tensors all = weights();
    for (const NamedWeight& weight : weights_) {
      for (const Variable& slot : state_.slots_of(optimizer_, weight)) all.push_back(slot.value().clone());
    }
    return all;
  }

 private:
  Optimizer optimizer_;
  std::vector<NamedWeight> weights_;
  OptimizerState state_{optimizer_};
  Tape tape_;
  Program program_;
};

/// Weights at the ends of the floats and between them, and gradients at the bound: always of one sign, of changing
/// signs, anything below it, once and then 0. Each goes with each.
struct Ends {
  explicit Ends(double bound) : most(static_cast<float>(std::min<double>(bound, kLargestFloat))) {
    if (most >= bound) most = std::nextafter(most, 0.0f);
  }

  static constexpr int64_t kWeights = 4, kGradients = 6, kEach = 5;
  static Tensor weights() {
    const float of[kWeights] = {kLargestFloat, -kLargestFloat, 0.5f, 0};
    return made([&](int64_t i) { return of[i % kWeights]; });
  }
  Tensor gradients(int step) const {
    const Tensor random = Tensor::uniform({kWeights * kGradients * kEach}, -60, 60, static_cast<uint64_t>(step) + 1);
    return made([&](int64_t i) {
      const auto r = static_cast<float>(random.at(i));
      switch (i / kWeights % kGradients) {
        case 0: return most;
        case 1: return -most;
        case 2: return step % 2 == 0 ? most : -most;
        case 3: return step == 0 ? most : 0;
        case 4: return std::copysign(std::ldexp(most, -static_cast<int>(std::abs(r))), r);
        default: return r < 0 ? -most : most;
      }
    });
  }

  float most;

 private:
  template <class F>
  static Tensor made(F&& element) {
    Tensor all(DType::f32, {kWeights * kGradients * kEach});
    for (int64_t i = 0; i < all.size(); ++i) all.data<float>()[static_cast<size_t>(i)] = element(i);
    return all;
  }
};

/// What options a config may have besides its own, by its keys.
struct Variant {
  const char *what, *key, *value;
};
constexpr Variant kVariants[] = {
    {"decay", "weight_decay", "0.125"},
    {"clipping by norm", "clipnorm", "0.5"},
    {"clipping by value", "clipvalue", "0.25"},
    {"clipping by the norm of all", "global_clipnorm", "0.5"},
    {"averages", "use_ema", "true"},
    {"accumulation", "gradient_accumulation_steps", "2"},
    {"a schedule", "learning_rate",
     R"({"module": "keras.optimizers.schedules", "class_name": "ExponentialDecay", "config":
        {"initial_learning_rate": 0.0625, "decay_steps": 2, "decay_rate": 0.5}, "registered_name": null})"},
};
constexpr const char* kClips[] = {"clipnorm", "clipvalue", "global_clipnorm"};

class OptimizerCheck {
 public:
  OptimizerCheck(const Optimizer& optimizer, const OptimizerCheckOptions& options)
      : optimizer_(optimizer), who_("optimizer \"" + optimizer.name() + "\""), options_(options) {
    uint64_t seed = 0;
    for (const Shape& shape : options.weights) {
      weights_.push_back(Tensor::uniform(shape, 0.1, 1, ++seed));
      for (Tensors& of_step : gradients_) of_step.push_back(Tensor::uniform(shape, -1, 1, ++seed));
      zeros_.push_back(Tensor::zeros(shape));
    }
  }

  void run() const {
    const Tensors after = after_steps(optimizer_);
    check_finite(who_, after);
    if (same(after, weights_)) fail("steps leave the weights as they are");
    check_zero_gradients();
    check_threads(who_, [&] { return after_steps(optimizer_); });
    if (acts_by_element()) check_rows();
    if (!optimizer_.has_schedule()) check_rate();
    check_safe_gradients();
    if (options_.has_config) check_configs(after);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw CheckError(who_, what); }

  /// Whether the first of these are the others.
  static bool same(const Tensors& after, const Tensors& weights) {
    for (size_t i = 0; i < weights.size(); ++i) {
      if (!same_bits(after[i], weights[i])) return false;
    }
    return true;
  }

  /// Weights and slots after as many steps as there are gradients.
  Tensors after_steps(const Optimizer& optimizer, Steps::Guard guard = Steps::Guard::none) const {
    Steps steps(optimizer, weights_, guard);
    for (const Tensors& gradients : gradients_) steps.take(gradients);
    return steps.all();
  }

  void check_zero_gradients() const {
    Steps steps(optimizer_, weights_);
    for (int i = 0; i < kSteps; ++i) steps.take(zeros_);
    check_finite(who_ + ", by gradients of 0", steps.all());
  }

  bool acts_by_element() const {
    const OptimizerOptions& o = optimizer_.options();
    return options_.by_element && !o.clipnorm && !o.global_clipnorm;
  }

  /// Blocks of the first weight's rows, by themselves.
  void check_rows() const {
    const auto after = [&](int64_t begin, int64_t end) {
      Steps steps(optimizer_, {weights_[0].slice_rows(begin, end)});
      for (const Tensors& gradients : gradients_) steps.take({gradients[0].slice_rows(begin, end)});
      return steps.all();
    };
    const int64_t row_count = weights_[0].shape().rank() > 0 ? weights_[0].shape()[0] : 0;
    if (row_count == kManyRows) check_blocks(who_, after(0, kManyRows), after);
  }

  /// A rate that is set between two steps counts from the next one on.
  void check_rate() const {
    const double before = optimizer_.learning_rate();
    Optimizer other = optimizer_;
    other.set_learning_rate(before == 0 ? 0.5 : before / 2);
    if (optimizer_.learning_rate() != before) fail("a copy's learning rate is not its own");
    Steps set(optimizer_, weights_);
    set.set_optimizer(other);
    set.take(gradients_[0]);
    Steps recorded(other, weights_);
    recorded.take(gradients_[0]);
    check_same(who_, "where its learning rate was set after the step was recorded", recorded.all(), set.all());
  }

  void check_safe_gradients() const {
    for (const double rate : {optimizer_.learning_rate(), 1.0, 1e10, 1e30, double{kLargestFloat}}) {
      Optimizer optimizer = optimizer_;
      if (!optimizer.has_schedule()) optimizer.set_learning_rate(rate);
      for (const int step_count : {1, 2, 9}) check_safe_gradient(optimizer, step_count);
    }
  }

  /// By gradients that the last of the steps says are safe.
  void check_safe_gradient(const Optimizer& optimizer, int step_count) const {
    const int64_t last = step_count - 1;
    double rate = 0;
    for (int64_t i = 0; i <= last; ++i) rate = std::max(rate, optimizer.learning_rate(i));
    const double bound = optimizer.safe_gradient(rate, last);
    if (!(bound > 0)) return;
    const Ends ends(bound);
    Steps steps(optimizer, {Ends::weights()});
    for (int i = 0; i < step_count; ++i) {
      steps.set_weights({Ends::weights()});
      steps.take({ends.gradients(i)});
    }
    try {
      check_finite(who_, steps.all());
    } catch (const CheckError&) {
      fail(fmt::format("safe_gradient({}, {}) is {}, but {} steps by gradients up to {} do not stay finite", rate,
                       step_count, bound, step_count, ends.most));
    }
  }

  void check_configs(const Tensors& after) const {
    const Config config = optimizer_.config();
    check_same(who_, "made of its config", after, after_steps(check_config(who_, optimizer_)));
    for (const std::string& key : number_keys(config, false)) check_refused(config, key);
    for (const Variant& variant : kVariants) check_variant(variant);
  }

  void check_refused(const Config& config, const std::string& key) const {
    for (const double value : {std::nan(""), HUGE_VAL}) {
      try {
        Optimizer::from_config(with_argument(config, key, number_config(value)));
      } catch (const ValueError&) {
        continue;
      }
      fail(fmt::format("takes {} as {}", value, key));
    }
  }

  Optimizer with(const Variant& variant) const {
    Config config = optimizer_.config();
    for (const char* clip : kClips) {
      if (std::string_view(variant.key).find("clip") != std::string_view::npos) {
        config = with_argument(config, clip, Config{});
      }
    }
    return Optimizer::from_config(with_argument(config, variant.key, Config::parse(variant.value)));
  }

  void check_variant(const Variant& variant) const {
    const std::string who = fmt::format("{}, with {}", who_, variant.what);
    const Optimizer optimizer = with(variant);
    check_config(who, optimizer);
    const Tensors after = after_steps(optimizer, Steps::Guard::as_in_training);
    check_finite(who, after);
    if (same(after, weights_)) throw CheckError(who, "steps leave the weights as they are");
    if (std::string_view(variant.key) == "gradient_accumulation_steps") check_accumulation(who, optimizer);
  }

  /// Two steps by one gradient are one by their mean.
  void check_accumulation(const std::string& who, const Optimizer& accumulating) const {
    if (optimizer_.options().gradient_accumulation_steps || optimizer_.has_schedule()) return;
    Steps two(accumulating, weights_), one(optimizer_, weights_);
    for (int i = 0; i < kSteps; ++i) {
      two.take(gradients_[0]);
      two.take(gradients_[0]);
      one.take(gradients_[0]);
    }
    check_same(who, "by two gradients than by their mean", one.weights(), two.weights());
  }

  const Optimizer& optimizer_;
  std::string who_;
  const OptimizerCheckOptions& options_;
  Tensors weights_, zeros_, gradients_[kSteps];
};

}  // namespace

void check_optimizer(const Optimizer& optimizer, const OptimizerCheckOptions& options) {
  OptimizerCheck(optimizer, options).run();
}

}  // namespace reel
