// Dense, Embedding and the layers without weights.
#pragma once

#include "reel/models/activations/activation.h"
#include "reel/models/layer/layer.h"

namespace reel {

struct DenseOptions {
  Activation activation = linear;
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  std::string name = "";
};

/// activation(x W + b). x: [rows, ..., features] -> [rows, ..., units]; W: kernel [features, units]; b: bias [units].
/// Whole numbers and doubles are cast to the kernel's type. A mask passes through. keras.layers.Dense.
class Dense : public Layer {
 public:
  /// Throws ValueError unless units > 0.
  explicit Dense(int64_t units, DenseOptions options = {});
  std::string class_name() const override { return "Dense"; }
  void build(const Type& input) override;
  Flow call(Flow input, const WeightVars& weights) const override;

 private:
  int64_t units_;
  DenseOptions options_;
};

struct EmbeddingOptions {
  Initializer embeddings_initializer = "uniform";
  bool mask_zero = false;    ///< id 0 is padding, masked in the layers that follow
  int64_t input_length = 0;  ///< steps of a sequence, so that the model can be built before it sees data
  std::string name = "";
};

/// Row ids of a table: ids [rows, steps] (whole numbers, as i32 or float) -> [rows, steps, output_dim]. Running throws
/// ValueError for an id outside [0, input_dim). keras.layers.Embedding.
class Embedding : public Layer {
 public:
  /// Throws ValueError unless input_dim > 0, output_dim > 0 and input_length >= 0, which is 0 if not known.
  Embedding(int64_t input_dim, int64_t output_dim, EmbeddingOptions options = {});
  std::string class_name() const override { return "Embedding"; }
  void build(const Type& input) override;
  Flow call(Flow input, const WeightVars& weights) const override;
  Type input_type() const override;

 private:
  int64_t input_dim_, output_dim_;
  EmbeddingOptions options_;
};

/// Says what a model takes: `Input({784})` for rows of 784 numbers. keras.Input.
class Input : public Layer {
 public:
  /// `shape`: of one row. Throws ShapeError for more than five axes, and for an extent that is negative or `rows`.
  explicit Input(const Shape& shape, DType dtype = DType::f32);
  std::string class_name() const override { return "InputLayer"; }
  Flow call(Flow input, const WeightVars&) const override { return input; }
  Type input_type() const override { return type_; }

 private:
  Type type_;
};

/// All axes of a row as one: [rows, ...] -> [rows, features]; [rows] -> [rows, 1]. A mask ends here.
/// keras.layers.Flatten.
class Flatten : public Layer {
 public:
  std::string class_name() const override { return "Flatten"; }
  Flow call(Flow input, const WeightVars&) const override;
};

/// activation(x), any shape. keras.layers.Activation (named ActivationLayer here: Activation is the function).
class ActivationLayer : public Layer {
 public:
  explicit ActivationLayer(Activation activation) : activation_(std::move(activation)) {}
  std::string class_name() const override { return "Activation"; }
  Flow call(Flow input, const WeightVars&) const override { return activation_(input.value, input.mask); }

 private:
  Activation activation_;
};

}  // namespace reel
