"""lstm_character_level_text_generation in Keras, without what it writes, on the text that the example wrote:
python lstm_character_level_text_generation.py FILE.npz"""

import keras
import numpy as np
from keras import layers

import twin

ids = twin.arrays()["ids"]
maxlen, step, classes = 40, 3, int(ids.max()) + 1
begins = range(0, len(ids) - maxlen, step)
one_hot = np.eye(classes, dtype="float32")
x = one_hot[np.stack([ids[i : i + maxlen] for i in begins])]
y = one_hot[np.array([ids[i + maxlen] for i in begins])]
model = keras.Sequential(
    [layers.Input((maxlen, classes)), layers.LSTM(128), layers.Dense(classes, activation="softmax")]
)
model.compile(loss="categorical_crossentropy", optimizer=keras.optimizers.RMSprop(learning_rate=0.01))
history = model.fit(x, y, batch_size=128, epochs=10, verbose=2)
twin.result("loss", history.history["loss"][-1])
