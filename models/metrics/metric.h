// Metrics, with Keras's names and rules (keras.metrics): sums over the rows of a batch, and what their totals come to.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "reel/models/describe/held.h"
#include "reel/models/losses/loss.h"
#include "reel/models/metrics/accuracies.h"
#include "reel/models/metrics/auc.h"
#include "reel/models/metrics/better.h"
#include "reel/models/metrics/correlations.h"
#include "reel/models/metrics/counts.h"
#include "reel/models/metrics/f_scores.h"
#include "reel/models/metrics/iou.h"
#include "reel/models/metrics/means.h"
#include "reel/models/metrics/r2_score.h"
#include "reel/models/metrics/sums.h"

namespace reel {

/// What a Metric holds, whatever it is made of.
class MetricRule : public Described {
 public:
  virtual std::string name() const = 0;
  virtual Better better() const { return Better::neither; }
  virtual void set_name(const std::string&) {}
  /// The class that Keras names the function after whose mean this is.
  virtual std::string class_of_function() const { return class_name(); }
  /// What is to be added up over batches, in float64 and without rows. Weights [rows, ...] are those of the values'
  /// first axes; an empty Var where all count once.
  virtual std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const = 0;
  /// Of the totals: [], or [n] for a metric that gives several numbers.
  virtual Tensor result(std::span<const Tensor> totals) const = 0;
};

/// A struct with a member `name` whose call maps (targets, predictions) to values [rows, ...], whose mean is the
/// metric; targets are brought to the predictions' shape and type, unless it says `kTargetsAreClasses`.
template <class M>
concept MeanMetricStruct = LossStruct<M>;

/// A struct with a member `name`, `sums(targets, predictions, weight)` and `result(totals)`, as MetricRule says; the
/// predictions are a Var or a Flow, the targets as they are given.
template <class M>
concept SumMetricStruct = requires(const M& metric, Var v, std::span<const Tensor> totals) {
  std::string_view(metric.name);
  std::vector<Var>(metric.sums(v, v, v));
  metric.result(totals);
};

template <class M>
struct HeldMetric : Held<M, MetricRule> {
  using Held<M, MetricRule>::Held;
  using Held<M, MetricRule>::value;

  std::string name() const override { return std::string(value.name); }
  void set_name(const std::string& name) override {
    if constexpr (requires { value.name = name; }) value.name = name;
  }
  Better better() const override {
    if constexpr (requires { M::better; }) return M::better;
    return Better::neither;
  }
};

template <MeanMetricStruct M>
struct HeldMean final : HeldMetric<M> {
  using HeldMetric<M>::HeldMetric;
  using HeldMetric<M>::value;

  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const override;
  Tensor result(std::span<const Tensor> totals) const override { return mean_of_sums(totals); }
};

template <SumMetricStruct M>
struct HeldSums final : HeldMetric<M> {
  using HeldMetric<M>::HeldMetric;
  using HeldMetric<M>::value;

  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const override {
    if constexpr (requires { value.sums(y_true, y_pred, weight); })
      return value.sums(y_true, y_pred, weight);
    else
      return value.sums(y_true, y_pred.value, weight);
  }
  Tensor result(std::span<const Tensor> totals) const override {
    if constexpr (std::is_convertible_v<decltype(value.result(totals)), double>)
      return Tensor::scalar(value.result(totals), DType::f64);
    else
      return value.result(totals);
  }
};

/// Any metric of these headers, any loss, Keras's name for one ("accuracy", "mae"), by which it is then called in logs,
/// or any function of (targets, predictions) -> a value for each sample. A loss's struct is Keras's metric of that
/// class; `Loss(...)` around it makes it what it is as a loss. A loss, and a function without a name, which is one
/// called "custom", gets its targets brought to the predictions' shape and type, unless they are indices of classes; a
/// named function gets them as they are. Copies share it. Constructors throw ValueError for a function or pointer that
/// is empty.
class Metric {
 public:
  template <class M>
  requires(LossStruct<M> || SumMetricStruct<M>) Metric(M metric) {
    if constexpr (SumMetricStruct<M>)
      rule_ = std::make_shared<HeldSums<M>>(std::move(metric));
    else if constexpr (requires { metric.reduction; })
      *this = of_class(Loss(std::move(metric)));
    else
      rule_ = std::make_shared<HeldMean<M>>(std::move(metric));
  }
  /// Throws ValueError for a loss that is none.
  Metric(Loss loss);
  template <class F>
  requires(!std::is_same_v<F, Metric> && !std::is_same_v<F, Loss> && !LossStruct<F> && !SumMetricStruct<F> &&
           std::is_invocable_r_v<Var, F, Var, Var>) Metric(F function)
      : Metric(Loss(std::move(function))) {}
  Metric(std::string name, std::function<Var(Var, Var)> function);
  /// Throws ValueError, listing all names, for one that is not known.
  Metric(std::string_view name);
  Metric(const char* name);
  Metric(const std::string& name) : Metric(std::string_view(name)) {}

