// Metrics that are more than a mean, against sums by hand and in plain loops; and how sums become logs.
#include <catch2/catch.hpp>
#include <cmath>

#include "models/metric_value.h"
#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

using Catch::Contains;
using testing::metric_of;

const Tensor kBits = Tensor::of<float>({4}, {0, 0, 1, 1}), kShares = Tensor::of<float>({4}, {0, 0.5f, 0.3f, 0.9f}),
             kWeights = Tensor::of<float>({4}, {1, 0, 0, 1});

double result(const Metric& metric, const Tensor& weight = {}) {
  return metric_of(metric, kBits, kShares, weight).item();
}

std::vector<double> results(const Metric& metric) { return doubles_of(metric_of(metric, kBits, kShares)); }

// The examples in Keras's own documentation of these classes.
TEST_CASE("counts above thresholds, and shares of them", "[metric]") {
  const Tensor t = Tensor::of<float>({4}, {0, 1, 1, 1}), y = Tensor::of<float>({4}, {1, 0, 1, 1}),
               w = Tensor::of<float>({4}, {0, 0, 1, 0});
  CHECK(metric_of(TruePositives{}, t, y).item() == 2);
  CHECK(metric_of(TruePositives{}, t, y, w).item() == 1);
  CHECK(metric_of(FalsePositives{}, t, y).item() == 1);
  CHECK(metric_of(FalseNegatives{}, t, y).item() == 1);
  CHECK(metric_of(TrueNegatives{}, t, y).item() == 0);
  CHECK(metric_of(Precision{}, t, y).item() == Approx(2.0 / 3));
  CHECK(metric_of(Precision{}, t, y, w).item() == 1);
  CHECK(metric_of(Recall{}, t, y).item() == Approx(2.0 / 3));
  CHECK(results(TruePositives{.thresholds = {0.25, 0.75}}) == std::vector<double>{2, 1});
  CHECK(result(TruePositives{.thresholds = 0.95}) == 0);
  CHECK(result(FalsePositives{}) == 0);  // 0.5 is not above 0.5
  CHECK(result(Precision{.thresholds = 0.95}) == 0);
}

TEST_CASE("precision and recall of the largest outputs and of one class", "[metric]") {
  const Tensor t = Tensor::of<float>({2, 3}, {1, 0, 0, 0, 1, 1}),
               y = Tensor::of<float>({2, 3}, {.2f, .7f, .7f, 0, .1f, .9f});
  // The two largest, of equals the first: 1 and 2 of row 0, 2 and 1 of row 1.
  CHECK(metric_of(Precision{.top_k = 2}, t, y).item() == Approx(0.5));
  CHECK(metric_of(Recall{.top_k = 2}, t, y).item() == Approx(2.0 / 3));
  CHECK(metric_of(Precision{.top_k = 1}, t, y).item() == Approx(0.5));
  CHECK(metric_of(FalsePositives{}, t, y).item() == 2);
  CHECK(metric_of(Precision{.class_id = 2}, t, y).item() == Approx(0.5));
  CHECK(metric_of(Recall{.class_id = 1}, t, y).item() == 0);
  CHECK_THROWS_WITH(metric_of(Precision{.top_k = 4}, t, y), Contains("top_k must be in [1, 3]"));
  CHECK_THROWS_WITH(metric_of(Recall{.class_id = 3}, t, y), Contains("class_id must be in [0, 3)"));
}

