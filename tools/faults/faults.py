"""Kills trainings, see run."""

import argparse
import json
import os
import random
import subprocess
import tempfile

import damage
import instants
import table
import trainings

EVERY = 7  # steps from one checkpoint to the next
KILLS_A_TRAINING = 4
THREADS = (1, 2, 5)


def families(build):
    listed = subprocess.run([os.path.join(build, "reel-lasting"), "list"], check=True, capture_output=True, text=True)
    return listed.stdout.split()


def targets(build):
    """Instruction sets that this machine has."""
    found = []
    for name in ("AVX3", "AVX2", "NEON", "SCALAR"):
        with tempfile.TemporaryDirectory() as folder:
            training = trainings.Training(build, "dropout", folder, 0)
            if training.run(target=name)[0] == 0:
                found.append(name)
    return found


def kill_family(build, family, folder, kills, machine_targets):
    whole = trainings.Whole(build, family, os.path.join(folder, "whole"), EVERY)
    row = {"family": family, "kills": 0, "within": 0, "trainings": 0, "differ": 0, "replayed": 0, "damages": {}}
    while row["kills"] < kills:
        place = os.path.join(folder, str(row["trainings"]))
        training = trainings.Training(build, family, place, EVERY)
        most = min(KILLS_A_TRAINING, kills - row["kills"])
        within, killed = trainings.kill_until_done(training, whole, most, 3 * row["within"] <= row["kills"], THREADS,
                                                   machine_targets)
        row["trainings"] += 1
        row["kills"] += killed
        row["within"] += within
        row["differ"] += training.outcome() != whole.outcome
        row["replayed"] += instants.steps(training.folder) - whole.steps
    for name, happens in damage.DAMAGES.items():
        place = os.path.join(folder, name.replace(" ", "_"))
        row["damages"][name] = happens(damage.started(build, family, place, EVERY, whole), whole)
    return row


def save(path, rows, others):
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"rows": rows, "peers": others}, file, indent=1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--peer-kills", type=int, default=20)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--json")
    given = parser.parse_args()
    random.seed(given.seed)
    machine_targets = targets(given.build)
    rows, others = [], []
    with tempfile.TemporaryDirectory() as folder:
        for family in given.only or families(given.build):
            rows.append(kill_family(given.build, family, os.path.join(folder, family), given.kills, machine_targets))
            print(table.line(rows[-1]), flush=True)
            save(given.json, rows, others)
        if given.peers:
            import peers
            others = peers.rows(folder, given.peer_kills)
    text = table.text(rows, others, machine_targets, THREADS, EVERY)
    print(text)
    save(given.json, rows, others)
    if given.write:
        table.write(text)
    bad = [row["family"] for row in rows if row["differ"]]
    bad += [f"{row['family']}, {name}" for row in rows for name, same in row["damages"].items() if same is False]
    if bad:
        raise SystemExit("differ: " + "; ".join(bad))


if __name__ == "__main__":
    main()
