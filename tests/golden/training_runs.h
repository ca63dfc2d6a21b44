// Runs of fit from given weights, batches in order, and what they share with the learner of reviews.
#pragma once

#include <string>
#include <vector>

#include "golden/config.h"
#include "golden/report.h"
#include "reel/models/model/sequential.h"

namespace reel::golden {

/// The layers, [{class, config}], built for x and compiled.
Optimizer make_optimizer(const std::string& keras_class, const Json& config);

Sequential make_model(const Json& spec_layers, const Tensor& x, CompileOptions compiled);

/// The arrays that `key` names in each of the listed weights.
std::vector<Tensor> weight_arrays(const Json& weights, const std::string& key, const Arrays& arrays);

void compare_weights(const Sequential& model, const Json& weights, const std::string& key, const Arrays& arrays,
                     Tolerance allowed, Case& result);

/// One of the "runs" of a file in training/: logs after each batch of the first epoch and after each epoch, then
/// weights, predictions and what is evaluated. Without "target" x is it; without "optimizer_class" it is SGD; without
/// "metrics", accuracy; without "history", loss and accuracy. Where rounding may put a row on the other side of an
/// accuracy, "rows_beyond_rounding" says how many (2 if it does not).
void replay_run(const Json& spec, const std::filesystem::path& folder, const Arrays& arrays, Case& result);

}  // namespace reel::golden
