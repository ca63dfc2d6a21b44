"""text_classification_from_scratch in Keras, from the words' indices that the example wrote, so that its text
vectorization is not part of it: python text_classification_from_scratch.py FILE.npz"""

import keras
from keras import layers

import twin

data = twin.arrays()
inputs = keras.Input(data["x_train"].shape[1:], dtype="int32")
x = layers.Embedding(20_000, 128)(inputs)
x = layers.Dropout(0.5)(x)
x = layers.Conv1D(128, 7, padding="valid", activation="relu", strides=3)(x)
x = layers.Conv1D(128, 7, padding="valid", activation="relu", strides=3)(x)
x = layers.GlobalMaxPooling1D()(x)
x = layers.Dense(128, activation="relu")(x)
x = layers.Dropout(0.5)(x)
model = keras.Model(inputs, layers.Dense(1, activation="sigmoid", name="predictions")(x))
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(
    data["x_train"],
    data["y_train"],
    batch_size=32,
    epochs=3,
    validation_data=(data["x_val"], data["y_val"]),
    verbose=2,
)
twin.result("accuracy", model.evaluate(data["x_test"], data["y_test"], verbose=0)[1])
