#include "reel/models/layers/regularization.h"

#include "reel/ops/ops.h"

namespace reel {

void ActivityRegularization::fields(Fields& f) {
  f("l1", options_.l1);
  f("l2", options_.l2);
}

Var ActivityRegularization::call(Call& call, Var x) const {
  const Var row_share = 1.0 / row_count(x.graph(), x.dtype());
  if (options_.l1 != 0) call.add_loss(sum(abs(x)) * options_.l1 * row_share);
  if (options_.l2 != 0) call.add_loss(sum(square(x)) * options_.l2 * row_share);
  return x;
}

}  // namespace reel
