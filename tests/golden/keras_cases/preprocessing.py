"""Padding, words of texts, and reviews as load_data encodes them: whole numbers and words, so all must be equal."""
import pathlib
import tempfile
from unittest import mock

import keras
import numpy as np
from keras.src.datasets import imdb
from keras.src.legacy.preprocessing import text

from .case_set import generator


def make(cases):
    description = {"pad_sequences": _padding(cases), "imdb_load_data": _reviews(cases), "tokenizer": _words(cases)}
    cases.save("preprocessing", description)


def _padding(cases):
    sequences = [[1], [2, 3, 4, 5, 6], [], [7, 8, 9], [10, 11, 12, 13]]
    made = []
    for maxlen in (None, 1, 3, 4, 8):
        for padding in ("pre", "post"):
            for truncating in ("pre", "post"):
                made.append({"maxlen": maxlen, "padding": padding, "truncating": truncating})
    made.append({"maxlen": 4, "value": 99})
    made.append({})
    part = []
    for number, args in enumerate(made):
        part.append({"args": args, "output": keras.utils.pad_sequences(sequences, **args).tolist()})
        cases.add(f"preprocessing/pad_sequences[{number}]")
    return {"sequences": sequences, "cases": part}


def _reviews(cases):
    """Ranks of few words, so that every bound has words on both sides and upon it; the largest is in the test part."""
    draw = generator("imdb.load_data")

    def split(rows, words):
        return [draw.integers(1, words, length).tolist() for length in draw.integers(3, 9, rows)]

    raw = {"x_train": split(7, 25), "y_train": draw.integers(0, 2, 7).tolist(),
           "x_test": split(5, 25) + [[40, 1, 24]], "y_test": draw.integers(0, 2, 6).tolist()}
    made = [{}]
    made += [{"num_words": words} for words in (4, 20, 28, 43, 44)]
    made += [{"skip_top": top} for top in (1, 4, 5, 12)] + [{"num_words": 20, "skip_top": 6}]
    made += [{"maxlen": longest} for longest in (6, 7, 10)]
    made += [{"start_char": None}, {"oov_char": None, "num_words": 20},
             {"oov_char": 0, "num_words": 20, "start_char": 7}, {"oov_char": None, "skip_top": 5},
             {"index_from": 0}, {"index_from": 10, "num_words": 20}, {"seed": 7},
             {"start_char": None, "index_from": 0, "oov_char": None, "num_words": 15, "maxlen": 8}]
    part = []
    for number, args in enumerate(made):
        (x_train, y_train), (x_test, y_test) = _load_data(raw, args)
        part.append({"args": args, "x_train": _lists(x_train), "y_train": _numbers(y_train), "x_test": _lists(x_test),
                     "y_test": _numbers(y_test)})
        cases.add(f"preprocessing/imdb_load_data[{number}]")
    order = np.arange(1000)
    np.random.RandomState(113).shuffle(order)
    cases.add("preprocessing/imdb_load_data.shuffle_of_1000_seed_113")
    return {"raw": raw, "cases": part, "shuffle_of_1000_seed_113": order.tolist()}


def _load_data(raw, args):
    """keras.datasets.imdb.load_data of a file of our own in place of the one it downloads."""
    with tempfile.TemporaryDirectory() as folder:
        file = str(pathlib.Path(folder) / "imdb.npz")
        arrays = {key: np.array(value, dtype=object if key[0] == "x" else np.int64) for key, value in raw.items()}
        np.savez(file, **arrays)
        with mock.patch.object(imdb, "get_file", lambda *_, **__: file):
            return imdb.load_data(**args)


def _lists(sequences):
    return [_numbers(sequence) for sequence in sequences]


def _numbers(values):
    return [int(value) for value in values]


def _words(cases):
    texts = [
        "A film I'd see twice!<br /><br />Twice?  Yes -- TWICE.",
        "the plot (what plot?) was thin; the acting, great...",
        "Great\tfilm\nabout 2 films & a dog_house",
        "It's \"great\" -- isn't it? it's @home #1 50% [off] {so} ~ |we| `say`",
        "caf\u00e9 \u00c9T\u00c9 na\u00efve",
    ]
    cases.add("preprocessing/tokenizer.text_to_word_sequence", "preprocessing/tokenizer[0]")
    tokenizer = text.Tokenizer()
    tokenizer.fit_on_texts(texts)
    return {"texts": texts, "text_to_word_sequence": [text.text_to_word_sequence(each) for each in texts],
            "cases": [{"args": {}, "fit_on": len(texts), "word_index": tokenizer.word_index}]}
