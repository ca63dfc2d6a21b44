"""What the twins have in common: the arrays that an example has written, and the number that each ends with."""

import sys

import keras
import numpy as np


def arrays():
    """The .npz that `EXAMPLE --save FILE` has written, which the command line names."""
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} FILE.npz")
    keras.utils.set_random_seed(1)
    return dict(np.load(sys.argv[1]))


def result(metric, value):
    print(f"{metric} {float(value):.6g}")
