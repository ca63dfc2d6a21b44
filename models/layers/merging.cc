#include "reel/models/layers/merging.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"
#include "reel/models/losses/reduce.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

/// `values`, two by two from the first on.
Var joined(const std::vector<Var>& values, Var (*join)(Var, Var)) {
  Var all = values[0];
  for (size_t i = 1; i < values.size(); ++i) all = join(all, values[i]);
  return all;
}

/// A mask of rows and steps as one of values, which have further axes.
Var beside(Var mask, Var x) { return with_axes_of(x, cast(mask, x.dtype())); }

/// The same of `values`, the masked ones of which count only where all are.
Var joined_valid(const std::vector<Var>& values, const Flows& inputs, Var (*join)(Var, Var)) {
  const auto mask_of = [&](size_t i) { return inputs[i].mask ? beside(inputs[i].mask, values[i]) : Var{}; };
  Var all = values[0], valid = mask_of(0);
  for (size_t i = 1; i < values.size(); ++i) {
    const Var mask = mask_of(i), next = mask ? where(mask, values[i], all) : values[i];
    all = join(valid ? where(valid, all, next) : all, next);
    valid = valid && mask ? maximum(valid, mask) : Var{};
  }
  return all;
}

}  // namespace

void Merge::build_many(std::span<const Type> inputs) {
  if (inputs.size() < 2)
    throw ShapeError(fmt::format("{}: takes two values at least, got {}", class_name(), inputs.size()));
}

Flows Merge::call_many(Call&, const Flows& inputs) const { return {{merge(fitted(inputs)), merge_masks(inputs)}}; }

std::vector<Var> Merge::fitted(const Flows& inputs) const {
  int most = 0;
  for (const Flow& input : inputs) most = std::max(most, input.value.shape().rank());
  std::vector<Var> values;
  for (const Flow& input : inputs) {
    Shape shape = input.value.shape();
    while (shape.rank() < most) shape = shape.with_inserted(1, 1);
    values.push_back(shape == input.value.shape() ? input.value : reshape(input.value, shape));
  }
  return values;
}

Var Merge::merge_masks(const Flows& inputs) const {
  Var all;
  for (const Flow& input : inputs) {
    if (input.mask) all = all ? maximum(all, input.mask) : input.mask;
  }
  return all;
}

Var Add::merge(const std::vector<Var>& values) const { return joined(values, add); }

Var Subtract::merge(const std::vector<Var>& values) const {
  if (values.size() != 2) throw ShapeError(fmt::format("Subtract: takes two values, got {}", values.size()));
  return values[0] - values[1];
}

/// A mask of all takes part as one factor more.
std::vector<Var> Multiply::fitted(const Flows& inputs) const {
  Flows masked = inputs;
  for (Flow& input : masked) {
    const Var x = input.value;
    if (input.mask) input.value = where(beside(input.mask, x), x, x.graph().constant(1, x.dtype()));
  }
  std::vector<Var> values = Merge::fitted(masked);
  const bool all_masked = std::ranges::all_of(inputs, [](const Flow& input) { return static_cast<bool>(input.mask); });
  if (all_masked) values.push_back(beside(merge_masks(inputs), values[0]));
  return values;
}

Var Multiply::merge(const std::vector<Var>& values) const { return joined(values, multiply); }
Var Average::merge(const std::vector<Var>& values) const {
  return joined(values, add) / static_cast<double>(values.size());
}
Var Maximum::merge(const std::vector<Var>& values) const { return joined(values, maximum); }
Var Minimum::merge(const std::vector<Var>& values) const { return joined(values, minimum); }
Flows Maximum::call_many(Call&, const Flows& inputs) const {
  return {{joined_valid(fitted(inputs), inputs, maximum), merge_masks(inputs)}};
}
Flows Minimum::call_many(Call&, const Flows& inputs) const {
  return {{joined_valid(fitted(inputs), inputs, minimum), merge_masks(inputs)}};
}

std::vector<Var> Concatenate::fitted(const Flows& inputs) const {
  std::vector<Var> values;
  for (const Flow& input : inputs) values.push_back(input.value);
  return values;
}

Var Concatenate::merge(const std::vector<Var>& values) const { return concatenate(values, static_cast<int>(axis_)); }

/// No mask means that all is valid. Of values joined along their steps, so are the masks; along another axis, a step is
/// valid that is so in one of them.
Var Concatenate::merge_masks(const Flows& inputs) const {
  const bool along_steps = axis_ == 1 || axis_ + inputs[0].value.shape().rank() == 1;
  const bool has_mask = std::ranges::any_of(inputs, [](const Flow& input) { return static_cast<bool>(input.mask); });
  if (!has_mask) return {};
  std::vector<Var> masks;
  for (const Flow& input : inputs) {
    const Shape& shape = input.value.shape();
    const Var ones = input.value.graph().constant(1, DType::f32);
    masks.push_back(input.mask ? input.mask : broadcast_to(ones, {shape[0], shape[1]}));
  }
  return along_steps ? concatenate(masks, 1) : joined(masks, maximum);
}

}  // namespace reel
