"""timeseries_weather_forecasting in Keras, on the data that the example wrote:
python timeseries_weather_forecasting.py FILE.npz"""

import keras
from keras import layers

import twin

features = twin.arrays()["features"]
past, future, step = 720, 72, 6
split = len(features) * 715 // 1000


def windows(rows):
    return keras.utils.timeseries_dataset_from_array(
        rows,
        rows[past + future :, 1],
        sequence_length=past // step,
        sampling_rate=step,
        batch_size=256,
        shuffle=rows is train,
    )


train, val = features[:split], features[split:]
model = keras.Sequential([layers.Input((past // step, features.shape[1])), layers.LSTM(32), layers.Dense(1)])
model.compile(keras.optimizers.Adam(0.001), "mse")
history = model.fit(
    windows(train),
    epochs=10,
    validation_data=windows(val),
    callbacks=[keras.callbacks.EarlyStopping(monitor="val_loss", patience=5)],
    verbose=2,
)
twin.result("val_loss", history.history["val_loss"][-1])
