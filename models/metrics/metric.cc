#include "reel/models/metrics/metric.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/models/describe/family.h"
#include "reel/models/describe/json.h"
#include "reel/models/describe/users_code.h"
#include "reel/models/losses/loss_names.h"
#include "reel/models/metrics/mean_metric_wrapper.h"

namespace reel {
namespace {

/// The mean of a loss's values: Keras's metric of its class, or what it is as a loss.
class LossMetric final : public MetricRule {
 public:
  enum class As : uint8_t { metric, loss };
  LossMetric(Loss loss, As as)
      : loss_(std::move(loss)),
        is_metric_(as == As::metric),
        name_(is_metric_ ? loss_.described().metric_name() : loss_.name()) {}

  std::string class_name() const override { return is_metric_ ? loss_.described().metric_class_name() : ""; }
  void fields(Fields& to) override {
    name_and_dtype(to, name_);
    loss_.described().metric_fields(to);
  }
  void check() const override { loss_.described().check(); }
  std::string class_of_function() const override { return loss_.described().class_name(); }
  std::string name() const override { return name_; }
  void set_name(const std::string& name) override { name_ = name; }
  Better better() const override {
    return is_metric_ && loss_.described().metric_sign() < 0 ? Better::higher : Better::lower;
  }

  /// As in Keras, what a metric ignores counts among the values unless they are weighted, be it by a mask.
  std::vector<Var> sums(Var y_true, const Flow& y_pred, Var weight) const override {
    Var values = loss_(y_true, y_pred);
    if (is_metric_ && loss_.described().metric_sign() < 0) values = -values;
    const Var valid = is_metric_ && !weight ? Var{} : loss_.valid(y_true, y_pred.value);
    if (valid) weight = weight ? with_axes_of(valid, cast(weight, valid.dtype())) * valid : valid;
    return sums_of_values(values, y_pred, weight, name_);
  }
  Tensor result(std::span<const Tensor> totals) const override { return mean_of_sums(totals); }

