#include "reel/models/layers/head_attention.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reel/graph/error.h"
#include "reel/models/layer/symbolic_tensor.h"
#include "reel/models/layers/arguments.h"
#include "reel/models/layers/attention_shares.h"
#include "reel/models/layers/dropout.h"
#include "reel/models/layers/einsum_dense.h"
#include "reel/ops/ops.h"

namespace reel {
namespace {

constexpr double kMasked = -1e9;  // the score of a key that a query may not attend to

/// A letter for each axis but the last, of the features.
std::string free_letters(int rank) { return std::string("abcdefg").substr(0, static_cast<size_t>(rank - 1)); }

/// Projected queries [rows, ..., heads, dim] times keys, and shares times values, as equations.
struct AttentionEquations {
  std::string scores, combined;
};

AttentionEquations attention_equations(int rank, const std::vector<int>& axes) {
  std::string query = free_letters(rank), key = query, alone, attending, attended;
  for (int axis = 0; axis < rank - 1; ++axis) {
    const auto at = static_cast<size_t>(axis);
    if (std::ranges::find(axes, axis) == axes.end()) {
      alone += query[at];
      continue;
    }
    key[at] = static_cast<char>(std::toupper(query[at]));
    attending += query[at];
    attended += key[at];
  }
  const std::string shares = alone + "n" + attending + attended;
  return {fmt::format("{}nx,{}nx->{}", query, key, shares), fmt::format("{},{}nx->{}nx", shares, key, query)};
}

/// softmax over the last `count` axes as one.
Var shares_over(Var scores, int count) {
  const Shape shape = scores.shape();
  Shape joined = shape;
  for (int i = 1; i < count; ++i) joined = joined.without_axis(joined.rank() - 1);
  joined = joined.with_axis(joined.rank() - 1, shape.product(shape.rank() - count, shape.rank()));
  return reshape(shares_of(reshape(scores, joined)), shape);
}

}  // namespace

HeadAttention::HeadAttention(int64_t heads, int64_t key_heads, int64_t key_dim, MultiHeadAttentionOptions options)
    : heads_(heads), key_heads_(key_heads), key_dim_(key_dim), options_(std::move(options)) {
  set_default_name(options_.name);
}

void HeadAttention::projection_fields(Fields& f) {
  f("kernel_initializer", options_.kernel_initializer);
  f("bias_initializer", options_.bias_initializer);
  f("kernel_regularizer", options_.kernel_regularizer);
  f("bias_regularizer", options_.bias_regularizer);
  f("activity_regularizer", options_.activity_regularizer);
  f("kernel_constraint", options_.kernel_constraint);
  f("bias_constraint", options_.bias_constraint);
}

void HeadAttention::flash_attention_field(Fields& f) const {
  std::optional<bool> flash_attention;
  f.written_if(false, "flash_attention", flash_attention);
  if (!flash_attention.value_or(false)) return;
  throw ValueError(fmt::format(
      "{}: flash_attention must be null or false, got true: scores live in tiles of few rows as it is", class_name()));
}

void HeadAttention::check_options() const {
  check_dropout(class_name(), options_.dropout);
  check_positive(class_name(), "value_dim", value_dim());
  if (options_.sliding_window) check_positive(class_name(), "sliding_window", *options_.sliding_window);
  for (const int64_t extent : options_.output_shape.extents()) check_positive(class_name(), "output_shape", extent);
}

LayerPtr HeadAttention::projection(const std::string& name, const Type& from, int64_t heads, int64_t dim,
                                   bool is_gate) {
  const std::string letters = free_letters(from.shape.rank());
  std::vector<int64_t> extents(letters.size() - 1, unknown);
  extents.insert(extents.end(), {heads, dim});
  return add_layer(
      EinsumDense(fmt::format("{0}x,xnh->{0}nh", letters), Extents(extents), sublayer(name, "nh", is_gate)));
}

LayerPtr HeadAttention::output_projection(const Type& query) {
  const std::string letters = free_letters(query.shape.rank());
  std::vector<int64_t> extents(letters.size() - 1, unknown), output = options_.output_shape.extents();
  if (output.empty()) output = {query.shape.back()};
  const std::string to = std::string("opqrstuvw").substr(0, output.size());
  extents.insert(extents.end(), output.begin(), output.end());
  return add_layer(EinsumDense(fmt::format("{0}nh,nh{1}->{0}{1}", letters, to), Extents(extents),
                               sublayer("attention_output", to, false)));
}

EinsumDenseOptions HeadAttention::sublayer(const std::string& name, const std::string& bias_axes, bool is_gate) const {
  EinsumDenseOptions options{.kernel_initializer = options_.kernel_initializer,
                             .bias_initializer = options_.bias_initializer,
                             .kernel_regularizer = options_.kernel_regularizer,
                             .bias_regularizer = options_.bias_regularizer,
                             .activity_regularizer = options_.activity_regularizer,
                             .kernel_constraint = options_.kernel_constraint,
                             .bias_constraint = options_.bias_constraint,
                             .name = name};
  if (is_gate) options.activation = sigmoid;
  if (options_.use_bias) options.bias_axes = bias_axes;
  return options;
}

void HeadAttention::check_inputs(std::span<const Type> inputs) const {
  const auto fail = [&](const std::string& expected) {
    std::string got;
    for (const Type& input : inputs) got += (got.empty() ? "" : ", ") + input.str();
    throw ShapeError(fmt::format("{}: expected {}, got {}", class_name(), expected, got));
  };
  if (inputs.size() != 2 && inputs.size() != 3) fail("a query, a value and perhaps a key");
  const int rank = inputs[0].shape.rank();
  for (const Type& input : inputs) {
    if (input.shape.rank() < 3 || input.shape.rank() != rank) fail("[rows, steps, features] of one rank");
  }
  const Shape &value = inputs[1].shape, &key = inputs.back().shape;
  for (int axis = 1; axis < rank - 1; ++axis) {
    if (value[axis] != key[axis]) fail("a key for each value");
  }
  attention_axes(rank);
}

std::vector<int> HeadAttention::attention_axes(int rank) const {
  std::vector<int> axes;
  if (!options_.attention_axes) {
    for (int axis = 1; axis < rank - 1; ++axis) axes.push_back(axis);
    return axes;
  }
  for (const int64_t given : *options_.attention_axes) {
    const int64_t axis = given < 0 ? given + rank : given;
    if (axis < 1 || axis >= rank - 1 || std::ranges::find(axes, axis) != axes.end()) {
      throw ShapeError(
          fmt::format("{}: attention_axes differ, and are none of rows and features: of {} axes in [1, {}], got {}",
                      class_name(), rank, rank - 2, given));
    }
    axes.push_back(static_cast<int>(axis));
  }
  if (axes.empty()) throw ShapeError(fmt::format("{}: attention_axes must not be empty", class_name()));
  return axes;
}

void HeadAttention::build_many(std::span<const Type> inputs) {
  check_inputs(inputs);
  query_ = projection("query", inputs[0], heads_, key_dim_);
  key_ = projection("key", inputs.back(), key_heads_, key_dim_);
  if (options_.use_gate) gate_ = projection("gate", inputs[0], heads_, value_dim(), true);
  value_ = projection("value", inputs[1], key_heads_, value_dim());
  if (options_.dropout > 0) {
    dropout_ = add_layer(Dropout(options_.dropout, {.seed = options_.seed, .name = "dropout"}));
  }
  output_ = output_projection(inputs[0]);
}

std::vector<Layer::Attribute> HeadAttention::attributes() const {
  std::vector<Attribute> all;
  const auto add = [&](std::string name, const LayerPtr& layer) {
    if (layer) all.push_back({std::move(name), layer});
  };
  const std::string prefix(attribute_prefix());
  add(prefix + "query_dense", query_);
  add(prefix + "key_dense", key_);
  add("_gate_dense", gate_);
  add(prefix + "value_dense", value_);
  add("_dropout_layer", dropout_);
  add(prefix + "output_dense", output_);
  return all;
}

/// 1 where a query may attend to a key, as what broadcasts to the scores; empty where all may.
Var HeadAttention::mask_of(Call& call, const Flows& inputs) const {
  const Shape &query = inputs[0].value.shape(), &value = inputs[1].value.shape();
  const int axes = static_cast<int>(attention_axes(query.rank()).size()), of_scores = query.rank() + axes;
  Var mask;
  const auto also = [&](Var other) {
    // Between the rows and the axes of attention are those of the heads, and of others, which share it.
    const int pairs = 2 * axes;
    while (other && other.shape().rank() > pairs && other.shape().rank() < of_scores) {
      other = expand_dims(other, -pairs - 1);
    }
    mask = both_masks(mask, other);
  };
  const auto along = [](Var of_steps, int axis) { return of_steps ? expand_dims(of_steps, axis) : Var(); };
  also(along(inputs[0].mask, -1));
  also(along(inputs[1].mask, -2));
  if (inputs.size() > 2) also(along(inputs[2].mask, -2));
  if (call.options().use_causal_mask) also(causal_mask(call.graph(), query[1], value[1]));
  if (options_.sliding_window) also(window_mask(call.graph(), query[1], value[1], *options_.sliding_window));
  also(call.options().attention_mask);
  return mask;
}

Flows HeadAttention::call_many(Call& call, const Flows& inputs) const {
  const int rank = inputs[0].value.shape().rank();
  const std::vector<int> axes = attention_axes(rank);
  const AttentionEquations equations = attention_equations(rank, axes);
  // Their masks are heeded here.
  const auto projected = [&](const LayerPtr& layer, Var x) { return call.apply(layer, Flow{x}).value; };
  const Var gate = gate_ ? projected(gate_, inputs[0].value) : Var();
  const auto for_all_heads = [&](Var x) { return heads_ == key_heads_ ? x : repeat(x, heads_ / key_heads_, rank - 1); };
  const Var query = projected(query_, inputs[0].value) * (1 / std::sqrt(static_cast<double>(key_dim_)));
  const Var key = for_all_heads(projected(key_, inputs.back().value));
  const Var value = for_all_heads(projected(value_, inputs[1].value));
  Var scores = einsum(equations.scores, query, key);
  if (const Var mask = mask_of(call, inputs))
    scores = where(mask, scores, call.graph().constant(kMasked, scores.dtype()));
  const Var shares = shares_over(scores, static_cast<int>(axes.size()));
  Var y = einsum(equations.combined, dropout_ ? projected(dropout_, shares) : shares, value);
  if (gate) y = y * gate;
  Flows out{{projected(output_, y), inputs[0].mask}};
  if (call.options().return_attention_scores) out.push_back({shares});
  return out;
}

}  // namespace reel
