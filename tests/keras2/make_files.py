"""Makes the files here: small residual and depthwise networks as .h5 files in Keras 2's spelling, with weights and
predictions of Keras 3's: KERAS_BACKEND=jax python3 make_files.py"""

import json
import os

import h5py
import keras
import numpy as np
from keras import layers

HERE = os.path.dirname(os.path.abspath(__file__))


def initializer(name, **config):
    return {"class_name": name, "config": config}


L2 = {"class_name": "L2", "config": {"l2": 9.999999747378752e-05}}
OLD_L2 = {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 9.999999747378752e-05}}
NO_RULES = {f"{part}_{rule}": None for part in ("kernel", "bias") for rule in ("regularizer", "constraint")}
NORMALIZED = {"beta_initializer": initializer("Zeros"), "gamma_initializer": initializer("Ones"),
              "moving_mean_initializer": initializer("Zeros"), "moving_variance_initializer": initializer("Ones"),
              "beta_regularizer": None, "gamma_regularizer": None, "beta_constraint": None, "gamma_constraint": None}


def conv(filters, size, strides=1, padding="same", use_bias=True, **others):
    config = {"filters": filters, "kernel_size": [size, size], "strides": [strides, strides], "padding": padding,
              "data_format": "channels_last", "dilation_rate": [1, 1], "groups": 1, "activation": "linear",
              "use_bias": use_bias, "kernel_initializer": initializer("HeNormal", seed=None),
              "bias_initializer": initializer("Zeros")} | NO_RULES | others
    return "Conv2D", config


def depthwise(strides=1, padding="same", **others):
    config = {"kernel_size": [3, 3], "strides": [strides, strides], "padding": padding,
              "data_format": "channels_last", "dilation_rate": [1, 1], "groups": 1, "activation": "linear",
              "use_bias": False, "bias_initializer": initializer("Zeros"), "bias_regularizer": None,
              "activity_regularizer": None, "bias_constraint": None, "depth_multiplier": 1,
              "depthwise_initializer": initializer("GlorotUniform", seed=None), "depthwise_regularizer": None,
              "depthwise_constraint": None} | others
    return "DepthwiseConv2D", config


def normalization(axis):
    return "BatchNormalization", {"axis": axis, "momentum": 0.99, "epsilon": 0.001, "center": True,
                                  "scale": True} | NORMALIZED


def dense(units, **others):
    return "Dense", {"units": units, "activation": "softmax", "use_bias": True,
                     "kernel_initializer": initializer("HeNormal", seed=None),
                     "bias_initializer": initializer("Zeros")} | NO_RULES | others


def pooled(size, strides=None):
    return "AveragePooling2D", {"pool_size": [size, size], "padding": "valid", "strides": [strides or size] * 2,
                                "data_format": "channels_last"}


RELU = "Activation", {"activation": "relu"}
RELU6 = "ReLU", {"max_value": 6.0, "negative_slope": 0.0, "threshold": 0.0}
FLATTEN = "Flatten", {"data_format": "channels_last"}
DROPOUT = "Dropout", {"rate": 0.001, "noise_shape": None, "seed": None}


def residual():
    """As tf.keras 2.3 wrote MLPerf Tiny's ResNet: "Model", L2 penalties, Add, lists for axes."""
    graph = [("input_1", ("InputLayer", {"batch_input_shape": [None, 8, 8, 3], "sparse": False, "ragged": False}), []),
             ("conv2d", conv(4, 3, kernel_regularizer=L2), ["input_1"]),
             ("batch_normalization", normalization([3]), ["conv2d"]), ("activation", RELU, ["batch_normalization"]),
             ("conv2d_1", conv(4, 3, kernel_regularizer=L2), ["activation"]),
             ("batch_normalization_1", normalization([3]), ["conv2d_1"]),
             ("add", ("Add", {}), ["activation", "batch_normalization_1"]), ("activation_1", RELU, ["add"]),
             ("conv2d_2", conv(6, 3, 2, kernel_regularizer=OLD_L2), ["activation_1"]),
             ("conv2d_3", conv(6, 1, 2, kernel_regularizer=OLD_L2,
                               kernel_initializer=initializer("VarianceScaling", scale=2.0, mode="fan_in",
                                                              distribution="normal", seed=None)), ["activation_1"]),
             ("add_1", ("Add", {}), ["conv2d_3", "conv2d_2"]), ("average_pooling2d", pooled(4), ["add_1"]),
             ("flatten", FLATTEN, ["average_pooling2d"]), ("dense", dense(3), ["flatten"])]
    training = {"loss": "categorical_crossentropy", "metrics": ["accuracy"], "weighted_metrics": None,
                "sample_weight_mode": None, "loss_weights": None,
                "optimizer_config": {"class_name": "Adam", "config": {
                    "name": "Adam", "learning_rate": 0.001, "decay": 0.0, "beta_1": 0.9, "beta_2": 0.999,
                    "epsilon": 1e-07, "amsgrad": False}}}
    return "Model", graph, "2.3.0-tf", training


