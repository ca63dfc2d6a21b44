#include "reel/models/losses/overlaps.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reel/graph/error.h"

namespace reel {
namespace {

/// Sum over these axes, or over all elements if there are none. Throws ShapeError for axes that x does not have.
Var sum_over(Var x, const Numbers<int64_t>& axes, std::string_view loss) {
  if (axes.is_null()) return sum(x);
  std::set<int64_t> from_first;
  for (const int64_t axis : axes.values()) from_first.insert(axis < 0 ? axis + x.shape().rank() : axis);
  if (from_first.empty() || *from_first.begin() < 1 || *from_first.rbegin() >= x.shape().rank()) {
    throw ShapeError(fmt::format("{}: axis must name axes of {} but the first, or all as null, got {}", loss,
                                 x.type().str(), axes.config().str()));
  }
  for (auto axis = from_first.rbegin(); axis != from_first.rend(); ++axis) x = reduce_sum(x, static_cast<int>(*axis));
  return x;
}

}  // namespace

void Dice::fields(Fields& f) {
  loss_fields(f, name, reduction);
  f("axis", axis);
}

Var Dice::operator()(Var y_true, Var y_pred) const {
  const auto over = [&](Var x) { return sum_over(x, axis, name); };
  return 1.0 - 2.0 * over(y_true * y_pred) / (over(y_true) + over(y_pred) + kEpsilon);
}

void Tversky::fields(Fields& f) {
  loss_fields(f, name, reduction);
  f("alpha", alpha);
  f("beta", beta);
  f("axis", axis);
}

Var Tversky::operator()(Var y_true, Var y_pred) const {
  const auto over = [&](Var x) { return sum_over(x, axis, name); };
  const Var shared = over(y_true * y_pred);
  const Var missed = over((1.0 - y_pred) * y_true), false_ones = over(y_pred * (1.0 - y_true));
  return 1.0 - shared / (shared + alpha * missed + beta * false_ones + kEpsilon);
}

}  // namespace reel
