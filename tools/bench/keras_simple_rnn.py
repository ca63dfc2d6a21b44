"""The zoo's simple_rnn in Keras on the same batches of real reviews: one JSON line of medians in milliseconds.

Arguments: imdb.npz, threads, backend (tensorflow or jax), and "unroll" to unroll the recurrence as Reel does.
"""

import json
import os
import resource
import sys
import time

DATA, THREADS, BACKEND = sys.argv[1], sys.argv[2], sys.argv[3]
UNROLL = "unroll" in sys.argv[4:]
os.environ.update(KERAS_BACKEND=BACKEND, TF_NUM_INTRAOP_THREADS=THREADS, TF_NUM_INTEROP_THREADS="1",
                  TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", JAX_PLATFORMS="cpu")
if THREADS == "1":
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"

import keras
import numpy as np

ROWS, STEPS, WORDS, BATCHES = 128, 500, 5000, 12


def batches():
    """Reviews in the file's order, encoded as imdb.load_data(num_words=5000) and padded to 500."""
    with np.load(DATA, allow_pickle=True) as file:
        reviews, labels = file["x_train"][: ROWS * BATCHES], file["y_train"][: ROWS * BATCHES]
    ids = keras.utils.pad_sequences([[1] + [w + 3 if w + 3 < WORDS else 2 for w in r] for r in reviews], maxlen=STEPS)
    return ids.reshape(BATCHES, ROWS, STEPS), labels.astype("float32").reshape(BATCHES, ROWS, 1)


def median_ms(call, arguments, warm=2):
    times = []
    for argument in arguments:
        start = time.perf_counter()
        call(*argument)
        times.append(1e3 * (time.perf_counter() - start))
    return float(np.median(times[warm:]))


x, y = batches()
model = keras.Sequential([keras.Input((STEPS,)), keras.layers.Embedding(WORDS, 32),
                          keras.layers.SimpleRNN(128, unroll=UNROLL), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
start = time.perf_counter()
model.train_on_batch(x[0], y[0])
first = 1e3 * (time.perf_counter() - start)
train = median_ms(model.train_on_batch, zip(x, y))
model.predict_on_batch(x[0])
forward = median_ms(model.predict_on_batch, ((b,) for b in x))
model.predict_on_batch(x[0][:1])
one = median_ms(model.predict_on_batch, ((b[:1],) for b in x))
print(json.dumps({"name": f"Keras {keras.__version__}, {BACKEND}{', unrolled' if UNROLL else ''}", "train_ms": train,
                  "forward_ms": forward, "one_row_ms": one, "first_step_ms": first,
                  "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
