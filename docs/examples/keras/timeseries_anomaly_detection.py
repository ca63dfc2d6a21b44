"""timeseries_anomaly_detection in Keras, on the data that the example wrote:
python timeseries_anomaly_detection.py FILE.npz"""

import keras
import numpy as np
from keras import layers

import twin

data = twin.arrays()
x_train, x_test = data["x_train"], data["x_test"]
same = {"kernel_size": 7, "padding": "same", "strides": 2, "activation": "relu"}
model = keras.Sequential(
    [
        layers.Input(x_train.shape[1:]),
        layers.Conv1D(32, **same),
        layers.Dropout(0.2),
        layers.Conv1D(16, **same),
        layers.Conv1DTranspose(16, **same),
        layers.Dropout(0.2),
        layers.Conv1DTranspose(32, **same),
        layers.Conv1DTranspose(1, 7, padding="same"),
    ]
)
model.compile(keras.optimizers.Adam(0.001), "mse")
history = model.fit(
    x_train,
    x_train,
    batch_size=128,
    epochs=50,
    validation_split=0.1,
    callbacks=[keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, mode="min")],
    verbose=2,
)
threshold = np.abs(model.predict(x_train, verbose=0) - x_train).mean((1, 2)).max()
unusual = np.abs(model.predict(x_test, verbose=0) - x_test).mean((1, 2)) > threshold
steps = [i for i in range(287, len(unusual)) if unusual[i - 287 : i + 1].all()]
inside = sum(i // 288 == 10 for i in steps)
print(f"Threshold {threshold:.4f}; unusual: {inside} steps of the day that jumps, {len(steps) - inside} of other days")
twin.result("val_loss", history.history["val_loss"][-1])
