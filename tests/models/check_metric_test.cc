// Every metric goes through the check that users' metrics do; and the check sees what is wrong.
#include "reel/models/testing/check_metric.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "models/known_names.h"
#include "reel/models/metrics/mean_metric_wrapper.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

using Catch::Contains;

const Type kRow{DType::f32, {rows, 3}}, kSteps{DType::f32, {rows, 4, 3}}, kIds{DType::i32, {rows}},
    kStepsOfIds{DType::i32, {rows, 4}};

struct CheckedRow {
  Metric metric;
  Type targets, predictions;
  ScoreCheckOptions options = {};
};

const ScoreCheckOptions kNumbers{}, kPositive{.targets = Drawn::positive, .predictions = Drawn::positive},
    kBits{.targets = Drawn::bits, .predictions = Drawn::shares},
    kOneHot{.targets = Drawn::one_hot, .predictions = Drawn::distributions},
    kClasses{.targets = Drawn::classes, .predictions = Drawn::distributions},
    kOfBatch{.targets = Drawn::bits, .predictions = Drawn::shares, .is_of_batch = true},
    kSigns{.targets = Drawn::signs};

std::vector<CheckedRow> mean_rows() {
  return {
      {ValueAccuracy{}, kRow, kRow, {.targets = Drawn::bits, .predictions = Drawn::bits}},
      {Accuracy{}, kIds, kRow, kClasses},
      {Accuracy{}, kSteps, kSteps, kOneHot},
      {BinaryAccuracy{.threshold = 0.25}, kSteps, kSteps, kBits},
      {CategoricalAccuracy{}, kRow, kRow, kOneHot},
      {SparseCategoricalAccuracy{}, kStepsOfIds, kSteps, kClasses},
      {TopKCategoricalAccuracy{.k = 2}, kSteps, kSteps, kOneHot},
      {SparseTopKCategoricalAccuracy{.k = 2}, kIds, kRow, kClasses},
      {Mean{}, kSteps, kSteps, kNumbers},
      {Sum{}, kRow, kRow, kNumbers},
      {RootMeanSquaredError{}, kSteps, kSteps, kNumbers},
      {PearsonCorrelation{}, kSteps, kSteps, kNumbers},
      {ConcordanceCorrelation{.axis = 1}, kSteps, kSteps, {.by_vector = false}},
      {MeanMetricWrapper{CategoricalCrossentropy{.label_smoothing = 0.25}}, kSteps, kSteps, kOneHot},
      {R2Score{.class_aggregation = "variance_weighted_average"}, kRow, kRow, {.of_no_rows = std::nan("")}},
      {Metric([](Var t, Var y) { return reduce_mean(t * y); }), kRow, kRow, {.has_config = false}},
  };
}

/// Losses, which are metrics of their own classes.
std::vector<CheckedRow> loss_rows() {
  return {
      {MeanSquaredError{}, kSteps, kSteps, kNumbers},
      {MeanAbsoluteError{}, kRow, kRow, kNumbers},
      {MeanAbsolutePercentageError{}, kRow, kRow, kPositive},
      {MeanSquaredLogarithmicError{}, kRow, kRow, kPositive},
      {Huber{.delta = 0.5}, kRow, kRow, kNumbers},
      {LogCosh{}, kRow, kRow, kNumbers},
      {Poisson{}, kRow, kRow, kPositive},
      {KLDivergence{}, kSteps, kSteps, {.targets = Drawn::distributions, .predictions = Drawn::distributions}},
      {CosineSimilarity{}, kSteps, kSteps, kNumbers},
      {Hinge{}, kRow, kRow, kSigns},
      {SquaredHinge{}, kRow, kRow, kSigns},
      {CategoricalHinge{}, kSteps, kSteps, {.targets = Drawn::one_hot}},
      {Dice{.axis = 1}, kRow, kRow, kBits},
      {Tversky{.alpha = 0.25, .beta = 0.75}, kRow, kRow, kOfBatch},
      {BinaryCrossentropy{.label_smoothing = 0.25, .axis = 1},
       kSteps,
       kSteps,
       {.targets = Drawn::bits, .predictions = Drawn::shares, .by_vector = false}},
      {BinaryFocalCrossentropy{.alpha = 0.125, .gamma = 3}, kRow, kRow, kBits},
      {CategoricalCrossentropy{.label_smoothing = 0.25}, kSteps, kSteps, kOneHot},
      {CategoricalFocalCrossentropy{.alpha = 0.5, .gamma = 3}, kRow, kRow, kOneHot},
      {SparseCategoricalCrossentropy{}, kStepsOfIds, kSteps, kClasses},
      {CategoricalGeneralizedCrossEntropy{.q = 0.25}, kIds, kRow, kClasses},
      {Circle{.gamma = 2}, kIds, kRow, {.targets = Drawn::classes, .predictions = Drawn::shares, .is_of_batch = true}},
      {CTC{}, {DType::i32, {rows, 2}}, kSteps, {.targets = Drawn::classes, .classes = 3, .by_vector = false}},
      {Loss(MeanSquaredError{}), kRow, kRow, {.has_config = false}},
  };
}

