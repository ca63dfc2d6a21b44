"""Random instants within a training's steps, which each process tells of by a byte in a file."""

import os
import random
import time

POLL = 0.0002


def steps(folder):
    path = os.path.join(folder, "steps")
    return os.path.getsize(path) if os.path.exists(path) else 0


def first_step(folder, before, is_over):
    """Waits until the process has made a step more than `before`; or is over."""
    while steps(folder) <= before and not is_over():
        time.sleep(POLL)


def some_step(folder, before, most, is_over):
    """Waits for a random one of the next steps: what is compiled between two of them takes longer than all."""
    first_step(folder, before + random.randrange(most), is_over)


def wait(folder, before, seconds, is_over):
    """Waits for a step, and then for a random part of `seconds`."""
    first_step(folder, before, is_over)
    time.sleep(random.uniform(0, seconds))
