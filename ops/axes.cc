#include "reel/ops/axes.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "reel/graph/error.h"

namespace reel {

int axis_of(std::string_view op, Var x, int axis) {
  const int rank = x.shape().rank(), from_front = axis < 0 ? axis + rank : axis;
  if (from_front < 0 || from_front >= rank)
    throw ShapeError(fmt::format("{}: there is no axis {} in {}", op, axis, x.type().str()));
  return from_front;
}

std::vector<int> axes_of(std::string_view op, Var x, std::span<const int> axes) {
  std::vector<int> all(static_cast<size_t>(axes.empty() ? x.shape().rank() : 0));
  std::iota(all.begin(), all.end(), 0);
  for (const int axis : axes) all.push_back(axis_of(op, x, axis));
  std::ranges::sort(all);
  if (std::ranges::adjacent_find(all) != all.end())
    throw ShapeError(fmt::format("{}: an axis of {} is named twice", op, x.type().str()));
  return all;
}

void refuse_row_axis(std::string_view op, Var x, int axis) {
  if (axis != 0 || !x.shape().has_rows()) return;
  throw ShapeError(fmt::format("{}: goes along axis 1 or a later one, not along axis 0, got {}", op, x.type().str()));
}

Var as_one_row(Var x) { return reshape(x, x.shape().with_inserted(0, 1)); }
Var from_one_row(Var y) { return reshape(y, y.shape().without_axis(0)); }

}  // namespace reel
