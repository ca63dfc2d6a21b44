"""Models of many kinds, small, with what they are trained on."""

import keras
import numpy as np
from keras import layers


def rows(*extents, seed=1):
    return np.random.default_rng(seed).normal(size=extents).astype("float32")


def ids(bound, *extents, seed=1):
    return np.random.default_rng(seed).integers(0, bound, size=extents).astype("int32")


def labels(count, seed=2):
    return np.random.default_rng(seed).integers(0, 2, size=(count, 1)).astype("float32")


def simple_rnn():
    model = keras.Sequential([layers.Input((12,), dtype="int32"), layers.Embedding(30, 6), layers.SimpleRNN(5),
                              layers.Dense(1, activation="sigmoid")], name="simple_rnn_learner")
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model, ids(30, 24, 12), labels(24)


def autoencoder():
    model = keras.Sequential([layers.Input((10,)), layers.Dense(4, activation="relu"),
                              layers.Dense(10, activation="relu")])
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True), "mean_squared_error")
    x = rows(24, 10)
    return model, x, x


def recurrences():
    model = keras.Sequential([
        layers.Input((7, 3)), layers.Masking(), layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
        layers.GRU(5, return_sequences=True, reset_after=False),
        layers.RNN([layers.LSTMCell(3), layers.GRUCell(4), layers.SimpleRNNCell(2)], return_sequences=True),
        layers.TimeDistributed(layers.Dense(2)), layers.LSTM(3)])
    model.compile(keras.optimizers.RMSprop(0.01, centered=True, momentum=0.5), "mse", metrics=["mae"])
    return model, rows(24, 7, 3), rows(24, 3, seed=2)


def convolutions():
    model = keras.Sequential([
        layers.Input((10, 10, 2)), layers.Conv2D(4, 3, padding="same", activation="relu"), layers.BatchNormalization(),
        layers.MaxPooling2D(), layers.DepthwiseConv2D(2), layers.SeparableConv2D(5, 2), layers.UpSampling2D(),
        layers.Conv2DTranspose(3, 3, strides=2), layers.GlobalAveragePooling2D(), layers.Dropout(0.0),
        layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.AdamW(0.01), keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
                  metrics=["accuracy"])
    return model, rows(24, 10, 10, 2), np.eye(3, dtype="float32")[ids(3, 24)]


def transformer():
    x = layers.Input((6, 8), name="tokens")
    y = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True))
    z = layers.Dense(16, activation="gelu")(y)
    y = layers.LayerNormalization()(y + layers.Dense(8)(z))
    model = keras.Model(x, layers.Dense(1)(layers.GlobalMaxPooling1D()(y)), name="block")
    schedule = keras.optimizers.schedules.CosineDecay(0.01, 30, warmup_target=0.02, warmup_steps=4)
    model.compile(keras.optimizers.Adam(schedule, clipnorm=1.0, amsgrad=True), "huber")
    return model, rows(24, 6, 8), rows(24, 1, seed=2)


def several_outputs():
    a, b = layers.Input((4,), name="a"), layers.Input((3,), name="b")
    trunk = keras.Sequential([layers.Input((4,)), layers.Dense(5, activation="tanh")], name="trunk")
    joined = layers.Concatenate()([trunk(a), b])
    outputs = {"label": layers.Dense(1, activation="sigmoid", name="label")(joined),
               "value": layers.Dense(2, name="value")(layers.multiply([joined, joined]))}
    model = keras.Model({"a": a, "b": b}, outputs, name="several")
    model.compile(keras.optimizers.Nadam(0.01), loss={"label": "binary_crossentropy", "value": keras.losses.Huber()},
                  loss_weights={"label": 0.5, "value": 2.0}, metrics={"label": ["accuracy"]})
    return model, {"a": rows(24, 4), "b": rows(24, 3)}, {"label": labels(24), "value": rows(24, 2)}


def frozen():
    model = keras.Sequential([layers.Input((5,)), layers.Dense(4), layers.BatchNormalization(), layers.Dense(2)])
    model.layers[0].trainable = False
    model.compile(keras.optimizers.Adagrad(0.1, gradient_accumulation_steps=2), "mse")
    return model, rows(24, 5), rows(24, 2, seed=2)


ALL = [simple_rnn, autoencoder, recurrences, convolutions, transformer, several_outputs, frozen]