TEST_CASE("areas under curves", "[metric]") {
  CHECK(result(AUC{.num_thresholds = 3}) == Approx(0.75));
  CHECK(result(AUC{.num_thresholds = 3}, kWeights) == Approx(1));
  CHECK(result(AUC{.num_thresholds = 3, .summation_method = "minoring"}) == Approx(0.5));
  CHECK(result(AUC{.num_thresholds = 3, .summation_method = "majoring"}) == Approx(1));
  CHECK(result(AUC{.thresholds = std::vector<double>{0.4}}) == Approx(0.5));
  const Tensor t = Tensor::of<float>({4, 2}, {0, 1, 0, 1, 1, 0, 1, 0}),
               y = Tensor::of<float>({4, 2}, {0, .1f, .5f, .2f, .3f, .3f, .9f, .4f});
  CHECK(metric_of(AUC{.num_thresholds = 3, .multi_label = true}, t, y).item() == Approx((0.75 + 0.5) / 2));
  CHECK(metric_of(AUC{.num_thresholds = 3, .multi_label = true, .label_weights = std::vector<double>{3, 1}}, t, y)
            .item() == Approx((3 * 0.75 + 0.5) / 4));
  CHECK_THROWS_WITH(result(AUC{.num_thresholds = 1}), Contains("num_thresholds must be more than 1"));
}

TEST_CASE("the best of a curve that keeps a bound", "[metric]") {
  const Tensor t = Tensor::of<float>({5}, {0, 0, 0, 1, 1}), y = Tensor::of<float>({5}, {0, .3f, .8f, .3f, .8f});
  CHECK(metric_of(SensitivityAtSpecificity{.specificity = 0.5}, t, y).item() == Approx(0.5));
  CHECK(metric_of(PrecisionAtRecall{.recall = 0.5}, t, y).item() == Approx(0.5));
  CHECK(metric_of(RecallAtPrecision{.precision = 0.8}, t, y).item() == 0);
  CHECK(metric_of(SpecificityAtSensitivity{.sensitivity = 0.5}, t, y).item() == Approx(2.0 / 3));
}

TEST_CASE("F scores of classes, and averaged", "[metric]") {
  const Tensor t = Tensor::of<float>({3, 3}, {1, 1, 1, 1, 0, 0, 1, 1, 0}),
               y = Tensor::of<float>({3, 3}, {.2f, .6f, .7f, .2f, .6f, .6f, .6f, .8f, 0});
  const auto close = [](const Tensor& found, std::vector<double> expected) {
    REQUIRE(found.size() == static_cast<int64_t>(expected.size()));
    for (size_t i = 0; i < expected.size(); ++i) CHECK(found.at(static_cast<int64_t>(i)) == Approx(expected[i]));
  };
  close(metric_of(F1Score{.threshold = 0.5}, t, y), {0.5, 0.8, 2.0 / 3});
  close(metric_of(F1Score{.average = "macro", .threshold = 0.5}, t, y), {(0.5 + 0.8 + 2.0 / 3) / 3});
  close(metric_of(F1Score{.average = "micro", .threshold = 0.5}, t, y), {2.0 / 3});
  close(metric_of(F1Score{.average = "weighted", .threshold = 0.5}, t, y), {(3 * 0.5 + 2 * 0.8 + 2.0 / 3) / 6});
  close(metric_of(FBetaScore{.beta = 2, .threshold = 0.5}, t, y), {5.0 / 13, 10.0 / 11, 5.0 / 6});
  CHECK_THROWS_WITH(metric_of(F1Score{.average = "mean"}, t, y), Contains("f1_score: average must be"));
}

TEST_CASE("R2 scores, intersections over unions, and roots", "[metric]") {
  const Tensor t = Tensor::of<float>({3, 1}, {1, 4, 3}), y = Tensor::of<float>({3, 1}, {2, 4, 4});
  CHECK(metric_of(R2Score{}, t, y).item() == Approx(1 - 2 / (14.0 / 3)));
  CHECK(metric_of(R2Score{.num_regressors = 1}, t, y).item() == Approx(1 - 2 / (14.0 / 3) * 2));
  CHECK(metric_of(RootMeanSquaredError{}, t, y).item() == Approx(std::sqrt(2.0 / 3)));
  const Tensor ids = Tensor::of<int32_t>({4}, {0, 0, 1, 1}), found = Tensor::of<int32_t>({4}, {0, 1, 0, 1}),
               weight = Tensor::of<float>({4}, {1, 3, 3, 3});
  CHECK(metric_of(MeanIoU{.num_classes = 2}, ids, found).item() == Approx(1.0 / 3));
  CHECK(metric_of(MeanIoU{.num_classes = 2}, ids, found, weight).item() == Approx((1.0 / 7 + 3.0 / 9) / 2));
  CHECK(metric_of(IoU{.num_classes = 2, .target_class_ids = {0}}, ids, found, weight).item() == Approx(1.0 / 7));
  CHECK(metric_of(BinaryIoU{.threshold = 0.3}, kBits, Tensor::of<float>({4}, {.1f, .2f, .4f, .7f})).item() ==
        Approx(1));
  CHECK_THROWS_AS(metric_of(MeanIoU{.num_classes = 1}, ids, found), RowError);
  CHECK_THROWS_WITH(metric_of(MeanIoU{}, ids, found), Contains("num_classes must be positive"));
}

