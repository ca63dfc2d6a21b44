// Checks what weights begin with, pay for and keep to: for whoever writes an initializer, a regularizer or a
// constraint. Reel's own go through the same.
#pragma once

#include "reel/graph/shape.h"
#include "reel/models/constraints/constraint.h"
#include "reel/models/initializers/initializer.h"
#include "reel/models/regularizers/regularizer.h"
#include "reel/models/testing/check_error.h"

namespace reel {

struct WeightRuleCheckOptions {
  bool has_config = true;   ///< a function has none
  double step = 1e-5;       ///< of differences in double
  double tolerance = 1e-7;  ///< of derivatives, relative to the sum of what is added up
};

/// Checks, for a weight of this shape: that the config comes back, takes other numbers, and makes the same bits; that
/// what is made is finite, and the same bits from the same random numbers. Throws CheckError for the first that does
/// not hold, and what the initializer throws.
void check_initializer(const Initializer& initializer, const Shape& weight, const WeightRuleCheckOptions& options = {});

/// Checks, for a weight of this shape: the config, likewise; that the penalty is finite, and the same bits on one
/// thread and on three; its derivative against central differences in double.
void check_regularizer(const Regularizer& regularizer, const Shape& weight, const WeightRuleCheckOptions& options = {});

/// Checks, for a weight of this shape: the config, likewise; that the result is finite, the same bits on one thread and
/// on three, and but for rounding stays as it is when it is constrained again.
void check_constraint(const Constraint& constraint, const Shape& weight, const WeightRuleCheckOptions& options = {});

}  // namespace reel
