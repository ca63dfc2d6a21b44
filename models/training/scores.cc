#include "reel/models/training/scores.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/layer/layer_names.h"

namespace reel {
namespace {

/// Records metrics, and adds them to the scores under names that are free.
void record_metrics(std::span<const Metric> metrics, bool are_weighted, Var y_true, const Flow& predicted, Var weight,
                    Scores& scores) {
  std::vector<std::string> taken{"loss"};
  for (const ScoreKeys::Of& known : scores.keys.metrics) taken.push_back(known.name);
  for (const Metric& metric : metrics) {
    const bool is_taken = std::ranges::find(taken, metric.name()) != taken.end();
    const std::string base = (is_taken && are_weighted ? "weighted_" : "") + metric.name();
    taken.push_back(free_name(base, taken));
    const std::vector<Var> sums = metric.sums(y_true, predicted, weight);
    scores.outputs.insert(scores.outputs.end(), sums.begin(), sums.end());
    scores.keys.metrics.push_back({taken.back(), metric, sums.size()});
  }
}

void add_to(Tensor& total, const Tensor& sum) {
  const std::span<double> to = total.data<double>();
  const std::span<const double> from = sum.data<double>();
  for (size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

}  // namespace

Scores record_scores(const CompileOptions& compiled, Var y_true, const Flow& predicted, Var sample_weight) {
  Scores scores;
  scores.loss = compiled.loss.of_batch(y_true, predicted, sample_weight);
  scores.outputs.push_back(scores.loss.value());
  record_metrics(compiled.metrics, false, y_true, predicted, {}, scores);
  record_metrics(compiled.weighted_metrics, true, y_true, predicted, sample_weight, scores);
  return scores;
}

void RunningScores::add(const ScoreKeys& keys, std::span<const Tensor> outputs, int64_t row_count) {
  loss_ += outputs[0].item() * static_cast<double>(row_count);
  rows_ += static_cast<double>(row_count);
  if (keys_.metrics.empty()) keys_ = keys;
  const std::span<const Tensor> sums = outputs.subspan(1);
  for (size_t i = 0; i < sums.size(); ++i) {
    if (i == totals_.size()) totals_.push_back(Tensor::zeros(sums[i].shape(), DType::f64));
    add_to(totals_[i], sums[i]);
  }
}

Logs RunningScores::logs() const {
  Logs logs;
  logs.set("loss", quotient(loss_, rows_));
  size_t next = 0;
  for (const ScoreKeys::Of& of : keys_.metrics) {
    const Tensor result = of.metric.result(std::span(totals_).subspan(next, of.sums));
    next += of.sums;
    if (result.shape().rank() == 0) {
      logs.set(of.name, result.item());
      continue;
    }
    for (int64_t i = 0; i < result.size(); ++i) logs.set(fmt::format("{}/{}", of.name, i), result.at(i));
  }
  return logs;
}

}  // namespace reel
