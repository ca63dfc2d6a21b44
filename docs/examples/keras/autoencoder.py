"""autoencoder in Keras, on the data that the example wrote: python autoencoder.py FILE.npz"""

import keras
from keras import layers

import twin

data = twin.arrays()
same = {"padding": "same", "activation": "relu"}
picture = keras.Input((28, 28, 1))
x = layers.Conv2D(32, 3, **same)(picture)
x = layers.MaxPooling2D(2, padding="same")(x)
x = layers.Conv2D(32, 3, **same)(x)
x = layers.MaxPooling2D(2, padding="same")(x)
x = layers.Conv2DTranspose(32, 3, strides=2, **same)(x)
x = layers.Conv2DTranspose(32, 3, strides=2, **same)(x)
x = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(x)
model = keras.Model(picture, x)
model.compile("adam", "binary_crossentropy")
for name, epochs in (("x", 3), ("noisy", 7)):
    history = model.fit(
        data[f"{name}_train"],
        data["x_train"],
        batch_size=128,
        epochs=epochs,
        validation_data=(data[f"{name}_test"], data["x_test"]),
        verbose=2,
    )
twin.result("val_loss", history.history["val_loss"][-1])
