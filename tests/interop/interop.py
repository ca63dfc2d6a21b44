"""Models that Keras saves, through reel-zoo, and back: interop.py REEL_ZOO"""

import json
import os
import subprocess
import sys
import tempfile
import zipfile

import keras
import models
import numpy as np

BATCH, BEFORE, AFTER = 6, 2, 2  # rows a step, and steps before and after a model is saved
CLOSE, TRAINED = 1e-5, 2e-5


def leaves(value):
    return [value[key] for key in sorted(value)] if isinstance(value, dict) else [value]


def batch(value, step):
    cut = slice(step * BATCH, (step + 1) * BATCH)
    return {key: part[cut] for key, part in value.items()} if isinstance(value, dict) else value[cut]


def distance(ours, theirs):
    return max(float(np.max(np.abs(a - b))) / max(1.0, float(np.max(np.abs(b))))
               for a, b in zip(leaves(ours), leaves(theirs)))


def train(model, x, y, first, count):
    return [float(model.train_on_batch(batch(x, step), batch(y, step), return_dict=True)["loss"])
            for step in range(first, first + count)]


def without(value, keys):
    if isinstance(value, dict):
        return {key: without(part, keys) for key, part in value.items()
                if key not in keys and not (key == "compile_config" and not part)}
    return [without(part, keys) for part in value] if isinstance(value, list) else value


def config_in(path):
    with zipfile.ZipFile(path) as archive:
        return without(json.loads(archive.read("config.json"))["config"], {"build_config", "shared_object_id"})


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def near(self, what, error, allowed):
        self.holds(f"{what}: differs by {error:.2e}, at most {allowed:.0e}", error <= allowed)

    def holds(self, what, is_so):
        self.passed += is_so
        self.failed += not is_so
        print(f"{'ok  ' if is_so else 'FAIL'}  {what}", flush=True)


def reel_predicts(zoo, path, x, folder):
    data, out = os.path.join(folder, "x.npz"), os.path.join(folder, "y.npz")
    if isinstance(x, dict):
        np.savez(data, **x)
    else:
        data = data.replace(".npz", ".npy")
        np.save(data, x)
    subprocess.run([zoo, "predict", path, "--data", data, "--out", out], check=True, stdout=subprocess.DEVNULL)
    with np.load(out) as arrays:
        found = {key: arrays[key] for key in arrays}
    return found if isinstance(x, dict) else next(iter(found.values()))


def check_model(make, zoo, checks, folder):
    keras.utils.set_random_seed(7)
    model, x, y = make()
    name = make.__name__
    train(model, x, y, 0, BEFORE)
    expected = model.predict(x, verbose=0)
    saved = {kind: os.path.join(folder, name + kind) for kind in (".keras", ".h5", ".weights.h5")}
    for kind in (".keras", ".h5"):
        model.save(saved[kind])
    resumed = train(model, x, y, BEFORE, AFTER)
    for kind in (".keras", ".h5"):
        ours = reel_predicts(zoo, saved[kind], x, folder)
        checks.near(f"{name}{kind}: Reel predicts as Keras", distance(ours, expected), CLOSE)
        written = {to: os.path.join(folder, f"{name}-from{kind[1:]}{to}") for to in saved}
        for path in written.values():
            subprocess.run([zoo, "convert", saved[kind], path], check=True, stdout=subprocess.DEVNULL)
        if not (kind == ".h5" and "numpy" in json.dumps(config_in(saved[".keras"]))):
            # A .h5 does not tell an operation, x + y, from a layer.
            is_same = config_in(written[".keras"]) == config_in(saved[".keras"])
            checks.holds(f"{name}{kind}: the config is the same", is_same)
        check_in_keras(name + kind, written, (x, y), expected, resumed, make, checks)


def check_in_keras(what, written, data, expected, resumed, make, checks):
    x, y = data
    again = keras.models.load_model(written[".keras"])
    checks.near(f"{what}: Keras predicts with our .keras", distance(again.predict(x, verbose=0), expected), CLOSE)
    losses = train(again, x, y, BEFORE, AFTER)
    checks.near(f"{what}: and trains on", max(abs(a - b) for a, b in zip(losses, resumed)), TRAINED)
    again = keras.models.load_model(written[".h5"])
    checks.near(f"{what}: Keras predicts with our .h5", distance(again.predict(x, verbose=0), expected), CLOSE)
    keras.utils.set_random_seed(8)
    fresh = make()[0]
    fresh.load_weights(written[".weights.h5"])
    checks.near(f"{what}: and with our .weights.h5", distance(fresh.predict(x, verbose=0), expected), CLOSE)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        for make in models.ALL:
            try:
                check_model(make, sys.argv[1], checks, folder)
            except Exception as error:  # what Keras or the program throws fails this model, not the others
                checks.holds(f"{make.__name__}: {type(error).__name__}: {error}", False)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
