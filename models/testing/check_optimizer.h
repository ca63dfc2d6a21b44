// Checks an optimizer: for whoever writes one. Reel's own optimizers go through the same.
#pragma once

#include <vector>

#include "reel/models/optimizers/optimizer.h"
#include "reel/models/testing/check_error.h"

namespace reel {

struct OptimizerCheckOptions {
  bool has_config = true;  ///< one of a class that is not registered has none
  bool by_element = true;  ///< whether an element's update is of it alone, and not of a norm, of rows or columns
  std::vector<Shape> weights = {{1001, 7}, {3}, {2, 3, 4}, {}};
};

/// Checks, for weights of these shapes:
/// - the config: what is made of it has an equal one and makes the same steps, to the bit; it takes other numbers from
///   it, and refuses those that are not finite, and a copy's learning rate is its own;
/// - steps, also by gradients of 0: weights and slots stay finite, and the same bits on one thread and on three; where
///   the update is by element, any block of a weight's rows becomes the same bits alone;
/// - the learning rate is read before each step, not when the step is recorded;
/// - `safe_gradient`: where it gives a bound, gradients just below it, for 1 to 9 steps and rates up to the largest
/// float,
///   leave finite weights and slots, of weights up to the largest float;
/// - with decay, each way of clipping, averages and a schedule, it takes steps, and its config comes back; two steps
///   whose gradients are accumulated are one by their mean. This where it has a config.
/// Throws CheckError for the first that does not hold, and what the optimizer throws.
void check_optimizer(const Optimizer& optimizer, const OptimizerCheckOptions& options = {});

}  // namespace reel
