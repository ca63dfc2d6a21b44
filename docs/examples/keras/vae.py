"""vae in Keras, on the data that the example wrote: python vae.py FILE.npz

The step is Keras's own, so that any backend runs it: pictures and codes are one output, and one loss has both parts."""

import keras
from keras import layers, ops

import twin


class Sampling(layers.Layer):
    def __init__(self):
        super().__init__()
        self.seed = keras.random.SeedGenerator(1)

    def call(self, inputs):
        z_mean, z_log_var = inputs
        return z_mean + ops.exp(0.5 * z_log_var) * keras.random.normal(ops.shape(z_mean), seed=self.seed)


def bound(picture, out):
    redrawn, z_mean, z_log_var = out[:, :-4], out[:, -4:-2], out[:, -2:]
    flat = ops.reshape(picture, (-1, 784))
    crossentropy = 784 * keras.losses.binary_crossentropy(flat, redrawn)
    kl = ops.sum(-0.5 * (1 + z_log_var - ops.square(z_mean) - ops.exp(z_log_var)), axis=1)
    return crossentropy + kl


data = twin.arrays()
same = {"strides": 2, "padding": "same", "activation": "relu"}
picture = keras.Input((28, 28, 1))
x = layers.Conv2D(32, 3, **same)(picture)
x = layers.Conv2D(64, 3, **same)(x)
x = layers.Dense(16, activation="relu")(layers.Flatten()(x))
z_mean, z_log_var = layers.Dense(2)(x), layers.Dense(2)(x)
x = layers.Dense(7 * 7 * 64, activation="relu")(Sampling()([z_mean, z_log_var]))
x = layers.Conv2DTranspose(64, 3, **same)(layers.Reshape((7, 7, 64))(x))
x = layers.Conv2DTranspose(32, 3, **same)(x)
x = layers.Conv2DTranspose(1, 3, padding="same", activation="sigmoid")(x)
model = keras.Model(picture, layers.Concatenate()([layers.Flatten()(x), z_mean, z_log_var]))
model.compile("adam", bound)
model.fit(data["x_train"], data["x_train"], batch_size=128, epochs=10, verbose=2)
twin.result("test_loss", model.evaluate(data["x_test"], data["x_test"], verbose=0))
