#include "reel/models/losses/arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"

namespace reel {

void loss_fields(Fields& fields, std::string& name, Reduction& reduction) {
  fields("name", name);
  fields("reduction", reduction);
}

void check_reduction(std::string_view loss, const Reduction& reduction) {
  constexpr std::array kKnown{kMeanOfBatch, "mean", "sum", "mean_with_sample_weight", "none"};
  if (!reduction || std::ranges::find(kKnown, std::string_view(*reduction)) != kKnown.end()) return;
  throw ValueError(
      fmt::format("{}: reduction \"{}\" is not known, only {}", loss, excerpt(*reduction), fmt::join(kKnown, ", ")));
}

Var clip_to(Var x, double low, double high) {
  const Var lowest = number_like(x, low), highest = number_like(x, high);
  const Var raised = where(greater(lowest, x), lowest, x);
  return where(greater(raised, highest), highest, raised);
}

/// In float32, 1 - 1e-7 is another number.
Var clip_share(Var p) { return clip_to(p, kEpsilon, p.dtype() == DType::f32 ? double(1.0f - 1e-7f) : 1 - kEpsilon); }

/// Squares are summed of elements that the largest has been taken out of, and so neither overflow nor vanish; that does
/// not change the direction, and so needs no gradient. The root is taken of what is not 0: at 0, where nothing comes
/// back from the maximum, its gradient is infinite.
Var unit_vectors(Var x, int axis) {
  const Var largest = stop_gradient(at_least_epsilon(reduce_max(abs(x), axis, true))), scaled = x / largest;
  return scaled / sqrt(maximum(reduce_sum(square(scaled), axis, true), square(kEpsilon / largest)));
}

Var without_last(Var x) { return reshape(x, x.shape().without_axis(x.shape().rank() - 1)); }
Var with_last(Var x) { return reshape(x, x.shape().with_inserted(x.shape().rank(), 1)); }

bool has_one_more(const Shape& longer, const Shape& shape) {
  return longer.rank() == shape.rank() + 1 && longer.back() == 1 && longer.without_axis(shape.rank()) == shape;
}

Var mean_of_outputs(Var values, int64_t axis) {
  return values.shape().rank() == 1 ? values : reduce_mean(values, static_cast<int>(axis));
}

Var match_targets(Var y_true, Var y_pred, std::string_view what) {
  Var t = cast(y_true, y_pred.dtype());
  const Shape &from = y_true.shape(), &to = y_pred.shape();
  if (has_one_more(to, from)) t = with_last(t);
  if (has_one_more(from, to)) t = without_last(t);
  if (t.shape() == to) return t;
  throw ShapeError(fmt::format("{}: targets {} do not fit predictions {}", what, from.str(), to.str()));
}

Flow ranked_as(Var y_true, const Flow& y_pred) {
  const Shape &t = y_true.shape(), &y = y_pred.value.shape();
  if (t.rank() > 1 && has_one_more(y, t)) return y_pred.reshaped(without_last);
  return y.rank() == 1 && has_one_more(t, y) ? y_pred.reshaped(with_last) : y_pred;
}

Matched matched(Var y_true, const Flow& y_pred, std::string_view what) {
  const Flow predicted = y_pred.mask ? y_pred : ranked_as(y_true, y_pred);
  return {match_targets(y_true, predicted.value, what), predicted};
}

void require_classes(Var y_pred, std::string_view loss) {
  if (y_pred.shape().rank() > 1) return;
  throw ShapeError(fmt::format("{}: needs predictions [rows, ..., classes], got {}", loss, y_pred.type().str()));
}

void check_smoothing(double smoothing, std::string_view loss) {
  if (smoothing >= 0 && smoothing <= 1) return;
  throw ValueError(fmt::format("{}: label_smoothing must be in [0, 1], got {}", loss, smoothing));
}

Var smooth(Var t, double smoothing, double classes) {
  return smoothing == 0 ? t : t * (1.0 - smoothing) + smoothing / classes;
}

}  // namespace reel
