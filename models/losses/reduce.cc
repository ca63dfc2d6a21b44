#include "reel/models/losses/reduce.h"

#include <fmt/format.h>

#include "reel/graph/error.h"

namespace reel {
namespace {

/// Sum of the weights of valid values, [], as Keras adds them: a weight counts once, whatever it is the weight of. It
/// is 1 where the sum is 0, as then is the sum that it divides.
Var sum_of_weights(Var values, Var valid, Var sample_weight) {
  const Var weight = with_axes_of(values, cast(sample_weight, values.dtype()));
  const Var all = sum(valid ? multiply_no_nan(with_axes_of(values, cast(valid, values.dtype())), weight) : weight);
  return where(all, all, number_like(all, 1));
}

}  // namespace

Var with_axes_of(Var values, Var weight) {
  while (weight.shape().rank() < values.shape().rank()) weight = with_last(weight);
  return weight;
}

void check_weight(const Shape& values, const Shape& weight, std::string_view what) {
  bool fits = weight.rank() <= values.rank();
  for (int axis = 0; fits && axis < weight.rank(); ++axis) fits = weight[axis] == values[axis] || weight[axis] == 1;
  if (fits) return;
  throw ShapeError(fmt::format("{}: mask or weights {} do not fit values {}", what, weight.str(), values.str()));
}

Var weighted(Var values, Var sample_weight) {
  return sample_weight ? multiply_no_nan(values, with_axes_of(values, cast(sample_weight, values.dtype()))) : values;
}

Var mean_loss(Var values, Var sample_weight) { return mean(weighted(values, sample_weight)); }

Var sum_of_valid(Var values, Var mask, std::string_view what) {
  const Shape &of = values.shape(), &masked = mask.shape();
  bool fits = masked.rank() <= of.rank();
  for (int axis = 0; fits && axis < masked.rank(); ++axis) fits = of[axis] == masked[axis];
  if (!fits) throw ShapeError(fmt::format("{}: mask {} does not fit values {}", what, masked.str(), of.str()));
  return sum(multiply_no_nan(values, with_axes_of(values, cast(mask, values.dtype()))));
}

Var count_of_valid(Var values, Var mask) {
  const Var steps = sum(cast(mask, values.dtype()));
  const double in_each = static_cast<double>(values.shape().product(mask.shape().rank(), values.shape().rank()));
  return maximum(steps, number_like(steps, 1)) * in_each;
}

Reduced reduced(Var values, Var valid, Var sample_weight, const Reduction& reduction, std::string_view loss) {
  check_reduction(loss, reduction);
  if (!reduction || *reduction == "none") {
    throw ValueError(
        fmt::format("{}: reduction none leaves a value a row, expected one that gives a number: {}, sum, "
                    "mean_with_sample_weight",
                    loss, kMeanOfBatch));
  }
  if (sample_weight && values.shape().rank() > 0) check_weight(values.shape(), sample_weight.shape(), loss);
  const bool is_by_weight = *reduction == "mean_with_sample_weight" && sample_weight;
  if (!is_by_weight && *reduction != "sum" && !valid) return {mean_loss(values, sample_weight), {}};
  const Var all = weighted(values, sample_weight);
  const Var sum_of = valid ? sum_of_valid(all, valid, loss) : sum(all);
  if (*reduction == "sum") return {sum_of, {}};
  return {sum_of, is_by_weight ? sum_of_weights(values, valid, sample_weight) : count_of_valid(values, valid)};
}

}  // namespace reel
