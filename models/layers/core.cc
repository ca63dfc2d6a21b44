#include "reel/models/layers/core.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/layers/arguments.h"

namespace reel {

Dense::Dense(int64_t units, DenseOptions options) : units_(units), options_(std::move(options)) {
  check_positive("Dense", "units", units);
  set_default_name(options_.name);
}

void Dense::build(const Type& input) {
  if (input.shape.rank() < 2) throw ShapeError(fmt::format("Dense: needs [rows, ..., features], got {}", input.str()));
  add_weight("kernel", {input.shape.back(), units_}, options_.kernel_initializer);
  if (options_.use_bias) add_weight("bias", {units_}, options_.bias_initializer);
}

Flow Dense::call(Flow input, const WeightVars& weights) const {
  Var y = matmul(cast(input.value, weights[0].dtype()), weights[0]);
  if (options_.use_bias) y = y + weights[1];
  return options_.activation(y, input.mask);
}

Embedding::Embedding(int64_t input_dim, int64_t output_dim, EmbeddingOptions options)
    : input_dim_(input_dim), output_dim_(output_dim), options_(std::move(options)) {
  check_positive("Embedding", "input_dim", input_dim);
  check_positive("Embedding", "output_dim", output_dim);
  if (options_.input_length < 0) {
    throw ValueError(fmt::format("Embedding: input_length must not be negative, got {}", options_.input_length));
  }
  set_default_name(options_.name);
}

void Embedding::build(const Type&) {
  add_weight("embeddings", {input_dim_, output_dim_}, options_.embeddings_initializer);
}

Flow Embedding::call(Flow input, const WeightVars& weights) const {
  Flow out{gather(weights[0], cast(input.value, DType::i32))};
  if (options_.mask_zero) {
    const Var ids = cast(input.value, DType::f32);
    out.mask = not_equal(ids, ids.graph().constant(0, DType::f32));
  }
  return out;
}

Type Embedding::input_type() const {
  return options_.input_length > 0 ? Type{DType::i32, {rows, options_.input_length}} : Type{};
}

Flow Flatten::call(Flow input, const WeightVars&) const {
  const Shape& shape = input.value.shape();
  return input.reshaped([&](Var x) { return reshape(x, {shape[0], shape.product(1, shape.rank())}); });
}

Input::Input(const Shape& shape, DType dtype) : type_{dtype, shape.with_inserted(0, rows)} {}

}  // namespace reel
