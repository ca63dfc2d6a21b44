"""Layers and small models: outputs, and the gradients of sum(y * g) in the input and every weight."""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers as kl

from .case_set import Part, as_array, generator

ACTIVATIONS = (
    "linear", "relu", "sigmoid", "tanh", "softmax", "log_softmax", "softplus", "softsign", "elu", "selu", "celu",
    "gelu", "silu", "mish", "leaky_relu", "relu6", "hard_sigmoid", "hard_silu", "hard_tanh", "exponential",
    "log_sigmoid", "squareplus")


def make(cases):
    part = _Layers(cases)
    _activations(part)
    _dense(part)
    _embedding(part)
    for name, layer in (("simple_rnn", kl.SimpleRNN), ("lstm", kl.LSTM), ("gru", kl.GRU)):
        _recurrence(part, name, layer)
    _recurrence(part, "gru_reset_before", lambda units, **options: kl.GRU(units, reset_after=False, **options))
    _gates(part)
    _models(part)
    cases.save("layers", {"cases": part.specs}, part.arrays)


class _Layers(Part):
    def add(self, name, layer, x, post=None):
        """`layer`: one, or a list of them as a Sequential. `x`: the input, or its shape. `post`: what is applied to the
        output, as {"function": name of an activation, argument: value}."""
        draw = generator("layers/" + name)
        if isinstance(x, tuple):
            x = draw.standard_normal(x)
        x = as_array(x)
        if isinstance(layer, list):
            layer = keras.Sequential([keras.Input(x.shape[1:], dtype=x.dtype.name), *layer])
        else:
            layer.build((None, *x.shape[1:]))
        weights = [_draw_weight(draw, weight) for weight in layer.weights]
        layer.set_weights(weights)
        arrays = {"x": x, **{f"w{i}": weight for i, weight in enumerate(weights)}}
        differentiable = x.dtype == np.float32

        seeds = [variable.value for variable in layer.non_trainable_variables]  # of dropout, which is off

        def forward(x, weights):
            y, _ = layer.stateless_call(weights, seeds, x)
            return _apply(post, y)

        arrays["y"], pull_back = jax.vjp(forward, jnp.asarray(x), [jnp.asarray(weight) for weight in weights])
        arrays["g"] = as_array(draw.standard_normal(arrays["y"].shape))
        dx, gradients = pull_back(jnp.asarray(arrays["g"]))
        if differentiable:
            arrays["dx"] = dx
        arrays.update({f"dw{i}": gradient for i, gradient in enumerate(gradients)})
        self._store(name, layer, post, arrays, differentiable)

    def _store(self, name, layer, post, arrays, differentiable):
        key = {array: f"{name}.{array}" for array in arrays}
        self.arrays.update({key[array]: value for array, value in arrays.items()})
        self.specs.append({
            "name": name,
            "keras_class": type(layer).__name__,
            "config": layer.get_config(),
            "training": False,
            "inputs": [{"array": key["x"], "gradient": key["dx"] if differentiable else None}],
            "call_kwargs": {},
            "post": post,
            "weights": [{"array": key[f"w{i}"], "path": weight.path, "trainable": True, "gradient": key[f"dw{i}"]}
                        for i, weight in enumerate(layer.weights)],
            "output": {"array": key["y"]},
            "cotangent": key["g"],
        })
        self.cases.add("layers/" + name)


def _draw_weight(draw, weight):
    """Of about unit gain; biases too are far from 0, so that none goes unnoticed."""
    spread = 1 / np.sqrt(weight.shape[0]) if weight.path.endswith("kernel") else 0.5
    return as_array(spread * draw.standard_normal(weight.shape))


def _apply(post, y):
    if post is None:
        return y
    arguments = dict(post)
    return getattr(keras.activations, arguments.pop("function"))(y, **arguments)


def _activations(part):
    """Near 0, where they bend (the first two inputs are 0 itself), and far out, where exp would overflow or cancel."""
    for name in ACTIVATIONS:
        draw = generator("inputs of " + name)
        near = 2 * draw.standard_normal((5, 7))
        near.flat[:2] = 0
        near.flat[2:6] = 1e-6, -1e-6, 1e-30, -1e-30
        far = draw.uniform(-40, 40, (4, 6))
        part.add("activation_" + name, kl.Activation(name), near)
        part.add("activation_far_" + name, kl.Activation(name), far)
    for name, x in (("near", (5, 7)), ("far", generator("far gelu").uniform(-40, 40, (4, 6)))):
        part.add("activation_gelu_tanh_" + name, kl.Activation("linear"), x,
                 {"function": "gelu", "approximate": True})
    part.add("activation_softmax_3d", kl.Activation("softmax"), (3, 2, 5))
    part.add("activation_log_softmax_3d", kl.Activation("log_softmax"), (3, 2, 5))


