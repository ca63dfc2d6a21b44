"""A call or two of each layer of the shelf: activations, normalizations, convolutions, pooling, resizing, and what
prepares numbers."""
import keras
import numpy as np
from keras import layers as kl

from .case_set import generator
from .layer_calls import LayerCalls

ACTIVATIONS = ("glu", "hard_shrink", "soft_shrink", "tanh_shrink", "sparse_plus", "sparse_sigmoid", "sparsemax")
STEPS, IMAGES = (2, 6, 4), (2, 5, 6, 4)


def make(cases):
    keras.utils.clear_session()
    part = LayerCalls(cases)
    for name in ACTIVATIONS:
        part.add("shelf_activation_" + name, kl.Activation(name), generator(name).standard_normal((3, 8)))
    _activations(part)
    _normalizations(part)
    _convolutions(part)
    _pooling(part)
    _resizing(part)
    _numbers(part)
    cases.save("layers_shelf", {"cases": part.specs}, part.arrays)


def _activations(part):
    part.add("relu_bounds", kl.ReLU(max_value=1.25, negative_slope=0.5, threshold=0.25), (3, 8))
    part.add("leaky_relu", kl.LeakyReLU(0.25), (3, 8))
    part.add("elu", kl.ELU(0.5), (3, 8))
    part.add("prelu", kl.PReLU(), (3, 4))
    part.add("prelu_shared", kl.PReLU(shared_axes=[1]), STEPS)
    part.add("softmax_axes", kl.Softmax(axis=[1, 2]), STEPS)
    for layer in (kl.AlphaDropout(0.5), kl.GaussianDropout(0.5), kl.SpatialDropout1D(0.5), kl.Identity()):
        part.add(f"still_{layer.name}", layer, STEPS, exact=True)
    part.add("still_spatial_dropout2d", kl.SpatialDropout2D(0.5), IMAGES, exact=True)


def _normalizations(part):
    part.add("layer_normalization", kl.LayerNormalization(), STEPS)
    part.add("layer_normalization_axes", kl.LayerNormalization(axis=[1, 2], scale=False), STEPS)
    part.add("group_normalization", kl.GroupNormalization(groups=2), IMAGES)
    part.add("group_normalization_axis1", kl.GroupNormalization(groups=3, axis=1), STEPS)
    part.add("rms_normalization", kl.RMSNormalization(), STEPS)
    part.add("unit_normalization", kl.UnitNormalization(axis=1), STEPS)


def _convolutions(part):
    part.add("conv1d", kl.Conv1D(3, 2, padding="causal", dilation_rate=2), STEPS)
    part.add("conv1d_groups", kl.Conv1D(4, 3, strides=2, padding="same", groups=2), STEPS)
    part.add("conv2d", kl.Conv2D(3, (3, 2), strides=(2, 1), padding="same", activation="tanh"), IMAGES)
    part.add("conv1d_transpose", kl.Conv1DTranspose(3, 3, strides=2, padding="same", output_padding=1), STEPS)
    part.add("conv2d_transpose", kl.Conv2DTranspose(2, (2, 3), strides=2), (2, 3, 3, 4))
    part.add("depthwise_conv1d", kl.DepthwiseConv1D(2, depth_multiplier=2), STEPS)
    part.add("depthwise_conv2d", kl.DepthwiseConv2D(3, padding="same"), IMAGES)
    part.add("separable_conv1d", kl.SeparableConv1D(3, 2), STEPS)
    part.add("separable_conv2d", kl.SeparableConv2D(2, 3, padding="same", depth_multiplier=2), IMAGES)


def _pooling(part):
    part.add("max_pooling1d", kl.MaxPooling1D(3, strides=2, padding="same"), STEPS, exact=True)
    part.add("max_pooling2d", kl.MaxPooling2D((2, 3)), IMAGES, exact=True)
    part.add("average_pooling1d", kl.AveragePooling1D(4, strides=1, padding="same"), STEPS)
    part.add("average_pooling2d", kl.AveragePooling2D(2, padding="same"), IMAGES)
    for layer in (kl.GlobalAveragePooling1D, kl.GlobalMaxPooling1D):
        part.add(layer.__name__, layer(), STEPS)
    for layer in (kl.GlobalAveragePooling2D, kl.GlobalMaxPooling2D):
        part.add(layer.__name__, layer(keepdims=True), IMAGES)
    for layer in (kl.AdaptiveAveragePooling1D, kl.AdaptiveMaxPooling1D):
        part.add(layer.__name__, layer(4), STEPS)
    for layer in (kl.AdaptiveAveragePooling2D, kl.AdaptiveMaxPooling2D):
        part.add(layer.__name__, layer((2, 4)), IMAGES)


def _resizing(part):
    part.add("zero_padding1d", kl.ZeroPadding1D((2, 1)), STEPS, exact=True)
    part.add("zero_padding2d", kl.ZeroPadding2D(((1, 0), (2, 1))), IMAGES, exact=True)
    part.add("cropping1d", kl.Cropping1D((2, 1)), STEPS, exact=True)
    part.add("cropping2d", kl.Cropping2D(((1, 0), (2, 1))), IMAGES, exact=True)
    part.add("up_sampling1d", kl.UpSampling1D(2), STEPS)
    part.add("up_sampling2d", kl.UpSampling2D((2, 3)), IMAGES)
    part.add("up_sampling2d_bilinear", kl.UpSampling2D(2, interpolation="bilinear"), IMAGES)
    part.add("permute", kl.Permute((3, 1, 2)), IMAGES, exact=True)


def _numbers(part):
    part.add("rescaling", kl.Rescaling([1.0, 2.0, 0.5, 4.0], 0.25), STEPS)
    part.add("normalization", kl.Normalization(mean=[0.5, 1.0, 1.5, 2.0], variance=[0.25, 1.0, 4.0, 0.0], axis=-1), STEPS)
    part.add("discretization", kl.Discretization([-0.5, 0.0, 1.0], output_mode="multi_hot"), (3, 4))
    ids = np.array([[0, 2, 2], [1, 4, 0]], np.int32)
    part.add("category_encoding", kl.CategoryEncoding(5, output_mode="count"), ids)
