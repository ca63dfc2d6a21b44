"""Batches of the models of tools/bench/kinds.cc, and how a step of them is timed; tools/timing.h has the same rules."""

import statistics
import time

import numpy as np

ROWS = {"mlp": (128, 784), "wide_32": (32, 2000), "wide_128": (128, 2000), "bidirectional_lstm": (64, 100, 32),
        "lstm_autoencoder": (64, 28, 28), "transformer": (32, 128, 64), "convnet": (64, 28, 28, 1),
        "convolutional_autoencoder": (64, 28, 28, 1)}
CLASSES = ("mlp", "wide_32", "wide_128", "convnet")


def batch(name):
    """x, y, and whether y is classes, truths or values."""
    random = np.random.default_rng(0)
    shape = ROWS[name]
    x = random.random(shape, np.float32)
    if name in CLASSES:
        return x, random.integers(0, 10, shape[0]).astype(np.int32), "classes"
    if name == "convolutional_autoencoder":
        return x, x, "truths"
    if name == "lstm_autoencoder":
        return x, x, "values"
    return x, random.integers(0, 2, (shape[0], 1)).astype(np.float32), "truths"


def median_ms(seconds, call):
    """Median of as many calls as fit, five at least, after two that do not count."""
    for _ in range(2):
        call()
    times, begin = [], time.perf_counter()
    while len(times) < 5 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)
