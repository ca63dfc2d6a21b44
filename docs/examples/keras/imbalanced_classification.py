"""imbalanced_classification in Keras, on the data that the example wrote:
python imbalanced_classification.py FILE.npz"""

import keras
from keras import layers, metrics

import twin

data = twin.arrays()
model = keras.Sequential(
    [
        layers.Input((30,)),
        layers.Dense(256, activation="relu"),
        layers.Dense(256, activation="relu"),
        layers.Dropout(0.3),
        layers.Dense(256, activation="relu"),
        layers.Dropout(0.3),
        layers.Dense(1, activation="sigmoid"),
    ]
)
counts = {"fn": metrics.FalseNegatives, "fp": metrics.FalsePositives, "tp": metrics.TruePositives}
model.compile(
    keras.optimizers.Adam(1e-2),
    "binary_crossentropy",
    metrics=[kind(name=name) for name, kind in counts.items()] + [metrics.AUC(curve="PR", name="auc")],
)
frauds = int(data["y_train"].sum())
history = model.fit(
    data["x_train"],
    data["y_train"],
    batch_size=2048,
    epochs=30,
    validation_data=(data["x_val"], data["y_val"]),
    class_weight={0: 1 / (len(data["y_train"]) - frauds), 1: 1 / frauds},
    verbose=2,
)
twin.result("val_auc", history.history["val_auc"][-1])
