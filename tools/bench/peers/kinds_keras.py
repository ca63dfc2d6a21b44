"""Keras, on TensorFlow or JAX, on the models of tools/bench/kinds.cc: MODEL THREADS SECONDS tensorflow|jax."""

import json
import os
import sys

name, threads, seconds, backend = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]
os.environ.update(KERAS_BACKEND=backend, TF_NUM_INTRAOP_THREADS=threads, TF_NUM_INTEROP_THREADS="1",
                  OMP_NUM_THREADS=threads, TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", JAX_PLATFORMS="cpu")

import keras  # noqa: E402  reads the environment
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402
from kinds_data import batch, median_ms  # noqa: E402


def mlp(features, hidden):
    return [keras.Input((features,)), layers.Dense(hidden, activation="relu"), layers.Dense(hidden, activation="relu"),
            layers.Dense(10)]


def transformer():
    x = keras.Input((128, 64))
    attended = layers.MultiHeadAttention(4, 16)(x, x)
    first = layers.LayerNormalization(epsilon=1e-6)(x + attended)
    widened = layers.Dense(64)(layers.Dense(128, activation="relu")(first))
    second = layers.LayerNormalization(epsilon=1e-6)(first + widened)
    return keras.Model(x, layers.Dense(1, activation="sigmoid")(layers.GlobalAveragePooling1D()(second)))


def convolutional_autoencoder():
    same = {"padding": "same", "activation": "relu"}
    return [keras.Input((28, 28, 1)), layers.Conv2D(32, 3, **same), layers.MaxPooling2D(2, padding="same"),
            layers.Conv2D(32, 3, **same), layers.MaxPooling2D(2, padding="same"),
            layers.Conv2DTranspose(32, 3, strides=2, **same), layers.Conv2DTranspose(32, 3, strides=2, **same),
            layers.Conv2D(1, 3, padding="same", activation="sigmoid")]


MODELS = {
    "mlp": lambda: mlp(784, 128),
    "wide_32": lambda: mlp(2000, 2000),
    "wide_128": lambda: mlp(2000, 2000),
    "bidirectional_lstm": lambda: [keras.Input((100, 32)), layers.Bidirectional(layers.LSTM(64)),
                                   layers.Dense(1, activation="sigmoid")],
    "lstm_autoencoder": lambda: [keras.Input((28, 28)), layers.LSTM(64), layers.RepeatVector(28),
                                 layers.LSTM(64, return_sequences=True), layers.TimeDistributed(layers.Dense(28))],
    "transformer": transformer,
    "convnet": lambda: [keras.Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(),
                        layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(),
                        layers.Dropout(0.5), layers.Dense(10)],
    "convolutional_autoencoder": convolutional_autoencoder,
}

x, y, kind = batch(name)
made = MODELS[name]()
model = made if isinstance(made, keras.Model) else keras.Sequential(made)
loss = {"classes": keras.losses.SparseCategoricalCrossentropy(from_logits=True), "truths": "binary_crossentropy",
        "values": "mse"}[kind]
model.compile(loss=loss, optimizer="adam")
figures = {"name": f"Keras {keras.__version__}, {backend}",
           "train_ms": median_ms(seconds, lambda: np.asarray(model.train_on_batch(x, y)))}
print(json.dumps(figures), flush=True)
