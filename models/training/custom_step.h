// CustomStep: a step of training or evaluation of a user's own, while it is recorded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reel/autodiff/tape.h"
#include "reel/models/layer/recording.h"
#include "reel/models/training/options.h"
#include "reel/models/training/scores.h"

namespace reel {

struct Trainee;

/// What `CompileOptions::train_step` and `test_step` are given: the batch, the model and the optimizer, as Vars of the
/// program that the step becomes. Keras: Model.train_step.
///
///   model.compile({.optimizer = Adam{}, .train_step = [](CustomStep& step) {
///     Var wrong = step(step.x()) - step.y();
///     Var loss = mean(square(wrong)) + 0.1 * mean(abs(wrong));
///     step.minimize(loss);
///     step.log("loss", loss);
///   }});
///
/// `fit` does the rest: batches, callbacks, validation by `test_step` or, without one, by the compiled loss. The
/// function runs once for each shape of data; a step of training minimizes or applies gradients, once, and what it logs
/// last. One that reads no y need not be given any: `model.fit(x, {})`.
class CustomStep {
 public:
  /// `inputs`: of the model, its targets, and weights, where there are.
  struct Inputs {
    std::vector<Var> x, y, weights;
  };
  CustomStep(Tape& tape, Recording& recording, const Trainee& trainee, const CompileOptions& compiled, Inputs inputs)
      : tape_(tape), recording_(recording), trainee_(trainee), compiled_(compiled), inputs_(std::move(inputs)) {}
  CustomStep(const CustomStep&) = delete;
  CustomStep& operator=(const CustomStep&) = delete;

  bool training() const { return recording_.training(); }
  Tape& tape() const { return tape_; }
  /// Of the batch: [rows, ...]. Throw ValueError for a number that is not there. A weight is empty where none is given.
  Var x(size_t which = 0) const { return one_of(inputs_.x, which, "x"); }
  Var y(size_t which = 0) const { return one_of(inputs_.y, which, "y"); }
  Var sample_weight(size_t which = 0) const { return one_of(inputs_.weights, which, "sample_weight"); }

  /// What the model makes of the batch, or of something else: `step(x)` of a model of one output.
  Flows predict();
  Flows call(const Flows& inputs);
  Var operator()(Var x);
  /// The compiled losses of what the model has given, with what its layers and regularizers add, [].
  Var compute_loss(const Flows& predicted);

  /// The weights that are trained, and gradients of a scalar in them.
  std::vector<Var> trainable_variables();
  std::vector<Var> gradient(Var loss);
  /// What the optimizer is to update them by, one for each. Throws ValueError for another number of them, Error where
  /// it is done twice or in evaluation.
  void apply_gradients(std::vector<Var> gradients);
  /// The same by the gradients of a scalar.
  void minimize(Var loss) { apply_gradients(gradient(loss)); }

  /// Adds to the logs the mean over batches, weighted by their rows, of a scalar, or of the mean of values [rows, ...].
  /// Throws ValueError for a name that is taken.
  void log(const std::string& name, Var value);
  /// The same of a metric, under its name.
  void log(const Metric& metric, Var y_true, const Flow& y_pred, Var weight = {});
  /// The compiled metrics of what the model has given.
  void compute_metrics(const Flows& predicted);

  /// What has been logged. Throws Error, which begins with `what`, where that is nothing.
  Scores take_scores(const char* what);
  /// None where nothing has been applied.
  const std::optional<std::vector<Var>>& gradients() const { return gradients_; }

 private:
  Judged judged(const Flows& predicted);
  static Var one_of(const std::vector<Var>& all, size_t which, const char* what);
  void check_free(const std::string& name) const;

  Tape& tape_;
  Recording& recording_;
  const Trainee& trainee_;
  const CompileOptions& compiled_;
  Inputs inputs_;
  Scores scores_{.terms = {}, .outputs = {}, .keys = {.losses = {}, .metrics = {}}};
  std::vector<Var> losses_, sums_;  // outputs: of losses, and then of metrics
  std::optional<std::vector<Var>> gradients_;
};

}  // namespace reel