 private:
  Loss loss_;
  bool is_metric_;
  std::string name_;
};

/// A function with a name, which gets its targets as they are.
struct NamedFunction {
  static constexpr bool kTargetsAreClasses = true;  // or may be
  std::string name;
  std::function<Var(Var, Var)> function;
  Var operator()(Var y_true, Var y_pred) const { return function(y_true, y_pred); }
};

constexpr Maker<Metric> kMetrics[] = {
    maker<Metric, Accuracy>("accuracy", "acc", "ACC"),
    maker<Metric, ValueAccuracy>("Accuracy"),  // to who asks for a class; by this name it is the one above
    maker<Metric, BinaryAccuracy>("binary_accuracy", "BinaryAccuracy"),
    maker<Metric, CategoricalAccuracy>("categorical_accuracy", "CategoricalAccuracy"),
    maker<Metric, SparseCategoricalAccuracy>("sparse_categorical_accuracy", "SparseCategoricalAccuracy"),
    maker<Metric, TopKCategoricalAccuracy>("top_k_categorical_accuracy", "TopKCategoricalAccuracy"),
    maker<Metric, SparseTopKCategoricalAccuracy>("sparse_top_k_categorical_accuracy", "SparseTopKCategoricalAccuracy"),
    maker<Metric, LogCosh>("log_cosh_error", "LogCoshError"),
    maker<Metric, Mean>("mean", "Mean"),
    maker<Metric, Sum>("sum", "Sum"),
    maker<Metric, RootMeanSquaredError>("root_mean_squared_error", "RootMeanSquaredError", "rmse", "RMSE"),
    maker<Metric, TruePositives>("true_positives", "TruePositives"),
    maker<Metric, TrueNegatives>("true_negatives", "TrueNegatives"),
    maker<Metric, FalsePositives>("false_positives", "FalsePositives"),
    maker<Metric, FalseNegatives>("false_negatives", "FalseNegatives"),
    maker<Metric, Precision>("precision", "Precision"),
    maker<Metric, Recall>("recall", "Recall"),
    maker<Metric, AUC>("auc", "AUC"),
    maker<Metric, SensitivityAtSpecificity>("sensitivity_at_specificity", "SensitivityAtSpecificity"),
    maker<Metric, SpecificityAtSensitivity>("specificity_at_sensitivity", "SpecificityAtSensitivity"),
    maker<Metric, PrecisionAtRecall>("precision_at_recall", "PrecisionAtRecall"),
    maker<Metric, RecallAtPrecision>("recall_at_precision", "RecallAtPrecision"),
    maker<Metric, FBetaScore>("fbeta_score", "FBetaScore"),
    maker<Metric, F1Score>("f1_score", "F1Score"),
    maker<Metric, R2Score>("r2_score", "R2Score"),
    maker<Metric, MeanIoU>("mean_io_u", "MeanIoU"),
    maker<Metric, IoU>("io_u", "IoU"),
    maker<Metric, BinaryIoU>("binary_io_u", "BinaryIoU"),
    maker<Metric, OneHotIoU>("one_hot_io_u", "OneHotIoU"),
    maker<Metric, OneHotMeanIoU>("one_hot_mean_io_u", "OneHotMeanIoU"),
    maker<Metric, PearsonCorrelation>("pearson_correlation", "PearsonCorrelation"),
    maker<Metric, ConcordanceCorrelation>("concordance_correlation", "ConcordanceCorrelation"),
    maker<Metric, MeanMetricWrapper>("mean_metric_wrapper", "MeanMetricWrapper"),
};

Family<Metric>& metrics() {
  static Family<Metric> family("metric", "keras.metrics", kMetrics, kLossesAs<Metric>);
  return family;
}

}  // namespace

Metric::Metric(std::string_view name) : Metric(metrics().named(name == "Accuracy" ? "accuracy" : name)) {
  rule_->set_name(std::string(name));
}

Metric::Metric(const char* name) : Metric(given_name("metric", name)) {}

Metric::Metric(Loss loss) {
  if (!loss) throw ValueError("metric: expected a loss, got none");
  rule_ = std::make_shared<LossMetric>(std::move(loss), LossMetric::As::loss);
}

Metric::Metric(std::string name, std::function<Var(Var, Var)> function)
    : Metric(NamedFunction{std::move(name), require_function(std::move(function), "metric")}) {}

Metric Metric::of_class(Loss loss) {
  return Metric(std::make_shared<LossMetric>(std::move(loss), LossMetric::As::metric));
}

std::vector<Var> Metric::sums(Var y_true, const Flow& y_pred, Var sample_weight) const {
  Var weight = y_pred.mask ? cast(y_pred.mask, DType::f64) : sample_weight;
  if (y_pred.mask && sample_weight) weight = weight * with_axes_of(weight, cast(sample_weight, DType::f64));
  std::vector<Var> sums = rule_->sums(y_true, y_pred, weight);
  for (const Var& sum : sums) {
    const Type& type = require_var(sum, y_pred.value.graph(), {"metric", name()}).type();
    if (type.dtype == DType::f64 && !type.shape.has_rows()) continue;
    throw ShapeError(
        fmt::format("metric \"{}\": expected sums over the rows, f64 [...], got {}", excerpt(name()), type.str()));
  }
  return sums;
}

Tensor Metric::result(std::span<const Tensor> totals) const {
  Tensor result = rule_->result(totals);
  if (result && result.shape().rank() <= 1 && result.size() > 0) return result.cast(DType::f64);
  throw ShapeError(fmt::format("metric \"{}\": expected a result [] or [n], got {}", excerpt(name()),
                               result ? result.type().str() : std::string("nothing")));
}

Config Metric::config() const {
  // Keras keeps the name, too, of what shapes decide.
  if (dynamic_cast<const HeldMean<Accuracy>*>(rule_.get()) != nullptr) return config_of(name());
  return metrics().config(*this);
}

Metric Metric::from_config(const Config& config) {
  std::string name;
  return is_text(config, name) ? Metric(name) : metrics().from_config(config);
}

void register_metric(std::string class_name, std::function<Metric()> make) {
  metrics().add(std::move(class_name), std::move(make));
}

std::vector<Var> sums_of_values(Var values, const Flow& y_pred, Var weight, const std::string& metric) {
  return sums_for_mean(require_values(values, y_pred.value, {"metric", metric}), weight, metric);
}

}  // namespace reel
