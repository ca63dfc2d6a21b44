"""How every peer in Python is measured and what it prints; tools/timing.h has the same rules."""

import argparse
import itertools
import json
import statistics
import time

import batches

UNITS, EMBEDDING, HIDDEN = 128, 32, 100
WARM_UPS, FEWEST_RUNS = 2, 5  # 1 and 1 where no seconds are given: a trial


def options(*variants):
    """The arguments of a peer: model, threads, seconds, folder, and a variant where it has some."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", choices=("simple_rnn", "lstm", "gru", "autoencoder"))
    parser.add_argument("threads", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("folder")
    if variants:
        parser.add_argument("variant", choices=variants)
    return parser.parse_args()


def median_ms(seconds, call, arguments):
    """Median of as many calls as fit, after two that do not count. The arguments are taken in turn."""
    turn = itertools.cycle(arguments)
    warm_ups, fewest = (WARM_UPS, FEWEST_RUNS) if seconds > 0 else (1, 1)
    for _ in range(warm_ups):
        call(*next(turn))
    times = []
    begin = time.perf_counter()
    while len(times) < fewest or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        call(*next(turn))
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def peak_rss_mb():
    """The most memory that this process has held so far."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def run(name, chosen, build):
    """Measures and prints a JSON line.

    build() makes the model and returns (train, predict): a function of (x, y) or None, and a function of x. Both must
    return only when all is computed. The first step is everything from build() to the end of the first train().
    """
    data = batches.load(chosen.folder, chosen.model)
    figures = {"name": name}
    start = time.perf_counter()
    train, predict = build()
    if train:
        train(*data[0])
        figures["first_step_ms"] = 1e3 * (time.perf_counter() - start)
        figures["train_ms"] = median_ms(chosen.seconds, train, data)
    figures["forward_ms"] = median_ms(chosen.seconds, predict, [(x,) for x, _ in data])
    figures["one_row_ms"] = median_ms(chosen.seconds, predict, [(x[:1],) for x, _ in data])
    figures["peak_rss_mb"] = peak_rss_mb()
    print(json.dumps(figures), flush=True)