TEST_CASE("counts of many rows in several tiles and batches are exact", "[metric]") {
  const int64_t count = 1001;
  const Tensor y = Tensor::uniform({count, 2}, 0, 1, 1), w = Tensor::uniform({count}, 0, 2, 2);
  Tensor t = Tensor::zeros({count, 2});
  for (int64_t i = 0; i < t.size(); i += 3) t.data<float>()[i] = 1;
  double tp = 0, fp = 0, positives = 0, weighted_tp = 0;
  for (int64_t i = 0; i < t.size(); ++i) {
    const bool is_above = y.at(i) > 0.25, is_positive = t.at(i) != 0;
    tp += is_above && is_positive;
    fp += is_above && !is_positive;
    positives += is_positive;
    if (is_above && is_positive) weighted_tp += w.at(i / 2);
  }
  Sequential model{ActivationLayer(linear)};
  model.compile(
      {.loss = "mse",
       .metrics = {TruePositives{.thresholds = 0.25}, Precision{.thresholds = 0.25}, Recall{.thresholds = 0.25}},
       .weighted_metrics = {TruePositives{.thresholds = 0.25}}});
  for (const int64_t size : {count, int64_t{7}}) {
    const Logs logs = model.evaluate(y, t, {.batch_size = size, .sample_weight = w});
    CHECK(logs["true_positives"] == tp);
    CHECK(logs["precision"] == tp / (tp + fp));
    CHECK(logs["recall"] == tp / positives);
    CHECK(logs["weighted_true_positives"] == Approx(weighted_tp).epsilon(1e-12));
  }
}

TEST_CASE("sums are as exact as doubles", "[metric]") {
  const Tensor large = Tensor::of<float>({3}, {1 << 24, 1, 1});
  CHECK(metric_of(Sum{}, large, large).item() == (1 << 24) + 2);
  CHECK(metric_of(Mean{}, large, Tensor::of<float>({3}, {1, 2, 4}), Tensor::of<float>({3}, {1, 1, 0})).item() == 1.5);
}

TEST_CASE("metrics by sample weights stand beside those that are not, and lists are numbered", "[metric]") {
  const Tensor x = Tensor::of<float>({3, 2}, {.9f, .2f, .8f, .6f, .1f, .7f}),
               y = Tensor::of<float>({3, 2}, {1, 0, 0, 1, 0, 1}), weight = Tensor::of<float>({3}, {2, 1, 1});
  Sequential model{ActivationLayer(linear)};
  model.compile({.loss = "mse",
                 .metrics = {"categorical_accuracy", F1Score{}},
                 .weighted_metrics = {"categorical_accuracy", "mae", "categorical_accuracy"}});
  const Logs logs = model.evaluate(x, y, {.batch_size = 2, .sample_weight = weight});
  std::vector<std::string> names;
  for (const auto& [name, value] : logs.entries()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"loss", "categorical_accuracy", "f1_score/0", "f1_score/1",
                                          "weighted_categorical_accuracy", "mae", "weighted_categorical_accuracy_1"});
  CHECK(logs["categorical_accuracy"] == Approx(2.0 / 3));
  CHECK(logs["weighted_categorical_accuracy"] == Approx(3.0 / 4));
  CHECK(logs["f1_score/0"] == Approx(2.0 / 3));
  CHECK(logs["mae"] == Approx((2 * 0.15 + 0.6 + 0.2) / 4));
  const Logs plain = model.evaluate(x, y);
  CHECK(plain["weighted_categorical_accuracy"] == plain["categorical_accuracy"]);
  CHECK_THROWS_WITH(
      model.compile({.loss = "mse", .weighted_metrics = {Metric("loss", [](Var, Var y_pred) { return y_pred; })}}),
      Contains("\"loss\""));
}

