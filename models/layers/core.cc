#include "reel/models/layers/core.h"

#include <fmt/format.h>

#include "reel/graph/error.h"
#include "reel/models/layers/arguments.h"
#include "reel/ops/ops.h"

namespace reel {

Dense::Dense(int64_t units, DenseOptions options)
    : units_(units), options_(std::move(options)), lora_{.rank = options_.lora_rank, .alpha = options_.lora_alpha} {
  set_default_name(options_.name);
  set_activity_regularizer(options_.activity_regularizer);
  check();
}

void Dense::fields(Fields& f) {
  f.required("units", units_);
  f("activation", options_.activation);
  f("use_bias", options_.use_bias);
  f("kernel_initializer", options_.kernel_initializer);
  f("bias_initializer", options_.bias_initializer);
  f("kernel_regularizer", options_.kernel_regularizer);
  f("bias_regularizer", options_.bias_regularizer);
  f("kernel_constraint", options_.kernel_constraint);
  f("bias_constraint", options_.bias_constraint);
  f.only("quantization_config", "null");
  lora_.fields(f);
}

void Dense::check() const {
  check_positive("Dense", "units", units_);
  lora_.check("Dense", options_.kernel_constraint);
}

void Dense::build(const Type& input) {
  if (input.shape.rank() < 2) throw ShapeError(fmt::format("Dense: needs [rows, ..., features], got {}", input.str()));
  kernel_ = add_weight(
      "kernel", {input.shape.back(), units_}, options_.kernel_initializer,
      {.trainable = !lora_, .regularizer = options_.kernel_regularizer, .constraint = options_.kernel_constraint});
  if (options_.use_bias) {
    bias_ = add_weight("bias", {units_}, options_.bias_initializer,
                       {.regularizer = options_.bias_regularizer, .constraint = options_.bias_constraint});
  }
  if (!lora_) return;
  const VariableOptions thin{.regularizer = options_.kernel_regularizer};
  lora_.a = add_weight("lora_kernel_a", lora_.shape_of_a(kernel_.shape()), "he_uniform", thin);
  lora_.b = add_weight("lora_kernel_b", lora_.shape_of_b(kernel_.shape()), "zeros", thin);
}

Flow Dense::call_masked(Call& call, Flow input) const {
  const Var kernel = lora_.added_to(call[kernel_], call);
  Var y = matmul(cast(input.value, kernel.dtype()), kernel);
  if (options_.use_bias) y = y + call[bias_];
  return options_.activation(y, input.mask);
}

Embedding::Embedding(int64_t input_dim, int64_t output_dim, EmbeddingOptions options)
    : input_dim_(input_dim),
      output_dim_(output_dim),
      options_(std::move(options)),
      lora_{.rank = options_.lora_rank, .alpha = options_.lora_alpha} {
  set_default_name(options_.name);
  check();
}

void Embedding::fields(Fields& f) {
  f.required("input_dim", input_dim_);
  f.required("output_dim", output_dim_);
  f("embeddings_initializer", options_.embeddings_initializer);
  f("embeddings_regularizer", options_.embeddings_regularizer);
  activity_regularizer_field(f);
  f("embeddings_constraint", options_.embeddings_constraint);
  f("mask_zero", options_.mask_zero);
  f.only("quantization_config", "null");
  lora_.fields(f);
  f.ignored("input_length");  // of Keras 2: the model's input says the same
}

void Embedding::check() const {
  check_positive("Embedding", "input_dim", input_dim_);
  check_positive("Embedding", "output_dim", output_dim_);
  lora_.check("Embedding", options_.embeddings_constraint);
  if (options_.input_length >= 0) return;
  throw ValueError(fmt::format("Embedding: input_length must not be negative, got {}", options_.input_length));
}

void Embedding::build(const Type&) {
  embeddings_ = add_weight("embeddings", {input_dim_, output_dim_}, options_.embeddings_initializer,
                           {.trainable = !lora_,
                            .regularizer = options_.embeddings_regularizer,
                            .constraint = options_.embeddings_constraint});
  if (!lora_) return;
  const VariableOptions thin{.regularizer = options_.embeddings_regularizer};
  lora_.a = add_weight("lora_embeddings_a", lora_.shape_of_a(embeddings_.shape()), "he_uniform", thin);
  lora_.b = add_weight("lora_embeddings_b", lora_.shape_of_b(embeddings_.shape()), "zeros", thin);
}

Flow Embedding::call_masked(Call& call, Flow input) const {
  Flow out{gather(table(call), cast(input.value, DType::i32))};
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
