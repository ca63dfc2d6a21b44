#include "reel/models/training/custom_step.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/training/step_program.h"

namespace reel {

Var CustomStep::one_of(const std::vector<Var>& all, size_t which, const char* what) {
  if (which < all.size()) return all[which];
  throw ValueError(fmt::format("step: {}({}) is not there, there are {}", what, which, all.size()));
}

Flows CustomStep::predict() {
  Flows flows;
  for (const Var& x : inputs_.x) flows.push_back({x});
  return call(flows);
}

Flows CustomStep::call(const Flows& inputs) {
  if (inputs.size() != trainee_.input_names.size()) {
    throw ValueError(
        fmt::format("step: the model takes {} inputs, got {}", trainee_.input_names.size(), inputs.size()));
  }
  return trainee_.replay(recording_, inputs);
}

Var CustomStep::operator()(Var x) {
  const Flows outputs = call({{x}});
  if (outputs.size() == 1) return outputs[0].value;
  throw ValueError(fmt::format("step: the model has {} outputs; predict() gives them all", outputs.size()));
}

Judged CustomStep::judged(const Flows& predicted) {
  if (inputs_.y.empty()) throw ValueError("step: losses and metrics that are compiled need a y, got none");
  if (predicted.size() != inputs_.y.size()) {
    throw ValueError(fmt::format("step: expected {} outputs, got {}", inputs_.y.size(), predicted.size()));
  }
  return {trainee_.output_names, inputs_.y, predicted, inputs_.weights, added_losses(trainee_, recording_)};
}

Var CustomStep::compute_loss(const Flows& predicted) {
  Scores scores;
  record_losses(compiled_, judged(predicted), scores);
  return scores.outputs.at(0);
}

std::vector<Var> CustomStep::trainable_variables() {
  std::vector<Var> all;
  for (const Variable& variable : trainee_.variables) {
    if (variable.trainable()) all.push_back(recording_.parameter_of(variable));
  }
  return all;
}

std::vector<Var> CustomStep::gradient(Var loss) { return tape_.gradient(loss, trainable_variables()); }

void CustomStep::apply_gradients(std::vector<Var> gradients) {
  if (!training()) throw Error("step: gradients are applied in training only, this is an evaluation");
  if (gradients_) throw Error("step: gradients are applied once in a step, got them twice");
  const size_t expected = trainable_variables().size();
  if (gradients.size() != expected) {
    throw ValueError(
        fmt::format("step: expected a gradient for each of {} weights, got {}", expected, gradients.size()));
  }
  gradients_ = std::move(gradients);
}

void CustomStep::check_free(const std::string& name) const {
  const bool is_metric =
      std::ranges::any_of(scores_.keys.metrics, [&](const ScoreKeys::Of& of) { return of.name == name; });
  if (!is_metric && std::ranges::find(scores_.keys.losses, name) == scores_.keys.losses.end()) return;
  throw ValueError(fmt::format("step: \"{}\" is logged twice", name));
}

void CustomStep::log(const std::string& name, Var value) {
  if (!value) throw ValueError(fmt::format("step: \"{}\" is logged as an empty Var", name));
  check_free(name);
  scores_.keys.losses.push_back(name);
  losses_.push_back(value.shape().rank() == 0 ? value : mean(value));
}

void CustomStep::log(const Metric& metric, Var y_true, const Flow& y_pred, Var weight) {
  check_free(metric.name());
  const std::vector<Var> sums = metric.sums(y_true, y_pred, weight);
  sums_.insert(sums_.end(), sums.begin(), sums.end());
  scores_.keys.metrics.push_back({metric.name(), metric, sums.size()});
}

void CustomStep::compute_metrics(const Flows& predicted) {
  Scores scores;
  scores.keys = scores_.keys;
  record_all_metrics(compiled_, judged(predicted), scores);
  scores_.keys = scores.keys;
  sums_.insert(sums_.end(), scores.outputs.begin(), scores.outputs.end());
}

Scores CustomStep::take_scores(const char* what) {
  if (losses_.empty()) throw Error(fmt::format("{}: logs no number; expected at least log(\"loss\", loss)", what));
  scores_.outputs = losses_;
  scores_.outputs.insert(scores_.outputs.end(), sums_.begin(), sums_.end());
  return std::move(scores_);
}

}  // namespace reel
