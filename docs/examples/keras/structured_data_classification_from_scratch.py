"""structured_data_classification_from_scratch in Keras, on the table that the example wrote, in which words are
indices: python structured_data_classification_from_scratch.py FILE.npz"""

import keras
import numpy as np
from keras import layers

import twin

data = twin.arrays()
train, val = (
    {key.removeprefix(part + "_"): value for key, value in data.items() if key.startswith(part + "_")}
    for part in ("train", "val")
)
targets = train.pop("target"), val.pop("target")
inputs, features = {}, []
for name, column in train.items():
    is_category = column.dtype == np.int32
    inputs[name] = keras.Input((1,), name=name, dtype="int32" if is_category else "float32")
    if is_category:
        # Keras's lookup needs TensorFlow; its column for unknown categories stays 0 here.
        categories = int(column.max()) + 2
        features.append(layers.CategoryEncoding(categories, output_mode="multi_hot")(inputs[name]))
    else:
        normalization = layers.Normalization()
        normalization.adapt(column)
        features.append(normalization(inputs[name]))
x = layers.Concatenate()(features)
x = layers.Dense(32, activation="relu")(x)
x = layers.Dropout(0.5)(x)
model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
history = model.fit(train, targets[0], epochs=50, validation_data=(val, targets[1]), verbose=2)
twin.result("val_accuracy", history.history["val_accuracy"][-1])
