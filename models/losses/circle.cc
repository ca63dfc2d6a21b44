#include "reel/models/losses/circle.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/ops/pairs.h"

namespace reel {

void Circle::fields(Fields& f) {
  loss_fields(f, name, reduction);
  f("gamma", gamma);
  f("margin", margin);
  f("remove_diagonal", remove_diagonal);
}

Var Circle::operator()(Var y_true, Var y_pred) const {
  const Var labels = y_true.shape().rank() == 2 && y_true.shape()[1] == 1 ? without_last(y_true) : y_true;
  if (labels.shape().rank() != 1 || y_pred.shape().rank() != 2) {
    throw ShapeError(fmt::format("{}: expected classes [rows] and predictions [rows, n], got {} and {}", name,
                                 y_true.shape().str(), y_pred.shape().str()));
  }
  const Var terms = circle_terms(y_pred, labels, {gamma, margin, remove_diagonal});
  return cast(softplus(reduce_sum(terms, 1)), y_pred.dtype());
}

Var Circle::valid(Var y_true, Var y_pred) const {
  const Var values = (*this)(y_true, y_pred);
  return greater(values, number_like(values, 0));
}

}  // namespace reel
