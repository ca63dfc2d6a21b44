#include "reel/models/losses/errors.h"

namespace reel {

Var MeanSquaredError::operator()(Var y_true, Var y_pred) const { return mean_of_outputs(square(y_pred - y_true)); }
Var MeanAbsoluteError::operator()(Var y_true, Var y_pred) const { return mean_of_outputs(abs(y_true - y_pred)); }

Var MeanAbsolutePercentageError::operator()(Var y_true, Var y_pred) const {
  return 100.0 * mean_of_outputs(abs((y_true - y_pred) / at_least_epsilon(abs(y_true))));
}

Var MeanSquaredLogarithmicError::operator()(Var y_true, Var y_pred) const {
  return mean_of_outputs(square(log_ratio(at_least_epsilon(y_pred), at_least_epsilon(y_true), 1)));
}

void Huber::fields(Fields& f) {
  loss_fields(f, name, reduction);
  f.unless("delta", 1.0, delta);
}

Var Huber::operator()(Var y_true, Var y_pred) const {
  const Var error = y_pred - y_true, size = abs(error), bound = number_like(error, delta);
  return mean_of_outputs(where(greater(size, bound), delta * size - 0.5 * delta * delta, 0.5 * square(error)));
}

Var LogCosh::operator()(Var y_true, Var y_pred) const { return mean_of_outputs(log_cosh(y_pred - y_true)); }

Var Poisson::operator()(Var y_true, Var y_pred) const {
  // Whose logarithm has a target that is not 0.
  const Var counted = where(y_true, y_pred + kEpsilon, number_like(y_pred, 1));
  return mean_of_outputs(y_pred - y_true * log(counted));
}

Var KLDivergence::operator()(Var y_true, Var y_pred) const {
  require_classes(y_pred, name);
  const Var t = clip_to(y_true, kEpsilon, 1), y = clip_to(y_pred, kEpsilon, 1);
  return reduce_sum(t * log_ratio(t, y));
}

void CosineSimilarity::fields(Fields& f) {
  loss_fields(f, name, reduction);
  f.unless("axis", int64_t{-1}, axis);
}

/// Squares are summed of elements that the largest has been taken out of, and so neither overflow nor vanish; that does
/// not change the direction, and so needs no gradient. The root is taken of what is not 0: at 0, where nothing comes
/// back from the maximum, its gradient is infinite.
Var CosineSimilarity::operator()(Var y_true, Var y_pred) const {
  require_classes(y_pred, name);
  const auto over = static_cast<int>(axis);
  return -reduce_sum(unit_vectors(y_true, over) * unit_vectors(y_pred, over), over);
}

}  // namespace reel
