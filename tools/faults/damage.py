"""What may happen to checkpoints other than being cut short: each either goes on to the same bits, or is refused."""

import glob
import os
import random
import signal

from trainings import Training

FAKE_TIME = "/usr/lib/*/faketime/libfaketime.so.1"


def started(build, family, folder, every, whole):
    """A training that was killed with two checkpoints or more."""
    training = Training(build, family, folder, every)
    while True:
        code = training.run(at=random.randint(whole.calls // 3, whole.calls), fault="before")[0]
        if code == -signal.SIGKILL and os.path.isdir(training.backup) and len(training.checkpoints()) > 1:
            return training
        training.run() if code != 0 else None
        for path in glob.glob(os.path.join(folder, "**"), recursive=True):
            if os.path.isfile(path):
                os.remove(path)


def truncate(path):
    os.truncate(path, random.randrange(os.path.getsize(path)))


def flip(path):
    with open(path, "r+b") as file:
        place = random.randrange(os.path.getsize(path))
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1 << random.randrange(8)]))


def goes_on(training, whole, must_say="", **how):
    code, said = training.run(**how)
    return code == 0 and training.outcome() == whole.outcome and must_say in said


def newest_truncated(training, whole):
    truncate(training.checkpoints()[-1])
    return goes_on(training, whole, "the one before it is used")


def newest_flipped(training, whole):
    flip(training.checkpoints()[-1])
    return goes_on(training, whole, "is used")


def all_damaged(training, whole):
    for path in training.checkpoints():
        random.choice((truncate, flip))(path)
    return goes_on(training, whole, "is used")


def full_disk(training, whole):
    """For a while; what could not be written is told, and training goes on."""
    return goes_on(training, whole, "no checkpoint was written, training goes on", fault="ENOSPC",
                   at=random.randint(12, 20), calls=random.randint(8, 20))


def failing_disk(training, whole):
    """To the end: no checkpoint more, and the same results."""
    return goes_on(training, whole, "no checkpoint was written, training goes on", fault="EIO", at=random.randint(12, 20))


def read_only(training, whole):
    code, said = training.run(fault="EROFS", at=1)
    return code == 2 and "Read-only file system" in said and said.count("\n") == 1 and goes_on(training, whole)


def clock_set_back(training, whole):
    library = glob.glob(FAKE_TIME)
    if not library:
        return None
    os.environ["FAKETIME"] = "-10y"
    try:
        return goes_on(training, whole, preload=library)
    finally:
        del os.environ["FAKETIME"]


DAMAGES = {"the newest checkpoint truncated": newest_truncated, "a bit of it flipped": newest_flipped,
           "all checkpoints damaged": all_damaged, "disk full for a while": full_disk,
           "disk failing to the end": failing_disk, "read-only folder": read_only,
           "clock set back ten years": clock_set_back}
