#include "reel/models/training/scores.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/layer/layer_names.h"

namespace reel {
namespace {

/// Records metrics of one output, and adds them to the scores under names that are free; `prefix`: of several outputs.
void record_metrics(std::span<const Metric> metrics, bool are_weighted, const std::string& prefix, Var y_true,
                    const Flow& predicted, Var weight, Scores& scores) {
  std::vector<std::string> taken = scores.keys.losses;
  for (const ScoreKeys::Of& known : scores.keys.metrics) taken.push_back(known.name);
  for (const Metric& metric : metrics) {
    const std::string name = prefix + metric.name();
    const bool is_taken = std::ranges::find(taken, name) != taken.end();
    taken.push_back(free_name((is_taken && are_weighted ? prefix + "weighted_" + metric.name() : name), taken));
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

void record_losses(const CompileOptions& compiled, const Judged& judged, Scores& scores) {
  std::vector<Var> shown;
  Var total;
  const auto add = [&](const Reduced& term) {
    scores.terms.push_back(term);
    total = total ? total + term.value() : term.value();
  };
  for (size_t i = 0; i < judged.names.size(); ++i) {
    Reduced term = compiled.loss_of(judged.names[i]).of_batch(judged.y_true[i], judged.predicted[i], judged.weights[i]);
    shown.push_back(term.value());
    if (const double share = compiled.loss_weight(judged.names[i]); share != 1) term.sum = term.sum * share;
    add(term);
  }
  for (const Var& loss : judged.added) add({loss, {}});
  scores.outputs.push_back(total);
  for (size_t i = 0; judged.names.size() > 1 && i < shown.size(); ++i) {
    scores.outputs.push_back(shown[i]);
    scores.keys.losses.push_back(free_name(judged.names[i] + "_loss", scores.keys.losses));
  }
}

void record_all_metrics(const CompileOptions& compiled, const Judged& judged, Scores& scores) {
  for (size_t i = 0; i < judged.names.size(); ++i) {
    const std::string& name = judged.names[i];
    const std::string prefix = judged.names.size() > 1 ? name + "_" : "";
    record_metrics(compiled.metrics_of(name), false, prefix, judged.y_true[i], judged.predicted[i], {}, scores);
    record_metrics(compiled.weighted_metrics_of(name), true, prefix, judged.y_true[i], judged.predicted[i],
                   judged.weights[i], scores);
  }
}

Scores record_scores(const CompileOptions& compiled, const Judged& judged) {
  Scores scores;
  record_losses(compiled, judged, scores);
  record_all_metrics(compiled, judged, scores);
  return scores;
}

void RunningScores::add(const ScoreKeys& keys, std::span<const Tensor> outputs, int64_t row_count) {
  losses_.resize(keys.losses.size());
  for (size_t i = 0; i < losses_.size(); ++i) losses_[i] += outputs[i].item() * static_cast<double>(row_count);
  if (rows_ == 0) keys_ = keys;
  rows_ += static_cast<double>(row_count);
  const std::span<const Tensor> sums = outputs.subspan(losses_.size());
  for (size_t i = 0; i < sums.size(); ++i) {
    if (i == totals_.size()) totals_.push_back(Tensor::zeros(sums[i].shape(), DType::f64));
    add_to(totals_[i], sums[i]);
  }
}

Logs RunningScores::logs() const {
  Logs logs;
  for (size_t i = 0; i < losses_.size(); ++i) logs.set(keys_.losses[i], quotient(losses_[i], rows_));
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

SavedScores RunningScores::saved() const {
  SavedScores saved{losses_, rows_, {}};
  for (const Tensor& total : totals_) saved.totals.push_back(total.clone());
  return saved;
}

void RunningScores::restore(const ScoreKeys& keys, const SavedScores& saved) {
  size_t sums = 0;
  for (const ScoreKeys::Of& of : keys.metrics) sums += of.sums;
  if (saved.losses.size() != keys.losses.size() || saved.totals.size() != sums) {
    throw ValueError(fmt::format("scores: expected {} losses and {} sums of metrics, got {} and {}", keys.losses.size(),
                                 sums, saved.losses.size(), saved.totals.size()));
  }
  keys_ = keys;
  losses_ = saved.losses;
  rows_ = saved.rows;
  totals_.clear();
  for (const Tensor& total : saved.totals) totals_.push_back(total.clone());
}

}  // namespace reel
