#!/usr/bin/env python3
"""Writes the cases of cases/: what Keras computes, which reel-golden replays.

    python3 -m venv VENV && VENV/bin/pip install keras==3.15.1 'jax[cpu]' tensorflow-cpu
    VENV/bin/python tests/golden/make_cases.py [FOLDER]

FOLDER is this script's cases/ unless named; what it held is replaced. Cases draw from generators seeded by names, of a
case or of its kind. Another version of Keras or JAX, or another processor, may change last bits.

cases/ holds, each a JSON that describes and an NPZ of the arrays:
  layers       one layer or small model each: outputs, and the gradients of sum(y * g)
  layers_called  layers with several inputs and outputs, masks, states, statistics and penalties
  layers_attention  layers of attention, and of products told by letters or axes
  layers_shelf  activations, normalizations, convolutions, pooling, resizing, and what prepares numbers
  layers/      stateful recurrences, several calls each
  functional/  models as graphs of layers: predictions, losses, gradients, and a few steps
  losses       values and gradients in y_pred, with and without weights
  metrics      what "accuracy" resolves to, and metric classes fed in two parts
  optimizers   parameters after each of some steps on given gradients, and what rates schedules give
  initializers  those that draw nothing; regularizers with gradients, and constraints
  training/    the zoo's models in miniature, trained from given weights
  preprocessing (JSON alone)  padding, words, and reviews as load_data encodes them
  losses_more, metrics_more, optimizers_more, layers_more, preprocessing_more  what came later, layers over texts too
manifest.json names every case; reel-golden fails unless it has passed each of them and met no other.
"""
import os
import pathlib
import shutil
import sys

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import keras
from keras_cases import (attention, called_layers, functional, initializers, layers, losses, metrics, more, optimizers,
                         preprocessing, shelf, training)
from keras_cases.case_set import CaseSet

MOST_BYTES = 3_000_000


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "cases")
    if folder.exists() and any(folder.iterdir()) and not (folder / "manifest.json").exists():
        sys.exit(f"{folder}: holds other things than cases")
    shutil.rmtree(folder, ignore_errors=True)
    cases = CaseSet(folder)
    for part in (layers, losses, metrics, optimizers, training, preprocessing, called_layers, attention, shelf,
                 functional, initializers, more):
        part.make(cases)
    cases.save_manifest(f"Keras {keras.__version__}, JAX {jax.__version__}")
    if cases.bytes() > MOST_BYTES:
        sys.exit(f"{folder}: {cases.bytes()} bytes, more than {MOST_BYTES}")
    print(f"{folder}: {len(cases.names)} cases, {cases.bytes()} bytes")


if __name__ == "__main__":
    main()
