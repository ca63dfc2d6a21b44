"""bidirectional_lstm_imdb in Keras, on the data that the example wrote: python bidirectional_lstm_imdb.py FILE.npz"""

import keras
from keras import layers

import twin

data = twin.arrays()
inputs = keras.Input((None,), dtype="int32")
x = layers.Embedding(20_000, 128)(inputs)
x = layers.Bidirectional(layers.LSTM(64, return_sequences=True))(x)
x = layers.Bidirectional(layers.LSTM(64))(x)
model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
history = model.fit(
    data["x_train"],
    data["y_train"],
    batch_size=32,
    epochs=2,
    validation_data=(data["x_val"], data["y_val"]),
    verbose=2,
)
twin.result("val_accuracy", history.history["val_accuracy"][-1])
