// A dense layer over axes that an equation names.
#pragma once

#include "reel/models/activations/activation.h"
#include "reel/models/describe/extents.h"
#include "reel/models/layer/layer.h"
#include "reel/models/layers/lora.h"

namespace reel {

struct EinsumDenseOptions {
  Activation activation = linear;
  std::optional<std::string> bias_axes = std::nullopt;  ///< letters of the result that the bias has; none: no bias
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  std::optional<int64_t> lora_rank = std::nullopt;   ///< freezes the kernel and trains what is added to it: Lora
  std::optional<int64_t> lora_alpha = std::nullopt;  ///< the rank unless given
  std::string name = "";
};

/// activation(einsum(equation, x, kernel) + bias): "abc,cd->abd" for x [a, b, c] and a kernel [c, d], where the first
/// letter of x stands for the rows. "..." as the beginning, or the end, of x and of the result stands for all axes
/// without a letter. The kernel has the extents that x has, or else those of `output_shape`; the bias those of its axes
/// from the first on, and 1 along the others. Whole numbers and doubles are cast to the kernel's type. Fans of the
/// initializers are by what is summed over and what is not. Not Keras's are `gptq_unpacked_column_size` and
/// `quantization_config`: nothing is quantized here. keras.layers.EinsumDense.
class EinsumDense : public LayerOf<EinsumDense> {
 public:
  /// `output_shape`: of a row of the result but for what "..." stands for, `unknown` where x tells it. Throws
  /// ValueError for an equation that is none of "X,K->Y", "...X,K->...Y" and "X...,K->Y...".
  EinsumDense(std::string equation, Extents output_shape, EinsumDenseOptions options = {});
  std::string class_name() const override { return "EinsumDense"; }
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& input) override;
  std::vector<Tensor> save_own_variables() const override { return lora_.saved(kernel_, bias_); }
  void load_own_variables(const std::vector<Tensor>& values) override { lora_.load(values, kernel_, bias_); }
  Var call(Call& call, Var x) const override;

 private:
  std::string equation_;
  Extents output_shape_;
  EinsumDenseOptions options_;
  Lora lora_;
  Variable kernel_, bias_;
};

}  // namespace reel
