// Every metric against its formula in double: of 1,001 rows, which are many tiles and a remainder, and masked. A metric
// without a formula here fails a test.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "models/known_names.h"
#include "models/loss_batch.h"
#include "reel/autodiff/tape.h"
#include "reel/models/metrics/metric.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

/// All that are metrics by their names: those of their own, and losses that these are not in place of.
std::vector<PlainLoss> formulas() {
  std::vector<PlainLoss> all = plain_metrics();
  for (const PlainLoss& loss : plain_losses()) {
    const auto has_its_name = [&](const PlainLoss& metric) { return metric.name == loss.name; };
    if (std::none_of(plain_metrics().begin(), plain_metrics().end(), has_its_name)) all.push_back(loss);
  }
  return all;
}

void check(const Metric& metric, const PlainLoss& plain) {
  for (const bool is_masked : {false, true}) {
    INFO(plain.name << (is_masked ? ", masked" : ""));
    const LossBatch batch(plain.targets, plain.predictions, is_masked);
    Tape tape;
    const Var t = tape.input(batch.target_type().shape, batch.target_type().dtype),
              y = tape.input(batch.prediction_type().shape), mask = tape.input({rows, LossBatch::kSteps});
    const std::vector<Var> sums = metric.sums(t, {y, is_masked ? mask : Var{}});
    const std::vector<Tensor> found =
        tape.compile({.outputs = sums, .inputs = {t, y, mask}}).run({batch.targets, batch.predictions, batch.mask});
    CHECK(metric.result(found).item() == Approx(batch.mean(plain, false)).epsilon(2e-6));
  }
}

TEST_CASE("metrics: of 1,001 rows, and masked, against their formulas in double", "[metric][metric_rows]") {
  for (const PlainLoss& plain : formulas()) check(Metric(plain.name), plain);
}

TEST_CASE("metrics: thresholds, and what accuracy makes of shapes, against formulas in double",
          "[metric][metric_rows]") {
  const auto above = [](double threshold) {
    return [=](const Numbers& t, const Numbers& y) {
      double right = 0;
      for (size_t i = 0; i < y.size(); ++i) right += t[i] == (y[i] > threshold ? 1 : 0);
      return right / static_cast<double>(y.size());
    };
  };
  const auto of_classes = [](const Numbers& t, const Numbers& y) {
    return t[0] == static_cast<double>(std::max_element(y.begin(), y.end()) - y.begin()) ? 1.0 : 0.0;
  };
  check(BinaryAccuracy{.threshold = 0.75}, {"threshold 0.75", Of::bits, Of::shares, above(0.75)});
  check(BinaryAccuracy{.threshold = 0.125}, {"threshold 0.125", Of::bits, Of::shares, above(0.125)});
  check(Accuracy{}, {"accuracy of classes", Of::classes, Of::shares, of_classes});
}

TEST_CASE("metrics: every name that there is has a formula", "[metric][metric_rows]") {
  std::set<std::string> names;
  for (const PlainLoss& plain : formulas()) names.insert(plain.name);
  // What is more than a mean of vectors' values: metric_sums_test.cc, check_metric_test.cc.
  names.merge(std::set<std::string>{"auc",
                                    "binary_io_u",
                                    "circle",
                                    "concordance_correlation",
                                    "ctc",
                                    "dice",
                                    "f1_score",
                                    "false_negatives",
                                    "false_positives",
                                    "fbeta_score",
                                    "io_u",
                                    "mean",
                                    "mean_io_u",
                                    "mean_metric_wrapper",
                                    "one_hot_io_u",
                                    "one_hot_mean_io_u",
                                    "pearson_correlation",
                                    "precision",
                                    "precision_at_recall",
                                    "r2_score",
                                    "recall",
                                    "recall_at_precision",
                                    "root_mean_squared_error",
                                    "sensitivity_at_specificity",
                                    "specificity_at_sensitivity",
                                    "sum",
                                    "true_negatives",
                                    "true_positives",
                                    "tversky"});
  CHECK(names == known_names<Metric>());
}

}  // namespace
}  // namespace reel::testing
