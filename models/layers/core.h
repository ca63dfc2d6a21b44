// Dense, Embedding and the layers without weights.
#pragma once

#include "reel/models/activations/activation.h"
#include "reel/models/layer/layer.h"
#include "reel/models/layers/lora.h"

namespace reel {

struct DenseOptions {
  Activation activation = linear;
  bool use_bias = true;
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

/// activation(x W + b). x: [rows, ..., features] -> [rows, ..., units]; W: kernel [features, units]; b: bias [units].
/// Whole numbers and doubles are cast to the kernel's type. A mask passes through. keras.layers.Dense.
class Dense : public LayerOf<Dense> {
 public:
  /// Throws ValueError unless units > 0.
  explicit Dense(int64_t units, DenseOptions options = {});
  std::string class_name() const override { return "Dense"; }
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& input) override;
  std::vector<Tensor> save_own_variables() const override { return lora_.saved(kernel_, bias_); }
  void load_own_variables(const std::vector<Tensor>& values) override { lora_.load(values, kernel_, bias_); }
  Flow call_masked(Call& call, Flow input) const override;
  bool treats_steps_alike() const override { return true; }

 private:
  int64_t units_;
  DenseOptions options_;
  Lora lora_;
  Variable kernel_, bias_;
};

struct EmbeddingOptions {
  Initializer embeddings_initializer = "uniform";
  Regularizer embeddings_regularizer = {};
  Constraint embeddings_constraint = {};
  bool mask_zero = false;    ///< id 0 is padding, masked in the layers that follow
  int64_t input_length = 0;  ///< steps of a sequence, so that the model can be built before it sees data
  std::optional<int64_t> lora_rank = std::nullopt;   ///< freezes the table and trains what is added to it: Lora
  std::optional<int64_t> lora_alpha = std::nullopt;  ///< the rank unless given
  std::string name = "";
};

/// Row ids of a table: ids [rows, steps] (whole numbers, as i32 or float) -> [rows, steps, output_dim]. Running throws
/// ValueError for an id outside [0, input_dim). keras.layers.Embedding.
class Embedding : public LayerOf<Embedding> {
 public:
  /// Throws ValueError unless input_dim > 0, output_dim > 0 and input_length >= 0, which is 0 if not known.
  Embedding(int64_t input_dim, int64_t output_dim, EmbeddingOptions options = {});
  std::string class_name() const override { return "Embedding"; }
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& input) override;
  std::vector<Tensor> save_own_variables() const override { return lora_.saved(embeddings_); }
  void load_own_variables(const std::vector<Tensor>& values) override { lora_.load(values, embeddings_); }
  Flow call_masked(Call& call, Flow input) const override;
  Type input_type() const override;

 protected:
  /// The table as the layer uses it.
  Var table(Call& call) const { return lora_.added_to(call[embeddings_], call); }

  int64_t input_dim_, output_dim_;
  EmbeddingOptions options_;

 private:
  Lora lora_;
  Variable embeddings_;
};

/// x. keras.layers.Identity (named IdentityLayer here: Identity is the initializer).
class IdentityLayer : public LayerOf<IdentityLayer> {
 public:
  explicit IdentityLayer(const std::string& name = "") { set_default_name(name); }
  std::string class_name() const override { return "Identity"; }
  Flow call_masked(Call&, Flow input) const override { return input; }
};

/// activation(x), any shape. keras.layers.Activation (named ActivationLayer here: Activation is the function).
class ActivationLayer : public LayerOf<ActivationLayer> {
 public:
  explicit ActivationLayer(Activation activation, std::string name = "") : activation_(std::move(activation)) {
    set_default_name(name);
  }
  std::string class_name() const override { return "Activation"; }
  void fields(Fields& f) override { f.required("activation", activation_); }
  Flow call_masked(Call&, Flow input) const override { return activation_(input.value, input.mask); }

 private:
  Activation activation_;
};

}  // namespace reel
