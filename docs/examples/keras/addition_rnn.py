"""addition_rnn in Keras, on the data that the example wrote: python addition_rnn.py FILE.npz"""

from keras import layers, models

import twin

data = twin.arrays()
steps, characters = data["y_train"].shape[1:]
model = models.Sequential(
    [
        layers.Input(data["x_train"].shape[1:]),
        layers.LSTM(128),
        layers.RepeatVector(steps),
        layers.LSTM(128, return_sequences=True),
        layers.Dense(characters, activation="softmax"),
    ]
)
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
history = model.fit(
    data["x_train"],
    data["y_train"],
    batch_size=32,
    epochs=20,
    validation_data=(data["x_val"], data["y_val"]),
    verbose=2,
)
twin.result("val_accuracy", history.history["val_accuracy"][-1])
