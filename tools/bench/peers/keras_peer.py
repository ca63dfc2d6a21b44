"""Keras, on TensorFlow or JAX: MODEL THREADS SECONDS FOLDER tensorflow|tensorflow-unroll|jax."""

import os

import measure

chosen = measure.options("tensorflow", "tensorflow-unroll", "jax")
backend, _, unroll = chosen.variant.partition("-")
os.environ.update(KERAS_BACKEND=backend, TF_NUM_INTRAOP_THREADS=str(chosen.threads), TF_NUM_INTEROP_THREADS="1",
                  OMP_NUM_THREADS=str(chosen.threads), TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="",
                  JAX_PLATFORMS="cpu")

import keras  # noqa: E402  reads the environment
from batches import FEATURES, STEPS, WORDS  # noqa: E402
from measure import EMBEDDING, HIDDEN, UNITS  # noqa: E402


def autoencoder():
    """The notebook's: random uniform kernels, biases of one, plain SGD."""
    def dense(units):
        return keras.layers.Dense(units, activation="relu", kernel_initializer="random_uniform",
                                  bias_initializer="ones")

    model = keras.Sequential([keras.Input((FEATURES,)), dense(HIDDEN), dense(FEATURES)])
    model.compile(loss="mean_squared_error", optimizer=keras.optimizers.SGD(0.01), metrics=["accuracy"])
    return model


def reviews():
    """Embedding, a recurrent layer, and what it says."""
    cell = {"simple_rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[chosen.model]
    model = keras.Sequential([keras.Input((STEPS,)), keras.layers.Embedding(WORDS, EMBEDDING),
                              cell(UNITS, unroll=bool(unroll)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def build():
    model = autoencoder() if chosen.model == "autoencoder" else reviews()
    return model.train_on_batch, model.predict_on_batch


measure.run(f"Keras {keras.__version__}, {backend}{', unrolled' if unroll else ''}", chosen, build)