def mobile():
    """As tf.keras 2.8 wrote MobileNet: "Functional", padding by pairs, ReLU with a bound, depthwise options."""
    graph = [("input_1", ("InputLayer", {"batch_input_shape": [None, 9, 9, 3], "sparse": False, "ragged": False}), []),
             ("conv1_pad", ("ZeroPadding2D", {"padding": [[0, 1], [0, 1]], "data_format": "channels_last"}),
              ["input_1"]),
             ("conv1", conv(4, 3, 2, "valid", False), ["conv1_pad"]), ("conv1_bn", normalization([3]), ["conv1"]),
             ("conv1_relu", RELU6, ["conv1_bn"]), ("conv_dw_1", depthwise(), ["conv1_relu"]),
             ("conv_dw_1_bn", normalization([3]), ["conv_dw_1"]), ("conv_dw_1_relu", RELU6, ["conv_dw_1_bn"]),
             ("conv_pw_1", conv(5, 1, use_bias=False), ["conv_dw_1_relu"]),
             ("global_average_pooling2d", ("GlobalAveragePooling2D", {"data_format": "channels_last",
                                                                      "keepdims": False}), ["conv_pw_1"]),
             ("reshape_1", ("Reshape", {"target_shape": [1, 1, 5]}), ["global_average_pooling2d"]),
             ("dropout", DROPOUT, ["reshape_1"]), ("conv_preds", conv(3, 1), ["dropout"]),
             ("reshape_2", ("Reshape", {"target_shape": [3]}), ["conv_preds"]),
             ("act_softmax", ("Activation", {"activation": "softmax"}), ["reshape_2"])]
    training = {"loss": {"class_name": "CategoricalCrossentropy", "config": {
                    "reduction": "auto", "name": "categorical_crossentropy", "from_logits": False,
                    "label_smoothing": 0.0, "axis": -1}},
                "metrics": [[{"class_name": "MeanMetricWrapper", "config": {
                    "name": "accuracy", "dtype": "float32", "fn": "categorical_accuracy"}}]],
                "weighted_metrics": None, "loss_weights": None,
                "optimizer_config": {"class_name": "Adam", "config": {
                    "name": "Adam", "learning_rate": {"class_name": "ExponentialDecay", "config": {
                        "initial_learning_rate": 0.001, "decay_steps": 100, "decay_rate": 0.9, "staircase": False,
                        "name": None}},
                    "decay": 0.0, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-07, "amsgrad": False}}}
    return "Functional", graph, "2.8.0", training


def depthwise_chain():
    """As Keras 2.2 wrote a Sequential: a list for a config, the first layer says what it takes."""
    first = conv(4, 4, 2)
    first[1]["batch_input_shape"] = [None, 10, 6, 1]
    for config in (first[1],):
        config.pop("groups")
    layer = depthwise(depthwise_regularizer=L2)
    layer[1].update({"filters": None, "kernel_initializer": initializer("GlorotUniform", seed=None),
                     "kernel_regularizer": None, "kernel_constraint": None})
    separable = ("SeparableConv2D", conv(3, 2)[1] | {
        "depth_multiplier": 2, "depthwise_initializer": initializer("GlorotUniform", seed=None),
        "pointwise_initializer": initializer("GlorotUniform", seed=None), "depthwise_regularizer": None,
        "pointwise_regularizer": None, "depthwise_constraint": None, "pointwise_constraint": None})
    graph = [("conv2d_1", first, []), ("batch_normalization_1", normalization(-1), []), ("activation_1", RELU, []),
             ("depthwise_conv2d_1", layer, []), ("separable_conv2d_1", separable, []),
             ("leaky_re_lu_1", ("LeakyReLU", {"alpha": 0.30000001192092896}), []),
             ("up_sampling2d_1", ("UpSampling2D", {"size": [2, 2], "data_format": "channels_last",
                                                   "interpolation": "nearest"}), []),
             ("max_pooling2d_1", ("MaxPooling2D", {"pool_size": [2, 2], "padding": "valid", "strides": [2, 2],
                                                   "data_format": "channels_last"}), []),
             ("flatten_1", FLATTEN, []), ("dense_1", dense(2, activation="sigmoid"), [])]
    return "Sequential", graph, "2.2.4", None


