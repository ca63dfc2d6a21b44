// Convolutions of sequences and images: products of a kernel and the windows of what they are given.
#pragma once

#include <string>

#include "reel/models/activations/activation.h"
#include "reel/models/layer/layer.h"
#include "reel/models/layers/spatial.h"

namespace reel {

struct ConvOptions {
  PerAxis strides = 1;            ///< from window to window
  std::string padding = "valid";  ///< "same": zeros around, as many windows as strides; "causal", of sequences: before
  std::string data_format = "channels_last";
  PerAxis dilation_rate = 1;  ///< from element to element of a window
  int64_t groups = 1;         ///< parts of the channels, each with kernels of its own
  Activation activation = linear;
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  std::string name = "";
};

/// activation(b + sum over a window of x W), by window. With `axes` axes beside rows and channels, x: [rows, ...,
/// channels]; W: kernel [size..., channels / groups, filters]; b: bias [filters]. A mask ends here.
class Convolution : public Layer {
 public:
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& input) override;
  Var call(Call& call, Var x) const override;

 protected:
  /// Throws ValueError for filters and sizes that are not positive, filters that do not make `groups`, strides together
  /// with dilation, and padding that is none.
  Convolution(int axes, int64_t filters, PerAxis kernel_size, ConvOptions options);

 private:
  int axes_;
  int64_t filters_;
  PerAxis kernel_size_;
  ConvOptions options_;
  Variable kernel_, bias_;
};

/// Of sequences [rows, steps, channels] -> [rows, windows, filters]. keras.layers.Conv1D.
class Conv1D : public LayerOf<Conv1D, Convolution> {
 public:
  Conv1D(int64_t filters, PerAxis kernel_size, ConvOptions options = {})
      : LayerOf(1, filters, std::move(kernel_size), std::move(options)) {
    check();
  }
  std::string class_name() const override { return "Conv1D"; }
};

/// Of images [rows, height, width, channels] -> [rows, windows down, windows across, filters]. keras.layers.Conv2D.
class Conv2D : public LayerOf<Conv2D, Convolution> {
 public:
  Conv2D(int64_t filters, PerAxis kernel_size, ConvOptions options = {})
      : LayerOf(2, filters, std::move(kernel_size), std::move(options)) {
    check();
  }
  std::string class_name() const override { return "Conv2D"; }
};

struct ConvTransposeOptions {
  PerAxis strides = 1;
  std::string padding = "valid";  ///< "same": as many elements as strides of what is given
  PerAxis output_padding = {};    ///< elements more than fewest; below the strides
  std::string data_format = "channels_last";
  PerAxis dilation_rate = 1;
  Activation activation = linear;
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  std::string name = "";
};

/// The transpose of a convolution, from windows to what they are taken from: activation(b + for each element, the sum
/// of x W over the windows that hold it). W: kernel [size..., filters, channels]; b: bias [filters]. A mask ends here.
class TransposedConvolution : public Layer {
 public:
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& input) override;
  Var call(Call& call, Var x) const override;

 protected:
  TransposedConvolution(int axes, int64_t filters, PerAxis kernel_size, ConvTransposeOptions options);

 private:
  int axes_;
  int64_t filters_;
  PerAxis kernel_size_;
  ConvTransposeOptions options_;
  Variable kernel_, bias_;
};

/// Of sequences [rows, windows, channels] -> [rows, steps, filters]. keras.layers.Conv1DTranspose.
class Conv1DTranspose : public LayerOf<Conv1DTranspose, TransposedConvolution> {
 public:
  Conv1DTranspose(int64_t filters, PerAxis kernel_size, ConvTransposeOptions options = {})
      : LayerOf(1, filters, std::move(kernel_size), std::move(options)) {
    check();
  }
  std::string class_name() const override { return "Conv1DTranspose"; }
};

/// Of images. keras.layers.Conv2DTranspose.
class Conv2DTranspose : public LayerOf<Conv2DTranspose, TransposedConvolution> {
 public:
  Conv2DTranspose(int64_t filters, PerAxis kernel_size, ConvTransposeOptions options = {})
      : LayerOf(2, filters, std::move(kernel_size), std::move(options)) {
    check();
  }
  std::string class_name() const override { return "Conv2DTranspose"; }
};

