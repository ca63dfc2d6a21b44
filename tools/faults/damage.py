"""What may happen to checkpoints other than being cut short: each either goes on to the same bits, or is refused."""

import glob
import os
import random
import signal

from trainings import Training

AFTER_START = 12  # calls on files of the backup, of which the first ones open it and try whether it can be written to
FAKE_TIME = "/usr/lib/*/faketime/libfaketime.so.1"


def clear(folder):
    for path in glob.glob(os.path.join(folder, "**"), recursive=True):
        if os.path.isfile(path):
            os.remove(path)


def started(build, family, folder, every, whole):
    """A training that was killed with two checkpoints or more."""
    training = Training(build, family, folder, every)
    while True:
        code = training.run(at=random.randint(whole.calls // 3, whole.calls), fault="before")[0]
        if code == -signal.SIGKILL and os.path.isdir(training.backup) and len(training.checkpoints()) > 1:
            return training
        clear(folder)


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


def loses_checkpoints(training, whole, **fault):
    """What cannot be written is told, and training, from its beginning, goes on to its end without."""
    clear(training.folder)
    at = random.randint(AFTER_START, max(AFTER_START, whole.calls // 3))
    return goes_on(training, whole, "no checkpoint was written, training goes on", at=at, **fault)


def full_disk(training, whole):
    return loses_checkpoints(training, whole, fault="ENOSPC", calls=random.randint(8, 20))


def failing_disk(training, whole):
    return loses_checkpoints(training, whole, fault="EIO")


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
