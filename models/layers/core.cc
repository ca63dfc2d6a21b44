#include "reel/models/layers/core.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/layers/arguments.h"
#include "reel/ops/ops.h"

namespace reel {

Dense::Dense(int64_t units, DenseOptions options) : units_(units), options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

void Dense::fields(Fields& f) {
  f.required("units", units_);
  f("activation", options_.activation);
  f("use_bias", options_.use_bias);
  f("kernel_initializer", options_.kernel_initializer);
  f("bias_initializer", options_.bias_initializer);
  f.only("quantization_config", "null");
}

void Dense::check() const { check_positive("Dense", "units", units_); }

void Dense::build(const Type& input) {
  if (input.shape.rank() < 2) throw ShapeError(fmt::format("Dense: needs [rows, ..., features], got {}", input.str()));
  kernel_ = add_weight("kernel", {input.shape.back(), units_}, options_.kernel_initializer);
  if (options_.use_bias) bias_ = add_weight("bias", {units_}, options_.bias_initializer);
}

Flow Dense::call_masked(Call& call, Flow input) const {
  const Var kernel = call[kernel_];
  Var y = matmul(cast(input.value, kernel.dtype()), kernel);
  if (options_.use_bias) y = y + call[bias_];
  return {options_.activation(y), input.mask};
}

Embedding::Embedding(int64_t input_dim, int64_t output_dim, EmbeddingOptions options)
    : input_dim_(input_dim), output_dim_(output_dim), options_(std::move(options)) {
  set_default_name(options_.name);
  check();
}

void Embedding::fields(Fields& f) {
  f.required("input_dim", input_dim_);
  f.required("output_dim", output_dim_);
  f("embeddings_initializer", options_.embeddings_initializer);
  f("mask_zero", options_.mask_zero);
  f.only("quantization_config", "null");
  f.ignored("input_length");  // of Keras 2: the model's input says the same
}

void Embedding::check() const {
  check_positive("Embedding", "input_dim", input_dim_);
  check_positive("Embedding", "output_dim", output_dim_);
  if (options_.input_length >= 0) return;
  throw ValueError(fmt::format("Embedding: input_length must not be negative, got {}", options_.input_length));
}

void Embedding::build(const Type&) {
  embeddings_ = add_weight("embeddings", {input_dim_, output_dim_}, options_.embeddings_initializer);
}

Flow Embedding::call_masked(Call& call, Flow input) const {
  Flow out{gather(call[embeddings_], cast(input.value, DType::i32))};
  if (options_.mask_zero) {
    const Var ids = cast(input.value, DType::f32);
    out.mask = not_equal(ids, ids.graph().constant(0, DType::f32));
  }
  return out;
}

Type Embedding::input_type() const {
  return options_.input_length > 0 ? Type{DType::i32, {rows, options_.input_length}} : Type{};
}

}  // namespace reel
