"""The data of a comparison: a small imdb.npz that reel-zoo reads, and the batches that it makes of it.

Run as a program: batches.py FOLDER [IMDB_NPZ]. Without a file the reviews are synthetic.
"""

import os
import sys

import numpy as np

ROWS, STEPS, WORDS, BATCHES = 128, 500, 5000, 10
HELD_OUT = 10  # reviews that reel-zoo sets aside
FEATURES, AUTOENCODER_ROWS, AUTOENCODER_BATCH = 5, 150, 10


def real_reviews(path):
    """The first reviews of the file and their labels; ids are ranks of words."""
    count = ROWS * BATCHES + HELD_OUT
    with np.load(path, allow_pickle=True) as file:
        return list(file["x_train"][:count]), file["y_train"][:count]


def synthetic_reviews():
    """Log-normal lengths with the median and spread of IMDB's, words as frequent as 1 / rank."""
    random = np.random.default_rng(1)
    count = ROWS * BATCHES + HELD_OUT
    lengths = np.clip(random.lognormal(np.log(175), 0.6, count), 10, 2500).astype(int)
    reviews = [np.exp(random.uniform(0, np.log(30000), n)).astype(int).tolist() for n in lengths]
    return reviews, random.integers(0, 2, count)


def object_array(reviews):
    """One dimension of lists, as in the file that Keras publishes."""
    array = np.empty(len(reviews), object)
    array[:] = reviews
    return array


def padded(review):
    """A review as keras.datasets.imdb.load_data(num_words=5000) and pad_sequences(maxlen=500) give it."""
    ids = [1] + [word + 3 if word + 3 < WORDS else 2 for word in review]
    ids = ids[-STEPS:]
    return np.array([0] * (STEPS - len(ids)) + ids, np.int32)


def write(folder, imdb):
    """Writes imdb.npz, ids.npy [batches, rows, steps], labels.npy [batches, rows] and rows.npy."""
    reviews, labels = real_reviews(imdb) if imdb else synthetic_reviews()
    labels = np.asarray(labels, np.int64)
    os.makedirs(folder, exist_ok=True)
    np.savez(os.path.join(folder, "imdb.npz"), x_train=object_array(reviews), y_train=labels,
             x_test=object_array(reviews[:ROWS]), y_test=labels[:ROWS])
    # load_data shuffles, and reel-zoo after it; the first ten are then held out.
    order = np.arange(len(reviews))
    np.random.RandomState(113).shuffle(order)
    order = order[HELD_OUT:]
    ids = np.stack([padded(reviews[i]) for i in order])
    np.save(os.path.join(folder, "ids.npy"), ids.reshape(BATCHES, ROWS, STEPS))
    np.save(os.path.join(folder, "labels.npy"), labels[order].astype(np.float32).reshape(BATCHES, ROWS))
    rows = np.random.default_rng(1).random((AUTOENCODER_ROWS, FEATURES), np.float32)
    np.save(os.path.join(folder, "rows.npy"), rows)


def load(folder, model):
    """The batches (x, y) of a model."""
    if model == "autoencoder":
        rows = np.load(os.path.join(folder, "rows.npy"))
        x = rows[:AUTOENCODER_BATCH * BATCHES].reshape(BATCHES, AUTOENCODER_BATCH, FEATURES)
        return list(zip(x, x))
    x, y = (np.load(os.path.join(folder, name)) for name in ("ids.npy", "labels.npy"))
    return list(zip(x, y[:, :, None]))


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
