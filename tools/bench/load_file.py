"""How long Keras takes from a file to what its model predicts of a row of ones: load_file.py FILE [BACKEND]

The other side of reel-zoo bench --from FILE. The import of keras, which takes longer, is told apart.
"""

import os
import sys
import time

os.environ["KERAS_BACKEND"] = sys.argv[2] if len(sys.argv) > 2 else "jax"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def seconds(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def imported():
    import keras

    return keras


importing, keras = seconds(imported)
loading, model = seconds(lambda: keras.models.load_model(sys.argv[1]))

import numpy as np  # noqa: E402  keras has imported it

row = [np.ones((1, *(16 if extent is None else extent for extent in one.shape[1:])), one.dtype)
       for one in model.inputs]
predicting, _ = seconds(lambda: model.predict(row if len(row) > 1 else row[0], verbose=0))
print(f"Keras {keras.__version__} on {keras.backend.backend()}: import {importing:.2f} s, load {1e3 * loading:.0f} ms, "
      f"first prediction {1e3 * predicting:.0f} ms")