GONE = {"groups": ("DepthwiseConv2D",), "kernel_initializer": ("DepthwiseConv2D", "SeparableConv2D"),
        "kernel_regularizer": ("DepthwiseConv2D", "SeparableConv2D"), "filters": ("DepthwiseConv2D",),
        "kernel_constraint": ("DepthwiseConv2D", "SeparableConv2D")}


def in_keras3(name, class_name, config):
    """The layer by Keras 3's names, written here by hand."""
    config = {key: value for key, value in config.items() if class_name not in GONE.get(key, ())}
    config.pop("groups", None), config.pop("batch_input_shape", None)
    if class_name == "LeakyReLU":
        config["negative_slope"] = config.pop("alpha")
    if isinstance(config.get("axis"), list):
        config["axis"] = config["axis"][0]
    for key, value in config.items():
        if isinstance(value, dict) and value["class_name"] == "VarianceScaling":
            value = value | {"config": value["config"] | {"distribution": "truncated_normal"}}
        if isinstance(value, dict):
            part = keras.initializers if key.endswith("initializer") else keras.regularizers
            config[key] = part.get(value)
        if isinstance(value, list):
            config[key] = tuple(tuple(one) if isinstance(one, list) else one for one in value)
    return getattr(layers, class_name)(name=name, **config)


def rebuilt(graph):
    values = {}
    for name, (class_name, config), inputs in graph:
        if class_name == "InputLayer":
            x = last = keras.Input(config["batch_input_shape"][1:], name=name)
        else:
            if not values:
                x = last = keras.Input(config["batch_input_shape"][1:]) if not inputs else x
            given = [values[one] for one in inputs]
            last = in_keras3(name, class_name, config)(given if len(given) > 1 else given[0] if given else last)
        values[name] = last
    return keras.Model(x, last)


def write_moments(file, model):
    """As tf.keras before 2.11: the first moments of all weights, then the second."""
    group = file.create_group("optimizer_weights")
    names = ["Adam/iter:0"]
    group[names[0]] = np.int64(7)
    for kind, value in (("m", 0.0), ("v", 4.0)):
        for number, variable in enumerate(model.trainable_weights):
            names.append(f"Adam/{number}/{kind}:0")
            group[names[-1]] = np.full(variable.shape, value, "f4")
    group.attrs["weight_names"] = [one.encode() for one in names]


def write(path, class_name, graph, version, training, model):
    serialized = []
    for name, (kind, config), inputs in graph:
        layer = {"class_name": kind, "config": {"name": name, "trainable": True, "dtype": "float32"} | config}
        if kind == "InputLayer":
            layer["config"].pop("trainable")
        if class_name != "Sequential":
            layer |= {"name": name, "inbound_nodes": [[[one, 0, 0, {}] for one in inputs]] if inputs else []}
        serialized.append(layer)
    config = {"name": "model", "layers": serialized, "input_layers": [[graph[0][0], 0, 0]],
              "output_layers": [[graph[-1][0], 0, 0]]} if class_name != "Sequential" else serialized
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = version.encode()
        file.attrs["backend"] = b"tensorflow"
        file.attrs["model_config"] = json.dumps({"class_name": class_name, "config": config}).encode()
        if training is not None:
            file.attrs["training_config"] = json.dumps(training).encode()
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = [name.encode() for name, _, _ in graph]
        for name, _, _ in graph:
            group = weights.create_group(name)
            variables = model.get_layer(name).weights if any(name == one.name for one in model.layers) else []
            names = [f"{name}/{variable.name}:0" for variable in variables]
            group.attrs["weight_names"] = [one.encode() for one in names]
            for one, variable in zip(names, variables):
                group[one] = np.asarray(variable)
        if class_name == "Model":
            write_moments(file, model)


if __name__ == "__main__":
    expected = {}
    for make in (residual, mobile, depthwise_chain):
        keras.utils.set_random_seed(3)
        class_name, graph, version, training = make()
        model = rebuilt(graph)
        places = {layer.name: place for place, layer in enumerate(model.layers)}
        graph.sort(key=lambda entry: places[entry[0]])  # as Keras lists them, by depth
        random = np.random.default_rng(1)
        for variable in model.weights:  # statistics of BatchNormalization, too
            shift = 1.0 if "variance" in variable.name or "gamma" in variable.name else 0.0
            variable.assign(shift + random.uniform(-0.5, 0.5, variable.shape))
        x = random.normal(size=(3, *model.input_shape[1:])).astype("float32")
        write(os.path.join(HERE, make.__name__ + ".h5"), class_name, graph, version, training, model)
        expected[make.__name__] = {"shape": list(x.shape), "x": x.ravel().tolist(),
                                   "y": np.asarray(model.predict(x, verbose=0)).ravel().tolist()}
    with open(os.path.join(HERE, "expected.json"), "w") as out:
        json.dump(expected, out)
