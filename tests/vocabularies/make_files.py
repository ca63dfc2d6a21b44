"""Makes the files here: models of Keras's that have learned vocabularies, and what they predict. Takes TensorFlow:
KERAS_BACKEND=tensorflow python3 make_files.py"""

import json
import os

import keras
import numpy as np
import tensorflow as tf
from keras import layers

HERE = os.path.dirname(os.path.abspath(__file__))
TEXTS = ["the cat sat", "on the mat the cat", "nobody sat", "Ünï the"]


def learned(layer, data):
    layer.adapt(np.array(data))
    return layer


def indices():
    words = learned(layers.TextVectorization(max_tokens=20, output_sequence_length=5), TEXTS)
    return keras.Sequential([keras.Input((1,), dtype="string"), words, layers.Embedding(20, 3),
                             layers.GlobalAveragePooling1D(), layers.Dense(1)]), np.array([[text] for text in TEXTS])


def weighted():
    words = learned(layers.TextVectorization(max_tokens=12, output_mode="tf_idf", pad_to_max_tokens=True), TEXTS)
    return keras.Sequential([keras.Input((1,), dtype="string"), words, layers.Dense(2)]), np.array(
        [[text] for text in TEXTS])


def tokens():
    words = learned(layers.StringLookup(output_mode="multi_hot", num_oov_indices=2), [["a", "b"], ["a", "c"]])
    return keras.Sequential([keras.Input((2,), dtype="string"), words, layers.Dense(2)]), np.array(
        [["a", "c"], ["b", "x"], ["y", "z"]])


def numbers():
    codes = learned(layers.IntegerLookup(output_mode="tf_idf"), [[3, 3, -7], [5, 3, 12345678901]])
    return keras.Sequential([keras.Input((3,), dtype="int64"), codes, layers.Dense(2)]), np.array(
        [[3, 3, 5], [-7, 8, 12]])


if __name__ == "__main__":
    expected = {}
    for make in (indices, weighted, tokens, numbers):
        keras.utils.set_random_seed(5)
        model, x = make()
        model.save(os.path.join(HERE, make.__name__ + ".keras"))
        lookup = model.layers[0]
        expected[make.__name__] = {
            "vocabulary": [str(token) for token in lookup.get_vocabulary()],
            "x": x.tolist(),
            "y": np.asarray(model.predict(tf.constant(x), verbose=0)).tolist(),
        }
    with open(os.path.join(HERE, "expected.json"), "w") as out:
        json.dump(expected, out, indent=1, ensure_ascii=False)
