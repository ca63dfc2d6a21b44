"""simple_mnist_convnet in Keras, on the data that the example wrote: python simple_mnist_convnet.py FILE.npz"""

import keras
from keras import layers

import twin

data = twin.arrays()
model = keras.Sequential(
    [
        layers.Input((28, 28, 1)),
        layers.Conv2D(32, (3, 3), activation="relu"),
        layers.MaxPooling2D((2, 2)),
        layers.Conv2D(64, (3, 3), activation="relu"),
        layers.MaxPooling2D((2, 2)),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
y_train, y_test = (keras.utils.to_categorical(data[f"y_{part}"], 10) for part in ("train", "test"))
model.fit(data["x_train"], y_train, batch_size=128, epochs=10, validation_split=0.1, verbose=2)
twin.result("accuracy", model.evaluate(data["x_test"], y_test, verbose=0)[1])
