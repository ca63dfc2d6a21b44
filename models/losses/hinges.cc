#include "reel/models/losses/hinges.h"

namespace reel {
namespace {

/// max(1 - t y, 0), where targets that are all 0 or 1 become -1 and 1.
Var margin(Var t, Var y) {
  const Var zero = number_like(t, 0), one = number_like(t, 1);
  const Var others = sum(one - maximum(equal(t, zero), equal(t, one)));
  return relu(1.0 - multiply_no_nan(y, where(equal(others, zero), 2.0 * t - 1.0, t)));
}

}  // namespace

Var Hinge::operator()(Var y_true, Var y_pred) const { return mean_of_outputs(margin(y_true, y_pred)); }
Var SquaredHinge::operator()(Var y_true, Var y_pred) const { return mean_of_outputs(square(margin(y_true, y_pred))); }

Var CategoricalHinge::operator()(Var y_true, Var y_pred) const {
  require_classes(y_pred, name);
  return relu(reduce_max(multiply_no_nan(y_pred, 1.0 - y_true)) - reduce_sum(multiply_no_nan(y_pred, y_true)) + 1.0);
}

}  // namespace reel
