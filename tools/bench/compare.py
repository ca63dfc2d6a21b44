"""Reel beside Keras in one run: tools/bench/compare.py IMDB_NPZ [--threads N] [--rounds N] [--reel build/reel-zoo]

Needs a Python with tensorflow-cpu, keras and numpy (and jax for its row). The programs take turns, round by round, so
that what else the machine does falls on all of them; the table has the medians over the rounds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FIGURES = {"train_ms": "training step", "forward_ms": "batch of 128", "one_row_ms": "one review",
           "first_step_ms": "first step", "peak_rss_mb": "peak MB"}


def commands(options):
    keras = os.path.join(HERE, "keras_simple_rnn.py")
    threads = str(options.threads)
    yield "Reel", [options.reel, "bench", "simple_rnn", "--threads", threads, "--data", options.imdb, "--json", "-"]
    for backend, extra in (("tensorflow", []), ("tensorflow", ["unroll"]), ("jax", [])):
        yield backend, [sys.executable, keras, options.imdb, threads, backend, *extra]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("imdb")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--reel", default=os.path.join(HERE, "../../build/reel-zoo"))
    options = parser.parse_args()
    results = {}
    for _ in range(options.rounds):
        for name, command in commands(options):
            run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            if run.returncode != 0:
                print(f"{name} failed: {' '.join(command)}", file=sys.stderr)
                continue
            figures = json.loads(run.stdout[run.stdout.index("{"):])
            results.setdefault(figures.get("name", name), []).append(figures)
    print("| ms, medians | " + " | ".join(FIGURES.values()) + " |")
    print("| --- |" + " ---: |" * len(FIGURES))
    for name, rounds in results.items():
        cells = (statistics.median(r[key] for r in rounds) for key in FIGURES)
        print(f"| {name} | " + " | ".join(f"{cell:.1f}" for cell in cells) + " |")


if __name__ == "__main__":
    main()