// keras.metrics.serialize(...)
TEST_CASE("metrics have the configs that Keras gives them, and come back", "[metric][config]") {
  const auto config = [](const Metric& metric) { return metric.config().str(); };
  CHECK(config(BinaryAccuracy{.threshold = 0.25}) ==
        R"({"module":"keras.metrics","class_name":"BinaryAccuracy","config":{"name":"binary_accuracy",)"
        R"("dtype":"float32","threshold":0.25},"registered_name":null})");
  CHECK(config("mae") == R"({"module":"keras.metrics","class_name":"MeanAbsoluteError","config":{"name":"mae",)"
                         R"("dtype":"float32"},"registered_name":null})");
  CHECK(config("accuracy") == "\"accuracy\"");
  CHECK_THAT(config(LogCosh{}), Contains(R"("class_name":"LogCoshError","config":{"name":"logcosh")"));
  CHECK_THAT(config(Precision{.thresholds = {0.5}}), Contains(R"("thresholds":[0.5],"top_k":null,"class_id":null)"));
  CHECK_THAT(config(AUC{.thresholds = std::vector<double>{0.5}}),
             Contains(R"("from_logits":false,"thresholds":[0.5])"));
  for (const Metric& metric :
       {Metric("acc"), Metric(AUC{.curve = "PR"}), Metric(IoU{.num_classes = 3, .target_class_ids = {1}}),
        Metric(F1Score{.average = "micro"}), Metric(R2Score{.class_aggregation = std::nullopt}),
        Metric(CategoricalCrossentropy{.label_smoothing = 0.5}), Metric(PrecisionAtRecall{.recall = 0.75})}) {
    INFO(metric.config().str());
    CHECK(Metric::from_config(metric.config()).config() == metric.config());
    CHECK(Metric::from_config(metric.config()).name() == metric.name());
  }
}

TEST_CASE("accuracy by Keras's class is of equal values, by name of what shapes say", "[metric]") {
  const Metric equal = Metric::from_config(Config::parse(R"({"class_name":"Accuracy","config":{}})"));
  const Tensor t = Tensor::of<float>({4}, {1, 2, 3, 4}), y = Tensor::of<float>({4}, {0, 2, 3, 4});
  CHECK(metric_of(equal, t, y).item() == 0.75);
  CHECK(metric_of(equal, t, y, kWeights).item() == 0.5);
  CHECK(metric_of("Accuracy", t, y).item() == 0);
}

TEST_CASE("configs of no metric are refused by what is wrong", "[metric][config]") {
  const auto parsed = [](const char* json) { return Metric::from_config(Config::parse(json)); };
  CHECK_THROWS_WITH(parsed(R"({"class_name":"AUK"})"), Contains("metric: \"AUK\" is not known"));
  CHECK_THROWS_WITH(parsed(R"({"class_name":"AUC","config":{"curve":"RO"}})"),
                    Contains("AUC: curve: expected \"ROC\" or \"PR\" or \"PRGAIN\", got \"RO\""));
  CHECK_THROWS_WITH(parsed(R"({"class_name":"MeanIoU","config":{}})"), "MeanIoU: \"num_classes\" is missing");
  CHECK_THROWS_WITH(parsed(R"({"class_name":"Recall","config":{"thresholds":[2]}})"),
                    Contains("recall: thresholds must be in [0, 1], got [2.0]"));
  CHECK_THROWS_WITH(parsed(R"({"class_name":"Mean","config":{"dtype":"mixed_bfloat16"}})"),
                    Contains("only \"float32\""));
  CHECK_THROWS_WITH(Metric([](Var, Var y) { return y; }).config(), Contains("a function has no config"));
}

}  // namespace
}  // namespace reel
