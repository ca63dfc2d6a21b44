"""Trains in a process of its own for each folder that standard input names, so that a library is loaded once."""

import hashlib
import os
import sys

import numpy as np

ROWS, FEATURES, BATCH, EPOCHS, SEED = 160, 12, 12, 5, 7


def data():
    generator = np.random.default_rng(4)
    x = generator.uniform(-1, 1, (ROWS, FEATURES)).astype("float32")
    return x, (x[:, :1] + x[:, 1:2] * x[:, 2:3] > 0).astype("float32")


def serve(train):
    """`train(folder, step)`: returns all weights; calls `step` after each step."""
    pid = 0
    for line in sys.stdin:
        if line.strip() == "wait":
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            print(code, flush=True)
            continue
        folder = line.strip()
        pid = os.fork()
        if pid == 0:
            work(train, folder)
        print(pid, flush=True)


def work(train, folder):
    code = 1
    try:
        file = os.open(os.path.join(folder, "steps"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        weights = train(folder, lambda: os.write(file, b"."))
        digest = hashlib.sha256(b"".join(np.asarray(weight).tobytes() for weight in weights)).hexdigest()
        with open(os.path.join(folder, "outcome"), "w", encoding="utf-8") as out:
            out.write(digest)
        code = 0
    except BaseException:
        open(os.path.join(folder, "failed"), "w", encoding="utf-8").close()
    finally:
        os._exit(code)