  std::string name() const { return rule_->name(); }
  /// Which values are better: of a struct that says `static constexpr Better better`, and of losses.
  Better better() const { return rule_->better(); }
  /// What is to be added up over batches, f64 each: of all rows and steps that the predictions' mask leaves, weighted
  /// if weights [rows] or [rows, steps, ...] are given. Throws ShapeError for what does not fit, and Error where a
  /// function gives an empty Var.
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var sample_weight = {}) const;
  /// Of the totals: [], or [n] of a metric that gives several numbers; f64.
  Tensor result(std::span<const Tensor> totals) const;

  /// As Keras serializes it. Throws ValueError for a function, and for a struct without a class name.
  Config config() const;
  /// From a name, or from what `config` gives. Throws ValueError for a class or an argument that is not known.
  static Metric from_config(const Config& config);
  MetricRule& described() const { return *rule_; }

 private:
  explicit Metric(std::shared_ptr<MetricRule> rule) : rule_(std::move(rule)) {}
  /// Keras's metric of the loss's class.
  static Metric of_class(Loss loss);

  std::shared_ptr<MetricRule> rule_;
};

/// Metrics, in their order. What takes them takes one, too: `.metrics = "mae"`, `.metrics = {"mae", AUC{}}`.
class Metrics {
 public:
  Metrics() = default;
  Metrics(std::initializer_list<Metric> metrics) : all_(metrics) {}
  Metrics(std::vector<Metric> metrics) : all_(std::move(metrics)) {}
  template <class M>
  requires(!std::is_same_v<M, Metrics> && std::is_convertible_v<M, Metric>) Metrics(M metric)
      : all_{Metric(std::move(metric))} {}

  operator const std::vector<Metric>&() const { return all_; }
  bool empty() const { return all_.empty(); }
  size_t size() const { return all_.size(); }
  const Metric& operator[](size_t i) const { return all_[i]; }
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

 private:
  std::vector<Metric> all_;
};

/// Makes `M{}`'s class known to `Metric::from_config`, by its `class_name`. Throws ValueError unless that is
/// "package>Name".
void register_metric(std::string class_name, std::function<Metric()> make);
template <class M>
void register_metric() {
  register_metric(std::string(M::class_name), [] { return Metric(M{}); });
}

/// The sums of a mean of values that a function gave for predictions. Throws what Metric::sums does.
std::vector<Var> sums_of_values(Var values, const Flow& y_pred, Var weight, const std::string& metric);

template <MeanMetricStruct M>
std::vector<Var> HeldMean<M>::sums(Var y_true, const Flow& y_pred, Var weight) const {
  Matched given{y_true, y_pred};
  if constexpr (!requires { M::kTargetsAreClasses; }) given = matched(y_true, y_pred, value.name);
  if constexpr (requires { value(y_true, y_pred); })
    return sums_of_values(value(given.targets, given.predicted), y_pred, weight, std::string(value.name));
  else
    return sums_of_values(value(given.targets, given.predicted.value), y_pred, weight, std::string(value.name));
}

}  // namespace reel
