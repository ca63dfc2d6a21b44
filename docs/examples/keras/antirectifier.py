"""antirectifier in Keras, on the data that the example wrote: python antirectifier.py FILE.npz"""

import keras
from keras import layers, ops

import twin


class Antirectifier(layers.Layer):
    def build(self, shape):
        self.kernel = self.add_weight(shape=(2 * shape[-1], shape[-1]), initializer="he_normal", name="kernel")

    def call(self, x):
        x = x - ops.mean(x, axis=-1, keepdims=True)
        x = ops.normalize(x, axis=-1)
        return ops.matmul(ops.concatenate([ops.relu(x), ops.relu(-x)], axis=-1), self.kernel)


data = twin.arrays()
model = keras.Sequential(
    [
        layers.Input((28, 28, 1)),
        layers.Flatten(),
        layers.Dense(256),
        Antirectifier(),
        layers.Dense(256),
        Antirectifier(),
        layers.Dropout(0.5),
        layers.Dense(10),
    ]
)
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.RMSprop(),
    metrics=[keras.metrics.SparseCategoricalAccuracy()],
)
model.fit(data["x_train"], data["y_train"], batch_size=128, epochs=20, validation_split=0.15, verbose=2)
twin.result("accuracy", model.evaluate(data["x_test"], data["y_test"], verbose=0)[1])
