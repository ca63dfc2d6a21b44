#include "reel/models/metrics/metric.h"

#include <fmt/format.h>

#include "reel/models/describe/users_code.h"
#include "reel/models/losses/loss_names.h"

namespace reel {
namespace {

constexpr Maker<Metric> kMetrics[] = {
    maker<Metric, Accuracy>(Accuracy::name, "acc", "Accuracy", "ACC"),
    maker<Metric, BinaryAccuracy>(BinaryAccuracy::name, "BinaryAccuracy"),
    maker<Metric, CategoricalAccuracy>(CategoricalAccuracy::name, "CategoricalAccuracy"),
    maker<Metric, SparseCategoricalAccuracy>(SparseCategoricalAccuracy::name, "SparseCategoricalAccuracy"),
    maker<Metric, LogCosh>("log_cosh_error", "LogCoshError"),
};

}  // namespace

Var BinaryAccuracy::operator()(Var y_true, Var y_pred) const {
  if (!(threshold > 0 && threshold < 1)) {
    throw ValueError(fmt::format("{}: threshold must be in (0, 1), got {}", name, threshold));
  }
  const Var t = match_targets(y_true, y_pred, name);
  return mean_of_outputs(equal(t, greater(y_pred, y_pred.graph().constant(threshold, y_pred.dtype()))));
}

Var CategoricalAccuracy::operator()(Var y_true, Var y_pred) const {
  return cast(equal(argmax(match_targets(y_true, y_pred, name)), argmax(y_pred)), y_pred.dtype());
}

Var SparseCategoricalAccuracy::operator()(Var y_true, Var y_pred) const {
  const Var largest = argmax(y_pred);
  Var t = y_true;
  if (t.shape().rank() == largest.shape().rank() + 1 && t.shape().back() == 1) t = reshape(t, largest.shape());
  if (!(t.shape() == largest.shape())) {
    throw ShapeError(
        fmt::format("{}: targets {} do not fit predictions {}", name, y_true.shape().str(), y_pred.shape().str()));
  }
  return cast(equal(t, cast(largest, t.dtype())), y_pred.dtype());
}

Var Accuracy::operator()(Var y_true, Var y_pred) const {
  if (y_pred.shape().rank() == 1 || y_pred.shape().back() == 1) return BinaryAccuracy{}(y_true, y_pred);
  const bool sparse = y_true.shape().rank() < y_pred.shape().rank() || y_true.shape().back() == 1;
  return sparse ? SparseCategoricalAccuracy{}(y_true, y_pred) : CategoricalAccuracy{}(y_true, y_pred);
}

Metric::Metric(std::string_view name)
    : Metric(entry_named<Maker<Metric>>("metric", name, {kMetrics, kLossesAs<Metric>}).make()) {
  name_ = name;
}

Metric::Metric(const char* name) : Metric(given_name("metric", name)) {}

Metric::Metric(Loss loss) : name_(loss.name()) {
  if (!loss) throw ValueError("metric: expected a loss, got none");
  valid_ = [loss](Var y_true, Var y_pred, Var mask) { return loss.valid(y_true, y_pred, mask); };
  function_ = std::move(loss);
}

Metric::Metric(std::string name, std::function<Var(Var, Var)> function)
    : name_(std::move(name)),
      function_([given = require_function(std::move(function), "metric")](Var y_true, Var y_pred, Var) {
        return given(y_true, y_pred);
      }) {}

Var Metric::values(Var y_true, Var y_pred, Var mask) const {
  return require_values(function_(y_true, y_pred, mask), y_pred, {"metric", name_});
}

Var Metric::operator()(Var y_true, Var y_pred) const {
  Var all = values(y_true, y_pred, {});
  while (all.shape().rank() > 1) all = reduce_mean(all);
  return all;
}

Var Metric::of_batch(Var y_true, Var y_pred, Var mask) const {
  const Var valid = valid_ ? valid_(y_true, y_pred, mask) : mask;
  if (!valid) return mean((*this)(y_true, y_pred));
  const Var all = values(y_true, y_pred, mask);
  return sum_of_valid(all, valid, name_) / count_of_valid(all, valid);
}

}  // namespace reel
