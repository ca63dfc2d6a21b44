"""Keras on the zoo's models: trains what zoo-data wrote, and tells seconds an epoch and what validation gives.

zoo_keras.py M.keras X.npz EPOCHS BATCH_SIZE [jax|tensorflow]
"""

import json
import os
import sys
import time

path, data_path, epochs, batch_size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
backend = sys.argv[5] if len(sys.argv) > 5 else "jax"
os.environ.update(KERAS_BACKEND=backend, TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", JAX_PLATFORMS="cpu")

import keras  # noqa: E402  reads the environment
import numpy as np  # noqa: E402
from keras import ops  # noqa: E402


@keras.saving.register_keras_serializable(package="reel", name="Sampling")
class Sampling(keras.layers.Layer):
    """That of models/zoo/variational_autoencoder.cc."""

    def __init__(self, weight=1.0, **kwargs):
        super().__init__(**kwargs)
        self.weight = weight
        self.seeds = keras.random.SeedGenerator(0)

    def call(self, inputs, training=False):
        mean, log_variance = inputs
        divergence = -0.5 * ops.sum(1 + log_variance - mean**2 - ops.exp(log_variance), axis=-1)
        self.add_loss(self.weight * ops.mean(divergence))
        if not training:
            return mean
        return mean + ops.exp(0.5 * log_variance) * keras.random.normal(ops.shape(mean), seed=self.seeds)

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}


class Watch(keras.callbacks.Callback):
    """Seconds of each epoch, with its validation: on the clock, and of all cores."""

    def __init__(self):
        super().__init__()
        self.seconds, self.cpu_seconds = [], []

    def on_epoch_begin(self, epoch, logs=None):
        self.began, self.cpu_began = time.perf_counter(), time.process_time()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.began)
        self.cpu_seconds.append(time.process_time() - self.cpu_began)


model = keras.models.load_model(path)
data = np.load(data_path)
watch = Watch()
history = model.fit(data["x"], data["y"], batch_size=batch_size, epochs=epochs, verbose=0, callbacks=[watch],
                    validation_data=(data["validation_x"], data["validation_y"])).history
figures = {"name": f"Keras {keras.__version__}, {backend}", "parameters": model.count_params(),
           # The first epoch compiles.
           "seconds_per_epoch": float(np.median(watch.seconds[1:] or watch.seconds)),
           "cpu_seconds_per_epoch": float(np.median(watch.cpu_seconds[1:] or watch.cpu_seconds))}
figures.update({key: values[-1] for key, values in history.items()})
print(json.dumps(figures))