std::vector<CheckedRow> threshold_rows() {
  return {
      {TruePositives{.thresholds = {0.25, 0.75}}, kSteps, kSteps, kBits},
      {TrueNegatives{}, kRow, kRow, kBits},
      {FalsePositives{.thresholds = 0.375}, kSteps, kSteps, kBits},
      {FalseNegatives{}, kRow, kRow, kBits},
      {Precision{.top_k = 2}, kSteps, kSteps, kBits},
      {Recall{.class_id = 1}, kRow, kRow, kBits},
      {AUC{.num_thresholds = 20}, kSteps, kSteps, kBits},
      {AUC{.curve = "PR", .multi_label = true}, kRow, kRow, kBits},
      {SensitivityAtSpecificity{.specificity = 0.25}, kRow, kRow, kBits},
      {SpecificityAtSensitivity{.sensitivity = 0.25}, kRow, kRow, kBits},
      {PrecisionAtRecall{.recall = 0.25}, kRow, kRow, kBits},
      {RecallAtPrecision{.precision = 0.25}, kRow, kRow, kBits},
      {FBetaScore{.beta = 2}, kRow, kRow, kOneHot},
      {F1Score{.average = "weighted", .threshold = 0.25}, kRow, kRow, kBits},
  };
}

std::vector<CheckedRow> overlap_rows() {
  const ScoreCheckOptions ids{.targets = Drawn::classes, .predictions = Drawn::classes, .classes = 3};
  return {
      {IoU{.num_classes = 3, .target_class_ids = {0, 2}}, kIds, kIds, ids},
      {MeanIoU{.num_classes = 3, .sparse_y_pred = false}, kStepsOfIds, kSteps, kClasses},
      {BinaryIoU{.threshold = 0.25}, kRow, kRow, kBits},
      {OneHotIoU{.num_classes = 3, .target_class_ids = {1}}, kRow, kRow, kOneHot},
      {OneHotMeanIoU{.num_classes = 3}, kSteps, kSteps, kOneHot},
  };
}

std::vector<CheckedRow> all_rows() {
  std::vector<CheckedRow> all;
  for (const auto& table : {mean_rows(), loss_rows(), threshold_rows(), overlap_rows()}) {
    all.insert(all.end(), table.begin(), table.end());
  }
  return all;
}

void check_all(const std::vector<CheckedRow>& table) {
  for (const auto& [metric, targets, predictions, options] : table) {
    INFO(metric.name() << " of " << predictions.str());
    CHECK_NOTHROW(check_metric(metric, targets, predictions, options));
  }
}

TEST_CASE("means hold what check_metric asks", "[metric][check_metric]") { check_all(mean_rows()); }
TEST_CASE("losses as metrics hold what check_metric asks", "[metric][check_metric]") { check_all(loss_rows()); }
TEST_CASE("thresholds hold what check_metric asks", "[metric][check_metric]") { check_all(threshold_rows()); }
TEST_CASE("intersections over unions hold what check_metric asks", "[metric][check_metric]") {
  check_all(overlap_rows());
}

TEST_CASE("every metric goes through check_metric", "[metric][check_metric]") {
  std::set<std::string> checked, known;
  for (const CheckedRow& row : all_rows()) checked.insert(row.metric.described().class_name());
  for (const std::string& name : testing::listed_names<Metric>()) known.insert(Metric(name).described().class_name());
  known.insert("Accuracy");  // that of the class, not of the name
  known.insert("");          // "accuracy", a function
  CHECK(known == checked);
}

/// The mean prediction times a factor, in a wrong way if told to.
struct Odd {
  std::string how = "right";
  double factor = 1;
  std::string name = "odd";
  static constexpr std::string_view class_name = "test>OddMetric";
  void fields(Fields& f) {
    name_and_dtype(f, name);
    f("how", how);
    if (how != "forgets") f("factor", factor);
  }
  std::vector<Var> sums(Var, Var y, Var weight) const {
    if (how == "no weights") weight = {};
    std::vector<Var> sums = sums_for_mean(y, weight, name);
    if (how == "mean of means") return {sums[0] / sums[1], sums[1] / sums[1]};
    if (how == "in floats") sums[0] = cast(sum(y), DType::f64);
    if (how == "keeps NaN" && weight) sums[0] = sum(cast(y, DType::f64) * with_last(cast(weight, DType::f64)));
    return sums;
  }
  double result(std::span<const Tensor> totals) const {
    const double mean =
        how == "0 / 0" ? totals[0].item() / totals[1].item() : quotient(totals[0].item(), totals[1].item());
    return how == "infinite" ? HUGE_VAL : mean * factor;
  }
};

TEST_CASE("check_metric sees what is wrong with a metric", "[metric][check_metric]") {
  register_metric<Odd>();
  const auto check = [](const Metric& metric) { check_metric(metric, kRow, kRow, {.predictions = Drawn::positive}); };
  CHECK_NOTHROW(check(Odd{.factor = 2}));
  CHECK_THROWS_WITH(check(Odd{.how = "mean of means"}), Contains("metric \"odd\": sum 0 of all rows is"));
  CHECK_THROWS_WITH(check(Odd{.how = "in floats"}), Contains("of batches of 1 together"));
  CHECK_THROWS_WITH(check(Odd{.how = "no weights"}), Contains("by weights, for which copies of rows stand"));
  CHECK_THROWS_WITH(check(Odd{.how = "keeps NaN"}), Contains("where predictions of weight 0 are NaN"));
  CHECK_THROWS_WITH(check(Odd{.how = "forgets", .factor = 2}), Contains("gives other bits made of its config"));
  CHECK_THROWS_WITH(check(Odd{.how = "0 / 0"}), Contains("result of no rows is"));
  CHECK_THROWS_WITH(check(Odd{.how = "infinite"}), Contains("gave inf"));
}

}  // namespace
}  // namespace reel
