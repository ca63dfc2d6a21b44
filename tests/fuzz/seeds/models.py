"""What is in ZIP archives: arrays, weights, saved models, reviews."""

import json
import struct
import zipfile

from .archives import archive
from .arrays import floats, npy
from .pickles import lists_npy


def npz_seeds():
    yield "two", archive([("a.npy", floats(1, 2)), ("b/c.npy", npy("<i4", "(1, 1)", bytes(4)))])
    yield "deflated", archive([("a.npy", floats(*range(50)))], zipfile.ZIP_DEFLATED)
    yield "no_array", archive([("a.txt", b"text")])
    yield "damaged_array", archive([("a.npy", b"\x93NUMPY")])
    yield "no_name", archive([(".npy", floats(1))])
    yield "empty", archive([])
    yield "long_name", archive([("a" * 3000 + ".npy", b"")])


def dense(prefix, rows, columns):
    count = rows * columns
    kernel = npy("<f4", f"({rows}, {columns})", struct.pack(f"<{count}f", *[0.5] * count))
    return [(f"{prefix}/kernel.npy", kernel), (f"{prefix}/bias.npy", floats(*[0.25] * columns))]


def weights_file_seeds():
    note = ("reel.json", b'{"model": "mine"}')
    yield "fits", archive(dense("dense", 2, 1) + [note])
    yield "without_note", archive(dense("dense", 2, 1))
    yield "deflated", archive(dense("dense", 2, 1) + [note], zipfile.ZIP_DEFLATED)
    yield "other_shape", archive(dense("dense", 3, 1))
    yield "other_names", archive(dense("dense_1", 2, 1))
    yield "too_many", archive(dense("dense", 2, 1) + dense("dense_1", 1, 1))
    yield "other_file", archive(dense("dense", 2, 1) + [("readme", b"")])
    yield "empty", archive([])
    yield "no_zip", b"\x89HDF\r\n\x1a\n"


def saved_model_seeds():
    def saved(note, weights):
        return archive(weights + [("reel.json", note if isinstance(note, bytes) else json.dumps(note).encode())])

    small = {"model": "autoencoder", "features": 2, "encoding_size": 1}
    weights = dense("dense", 2, 1) + dense("dense_1", 1, 2)
    yield "small", saved(small, weights)
    yield "vocabulary", saved(small | {"vocabulary": ["the", "a", "\u00e4"]}, weights)
    yield "images", saved(small | {"model": "autoencoder_images"}, weights)
    for name, other in {"unknown": {"model": "\x1b[31m"}, "no_name": {"model": 1}, "no_features": {"features": None},
                        "part": {"features": 2.5}, "zero": {"features": 0}, "negative": {"encoding_size": -1},
                        "large": {"features": 1 << 22}, "huge": {"features": (1 << 24) + 1},
                        "beyond_64_bits": {"features": 1 << 64}, "unsigned": {"features": (1 << 64) - 1},
                        "words_are_none": {"vocabulary": {}}, "word_is_none": {"vocabulary": ["a", 1]},
                        "text_model": {"model": "gru"}, "options": {"options": {"features": 2, "encoding_size": 1}},
                        "option_of_none": {"options": {"feet": 2}}, "options_are_none": {"options": []},
                        "no_choice": {"model": "stacked_rnn", "options": {"cell": "nun", "steps": 1e9}},
                        "no_square": {"model": "lstm_autoencoder", "options": {"features": 3}},
                        "classes": {"classes": ["a", "b"]}, "class_is_none": {"classes": [1]}}.items():
        yield name, saved(small | other, weights)
    yield "missing", saved({"model": "autoencoder"}, weights)
    yield "note_is_list", saved([1], weights)
    yield "note_is_no_json", saved(b"{", weights)
    yield "deep_note", saved(b"[" * 2000, weights)
    yield "without_note", archive(weights)
    yield "not_finite", saved(small, [(name, data.replace(struct.pack("<f", 0.25), struct.pack("<f", float("nan"))))
                                      for name, data in weights])


def imdb(x, y, leave_out=None, y_data=None):
    entries = []
    for part in ("train", "test"):
        entries += [(f"x_{part}.npy", lists_npy(x)),
                    (f"y_{part}.npy", y_data or npy("<i8", f"({len(y)},)", struct.pack(f"<{len(y)}q", *y)))]
    return archive([entry for entry in entries if entry[0] != leave_out], zipfile.ZIP_DEFLATED)


def imdb_seeds():
    reviews = [[1, 2, 300], [4], [70000, 5]]
    yield "words", b'{"the": 1}'
    yield "words_without_rank", b'{"the": {}}'
    yield "words_cut", b'{"the": '
    yield "sound", imdb(reviews, [0, 1, 1])
    yield "no_reviews", imdb([], [])
    yield "empty_reviews", imdb([[], []], [0, 1])
    yield "negative_rank", imdb([[-5, -1, 0]], [1])
    yield "largest_rank", imdb([[(1 << 31) - 1]], [1])
    yield "smallest_rank", imdb([[-1 << 31]], [1])
    yield "long_review", imdb([list(range(150))], [1])
    yield "unequal", imdb(reviews, [0, 1])
    yield "float_labels", imdb(reviews, [], y_data=floats(0, 1, 1))
    for name in ("x_train.npy", "y_test.npy"):
        yield f"without_{name[:-4]}", imdb(reviews, [0, 1, 1], leave_out=name)
