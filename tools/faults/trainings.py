"""Trainings that are killed: how one is started, ended, and what it came to."""

import os
import random
import signal
import subprocess
import time

import instants

INSTANTS = 0.6  # of a training's steps, within which it is killed after each start
FAULTS = ("before", "after", "half")


class Training:
    """reel-lasting of one family in one folder."""

    def __init__(self, build, family, folder, every):
        self.build, self.family, self.folder, self.every = build, family, folder, every
        os.makedirs(folder, exist_ok=True)

    @property
    def backup(self):
        return os.path.join(self.folder, "backup")

    def command(self, threads=2, target=None):
        words = [os.path.join(self.build, "reel-lasting"), self.family, self.folder, str(self.every), str(threads)]
        return words + ([target] if target else [])

    def environment(self, at=0, fault="", calls=0, count="", preload=()):
        shim = os.path.join(self.build, "reel-faults.so")
        more = {"LD_PRELOAD": " ".join([shim, *preload]), "REEL_FAULT_FOLDER": self.backup, "REEL_FAULT": fault,
                "REEL_FAULT_AT": str(at), "REEL_FAULT_CALLS": str(calls), "REEL_FAULT_COUNT": count}
        return {**os.environ, **more}

    def run(self, threads=2, target=None, seconds=None, **fault):
        """Runs it to its end, or kills it at an instant of the first `seconds` after its first step. Returns its code, -9
        if it was killed, and what it said."""
        before = instants.steps(self.folder)
        with subprocess.Popen(self.command(threads, target), env=self.environment(**fault), stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as process:
            if seconds is not None:
                instants.wait(self.folder, before, seconds, lambda: process.poll() is not None)
                process.send_signal(signal.SIGKILL)
            said = process.communicate()[1]
            return process.returncode, said

    def timed(self, **how):
        """The same without a kill, and how long its steps took, in seconds."""
        with subprocess.Popen(self.command(), env=self.environment(**how), stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as process:
            instants.first_step(self.folder, 0, lambda: process.poll() is not None)
            start = time.monotonic()
            said = process.communicate()[1]
            return process.returncode, said, time.monotonic() - start

    def outcome(self):
        with open(os.path.join(self.folder, "outcome"), encoding="utf-8") as file:
            return file.read()

    def checkpoints(self):
        """Paths, the newest last."""
        names = sorted(name for name in os.listdir(self.backup) if name.endswith(".safetensors"))
        return [os.path.join(self.backup, name) for name in names]


class Whole:
    """What a family comes to when nothing happens: without checkpoints, and with them, which must be the same."""

    def __init__(self, build, family, folder, every):
        plain = Training(build, family, os.path.join(folder, "plain"), 0)
        plain.run()
        self.outcome, self.steps = plain.outcome(), instants.steps(plain.folder)
        kept = Training(build, family, os.path.join(folder, "kept"), every)
        count = os.path.join(folder, "count")
        code, said, self.seconds = kept.timed(count=count)
        if code != 0 or kept.outcome() != self.outcome:
            raise SystemExit(f"{family}: checkpoints change what it comes to: {said}")
        with open(count, encoding="utf-8") as file:
            self.calls = int(file.read())


def is_done(training):
    return os.path.exists(os.path.join(training.folder, "outcome"))


def kill_until_done(training, whole, kills, in_write, threads, targets):
    """Kills it up to so many times, if `in_write` first in a call on a file of the backup, then at instants of its steps,
    and lets it end. Returns kills in calls, and kills in all: a process that is done before its instant is not killed."""
    within = killed = 0
    for number in range(kills):
        where = {"threads": random.choice(threads), "target": random.choice(targets)}
        is_within = in_write and number == 0
        if is_within:
            code, said = training.run(at=random.randint(1, whole.calls), fault=random.choice(FAULTS), **where)
        else:
            code, said = training.run(seconds=whole.seconds * INSTANTS, **where)
        if code not in (0, -signal.SIGKILL):
            raise SystemExit(f"{training.family}: ended with {code} after a kill: {said}")
        within += is_within and code == -signal.SIGKILL
        killed += code == -signal.SIGKILL
        if is_done(training):
            break
    if not is_done(training):
        code, said = training.run()
        if code != 0:
            raise SystemExit(f"{training.family}: does not go on: {said}")
    return within, killed