def _dense(part):
    for activation in (None, "relu", "sigmoid", "tanh", "softmax", "gelu"):
        part.add(f"dense_{activation or 'plain'}", kl.Dense(4, activation=activation), (6, 5))
    part.add("dense_no_bias", kl.Dense(4, activation="tanh", use_bias=False), (6, 5))
    part.add("dense_sequences", kl.Dense(3, activation="tanh"), (4, 5, 2))
    part.add("dense_no_bias_sequences", kl.Dense(3, use_bias=False), (4, 5, 2))
    part.add("dense_one_row", kl.Dense(4, activation="tanh"), (1, 5))
    part.add("dense_one_unit", kl.Dense(1, activation="sigmoid"), (6, 5))
    part.add("dense_one_feature", kl.Dense(3), (6, 1))
    part.add("dense_wide", kl.Dense(37, activation="tanh"), (19, 41))


def _ids(name, shape, count):
    return generator("ids of " + name).integers(0, count, shape)


def _embedding(part):
    part.add("embedding", kl.Embedding(7, 3), _ids("embedding", (4, 6), 7))
    part.add("embedding_one_step", kl.Embedding(7, 3), _ids("embedding_one_step", (4, 1), 7))
    part.add("embedding_first_and_last", kl.Embedding(5, 2), [[0, 4, 0], [4, 4, 0]])
    part.add("embedding_flatten", [kl.Embedding(7, 3), kl.Flatten(), kl.Dense(2)], _ids("embedding_flatten", (4, 5), 7))


def _padded(name):
    """Ids of which 0 is padding: none, in front, behind, in between, everywhere, first and last only."""
    ids = 1 + _ids(name, (6, 7), 8)
    ids[1, :3] = 0
    ids[2, 4:] = 0
    ids[3, 2:5] = 0
    ids[4, :] = 0
    ids[5, [0, 6]] = 0
    return ids


def _recurrence(part, name, layer):
    x = (4, 6, 3)
    part.add(f"{name}_last", layer(5), x)
    part.add(f"{name}_sequences", layer(5, return_sequences=True), x)
    part.add(f"{name}_backwards", layer(5, go_backwards=True), x)
    part.add(f"{name}_backwards_sequences", layer(5, go_backwards=True, return_sequences=True), x)
    part.add(f"{name}_no_bias", layer(5, use_bias=False), x)
    part.add(f"{name}_relu", layer(5, activation="relu"), x)
    part.add(f"{name}_linear", layer(3, activation=None), x)
    part.add(f"{name}_unrolled", layer(5, unroll=True), x)
    part.add(f"{name}_one_step", layer(5), (4, 1, 3))
    part.add(f"{name}_one_row", layer(5), (1, 6, 3))
    part.add(f"{name}_one_unit", layer(1), (4, 6, 1))
    part.add(f"{name}_long", layer(4), (3, 60, 2))
    part.add(f"{name}_wide", layer(17, return_sequences=True), (33, 4, 19))
    for kind, options in (("last", {}),
                          ("sequences", {"return_sequences": True}),
                          ("backwards", {"go_backwards": True}),
                          ("backwards_sequences", {"go_backwards": True, "return_sequences": True})):
        masked = f"{name}_masked_{kind}"
        part.add(masked, [kl.Embedding(9, 3, mask_zero=True), layer(4, **options)], _padded(masked))
    part.add(f"{name}_not_masked", [kl.Embedding(9, 3), layer(4)], _padded(f"{name}_not_masked"))


def _gates(part):
    for name, layer in (("lstm", kl.LSTM), ("gru", kl.GRU)):
        for gate in ("hard_sigmoid", "tanh"):
            part.add(f"{name}_{gate}_gates", layer(5, recurrent_activation=gate), (4, 6, 3))
    part.add("lstm_forget_bias_as_others", kl.LSTM(5, unit_forget_bias=False), (4, 6, 3))


def _models(part):
    part.add("flatten", kl.Flatten(), (4, 3, 2, 5))
    part.add("flatten_flat", kl.Flatten(), (4, 3))
    part.add("model_mlp", [kl.Dense(6, activation="relu"), kl.Dense(5, activation="tanh"), kl.Dense(3),
                           kl.Activation("softmax")], (7, 4))
    part.add("model_flatten", [kl.Flatten(), kl.Dense(3, activation="sigmoid")], (5, 3, 4))
    embedding = kl.Embedding(9, 3, mask_zero=True)
    part.add("model_masked_stack", [embedding, kl.LSTM(4, return_sequences=True), kl.GRU(3)], _padded("stack"))
    part.add("model_masked_dense_between",
             [kl.Embedding(9, 3, mask_zero=True), kl.Dense(4, activation="tanh"), kl.Activation("relu"),
              kl.SimpleRNN(3), kl.Dense(1, activation="sigmoid")], _padded("dense between"))
    part.add("model_masked_turned",
             [kl.Embedding(9, 3, mask_zero=True), kl.SimpleRNN(4, return_sequences=True), kl.Dense(2)],
             _padded("turned"))
    for name, layer in (("simple_rnn", kl.SimpleRNN), ("lstm", kl.LSTM), ("gru", kl.GRU)):
        part.add(f"model_reviews_{name}", [kl.Embedding(11, 4), layer(6), kl.Dense(1, activation="sigmoid")],
                 _ids("reviews " + name, (5, 9), 11))