struct DepthwiseConvOptions {
  PerAxis strides = 1;
  std::string padding = "valid";
  int64_t depth_multiplier = 1;  ///< outputs a channel
  std::string data_format = "channels_last";
  PerAxis dilation_rate = 1;
  Activation activation = linear;
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint depthwise_constraint = {};
  Constraint bias_constraint = {};
  std::string name = "";
};

/// Each channel by itself: activation(b + sum over a window of x W). W: kernel [size..., channels, depth_multiplier];
/// b: bias [channels depth_multiplier]. A mask ends here.
class DepthwiseConvolution : public Layer {
 public:
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& input) override;
  Var call(Call& call, Var x) const override;

 protected:
  DepthwiseConvolution(int axes, PerAxis kernel_size, DepthwiseConvOptions options);

 private:
  int axes_;
  PerAxis kernel_size_;
  DepthwiseConvOptions options_;
  Variable kernel_, bias_;
};

/// keras.layers.DepthwiseConv1D.
class DepthwiseConv1D : public LayerOf<DepthwiseConv1D, DepthwiseConvolution> {
 public:
  explicit DepthwiseConv1D(PerAxis kernel_size, DepthwiseConvOptions options = {})
      : LayerOf(1, std::move(kernel_size), std::move(options)) {
    check();
  }
  std::string class_name() const override { return "DepthwiseConv1D"; }
};

/// keras.layers.DepthwiseConv2D.
class DepthwiseConv2D : public LayerOf<DepthwiseConv2D, DepthwiseConvolution> {
 public:
  explicit DepthwiseConv2D(PerAxis kernel_size, DepthwiseConvOptions options = {})
      : LayerOf(2, std::move(kernel_size), std::move(options)) {
    check();
  }
  std::string class_name() const override { return "DepthwiseConv2D"; }
};

struct SeparableConvOptions {
  PerAxis strides = 1;
  std::string padding = "valid";
  std::string data_format = "channels_last";
  PerAxis dilation_rate = 1;
  int64_t depth_multiplier = 1;
  Activation activation = linear;
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer pointwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {};
  Regularizer pointwise_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint depthwise_constraint = {};
  Constraint pointwise_constraint = {};
  Constraint bias_constraint = {};
  std::string name = "";
};

/// A convolution of each channel by itself, then a product over the channels. Kernels [size..., channels,
/// depth_multiplier] and [1..., channels depth_multiplier, filters]. A mask ends here. Chollet 2017.
class SeparableConvolution : public Layer {
 public:
  void fields(Fields& f) override;
  void check() const override;
  void build(const Type& input) override;
  Var call(Call& call, Var x) const override;

 protected:
  SeparableConvolution(int axes, int64_t filters, PerAxis kernel_size, SeparableConvOptions options);

 private:
  int axes_;
  int64_t filters_;
  PerAxis kernel_size_;
  SeparableConvOptions options_;
  Variable depthwise_kernel_, pointwise_kernel_, bias_;
};

/// keras.layers.SeparableConv1D.
class SeparableConv1D : public LayerOf<SeparableConv1D, SeparableConvolution> {
 public:
  SeparableConv1D(int64_t filters, PerAxis kernel_size, SeparableConvOptions options = {})
      : LayerOf(1, filters, std::move(kernel_size), std::move(options)) {
    check();
  }
  std::string class_name() const override { return "SeparableConv1D"; }
};

/// keras.layers.SeparableConv2D.
class SeparableConv2D : public LayerOf<SeparableConv2D, SeparableConvolution> {
 public:
  SeparableConv2D(int64_t filters, PerAxis kernel_size, SeparableConvOptions options = {})
      : LayerOf(2, filters, std::move(kernel_size), std::move(options)) {
    check();
  }
  std::string class_name() const override { return "SeparableConv2D"; }
};

// Keras's other names for the same.
using Convolution1D = Conv1D;
using Convolution2D = Conv2D;
using Convolution1DTranspose = Conv1DTranspose;
using Convolution2DTranspose = Conv2DTranspose;
using SeparableConvolution1D = SeparableConv1D;
using SeparableConvolution2D = SeparableConv2D;

}  // namespace reel
