// A loss and a metric written elsewhere: with configs, known by name, and trained with.
#include <catch2/catch.hpp>

#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/losses/loss.h"
#include "reel/models/metrics/metric.h"
#include "reel/models/model/sequential.h"
#include "reel/models/testing/check_loss.h"
#include "reel/models/testing/check_metric.h"

namespace {

using namespace reel;

/// The mean of max(q e, (q - 1) e) for the error e = t - y: the loss of a quantile q.
struct Pinball {
  double quantile = 0.5;
  Reduction reduction = kMeanOfBatch;
  std::string name = "pinball";
  static constexpr std::string_view class_name = "my>Pinball";
  void fields(Fields& f) {
    loss_fields(f, name, reduction);
    f("quantile", quantile);
  }
  Var operator()(Var y_true, Var y_pred) const {
    const Var error = y_true - y_pred;
    return reduce_mean(maximum(quantile * error, (quantile - 1) * error));
  }
};

/// Sum of predictions over sum of targets, less one.
struct Bias {
  std::string name = "bias";
  static constexpr std::string_view class_name = "my>Bias";
  void fields(Fields& f) { name_and_dtype(f, name); }
  std::vector<Var> sums(Var y_true, Var y_pred, Var weight) const {
    return {sums_for_mean(y_pred, weight, name)[0], sums_for_mean(y_true, weight, name)[0]};
  }
  double result(std::span<const Tensor> totals) const { return quotient(totals[0].item(), totals[1].item()) - 1; }
};

TEST_CASE("extension: a loss and a metric from elsewhere go into a config and come back", "[extension]") {
  register_loss<Pinball>();
  register_metric<Bias>();
  const Config loss = Loss(Pinball{.quantile = 0.9}).config();
  CHECK(loss.str() == R"({"module":null,"class_name":"Pinball","config":{"name":"pinball",)"
                      R"("reduction":"sum_over_batch_size","quantile":0.9},"registered_name":"my>Pinball"})");
  CHECK(Loss::from_config(loss).config() == loss);
  const Config metric = Metric(Bias{.name = "off"}).config();
  CHECK(metric.str() == R"({"module":null,"class_name":"Bias","config":{"name":"off","dtype":"float32"},)"
                        R"("registered_name":"my>Bias"})");
  CHECK(Metric::from_config(metric).config() == metric);
  CHECK_THROWS_WITH(Loss::from_config(Config::parse(R"({"class_name":"Pinball","config":{"q":1},)"
                                                    R"("registered_name":"my>Pinball"})")),
                    Catch::Contains("my>Pinball: \"q\" is not known"));
}

TEST_CASE("extension: a loss and a metric from elsewhere are checked as ours are", "[extension]") {
  register_loss<Pinball>();
  register_metric<Pinball>();
  register_metric<Bias>();
  const Type steps{DType::f32, {rows, 4, 3}};
  const ScoreCheckOptions positive{.targets = Drawn::positive, .predictions = Drawn::positive, .of_no_rows = -1};
  CHECK_NOTHROW(check_loss(Pinball{.quantile = 0.75}, steps, steps));
  CHECK_NOTHROW(check_metric(Pinball{.quantile = 0.75}, steps, steps));
  CHECK_NOTHROW(check_metric(Bias{}, steps, steps, positive));
}

TEST_CASE("extension: a loss and a metric from elsewhere are trained with", "[extension]") {
  const Tensor x = Tensor::of<float>({4, 1}, {1, 1, 1, 1}), y = Tensor::of<float>({4, 1}, {1, 2, 4, 8}),
               weight = Tensor::of<float>({4}, {1, 0, 0, 1});
  Sequential model({Input({1}), Dense(1, {.use_bias = false, .kernel_initializer = "ones"})});
  model.compile({.loss = Pinball{.quantile = 0.9},
                 .optimizer = SGD{.learning_rate = 0.5},
                 .metrics = {Bias{}},
                 .weighted_metrics = {Bias{}}});
  const Logs logs = model.evaluate(x, y, {.batch_size = 3, .sample_weight = weight});
  CHECK(logs["loss"] == Approx(0.9 * 7 / 4));
  CHECK(logs["bias"] == Approx(4.0 / 15 - 1));
  CHECK(logs["weighted_bias"] == Approx(2.0 / 9 - 1));
  model.train_on_batch(x,
                       y);  // of the four, one is met and the others are below: its share of the gradient is half each
  CHECK(model.weights()[0].second.item() == Approx(1 + 0.5 * (3 * 0.9 + (0.9 - 0.1) / 2) / 4));
}

}  // namespace
