"""wide_deep_cross_networks in Keras, on the data that the example wrote: python wide_deep_cross_networks.py FILE.npz"""

import keras
from keras import layers

import twin

AREAS, SOILS, CLASSES = 4, 40, 7


def inputs():
    return keras.Input((10,)), keras.Input((1,), dtype="int32"), keras.Input((1,), dtype="int32")


def one_hot(numbers, area, soil):
    areas, soils = (layers.CategoryEncoding(n, output_mode="one_hot") for n in (AREAS, SOILS))
    return layers.Concatenate()([numbers, areas(area), soils(soil)])


def embedded(numbers, area, soil):
    areas = layers.Reshape((2,))(layers.Embedding(AREAS, 2)(area))
    soils = layers.Reshape((6,))(layers.Embedding(SOILS, 6)(soil))
    return layers.Concatenate()([numbers, areas, soils])


def hidden_layers(x):
    for units in (32, 32):
        x = layers.Dense(units)(x)
        x = layers.BatchNormalization()(x)
        x = layers.Dropout(0.1)(layers.ReLU()(x))
    return x


def finished(read, x):
    return keras.Model(read, layers.Dense(CLASSES, activation="softmax")(x))


def baseline():
    read = inputs()
    return finished(read, hidden_layers(one_hot(*read)))


def wide_and_deep():
    read = inputs()
    wide = layers.BatchNormalization()(one_hot(*read))
    return finished(read, layers.Concatenate()([wide, hidden_layers(embedded(*read))]))


def deep_and_cross():
    read = inputs()
    x0 = embedded(*read)
    cross = x0
    for _ in range(2):
        cross = x0 * layers.Dense(x0.shape[-1])(cross) + cross
    cross = layers.BatchNormalization()(cross)
    return finished(read, layers.Concatenate()([cross, hidden_layers(x0)]))


data = twin.arrays()
train, test = (
    [data[f"{part}_{column}"] for column in ("numbers", "area", "soil", "cover")] for part in ("train", "test")
)
for make in (baseline, wide_and_deep, deep_and_cross):
    model = make()
    model.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=keras.optimizers.Adam(0.001),
        metrics=[keras.metrics.SparseCategoricalAccuracy()],
    )
    model.fit(train[:3], train[3], batch_size=265, epochs=10, verbose=2)
    accuracy = model.evaluate(test[:3], test[3], verbose=0)[1]
    print(f"{make.__name__}: test accuracy {accuracy:.4f}")
twin.result("accuracy", accuracy)
