"""The same kills to Keras's BackupAndRestore and to PyTorch's usual recipe, on one model of the families."""

import os
import signal
import subprocess
import sys

import instants

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = {"Keras, BackupAndRestore": "keras_backup.py", "PyTorch, state_dicts of model and optimizer": "torch_recipe.py"}


class Server:
    """A program that has loaded its library and forks for each training."""

    def __init__(self, script):
        venv = os.environ.get("REEL_FAULTS_VENV")
        python = os.path.join(venv, "bin/python") if venv else sys.executable
        self.process = subprocess.Popen([python, os.path.join(HERE, "peers", script)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def run(self, folder, steps=0):
        """Trains in the folder; kills it, unless `steps` is 0, at a random one of so many steps. Returns its code."""
        os.makedirs(folder, exist_ok=True)
        before = instants.steps(folder)
        self.process.stdin.write(folder + "\n")
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline())
        is_over = lambda: any(os.path.exists(os.path.join(folder, name)) for name in ("outcome", "failed"))
        if steps > 0:
            instants.some_step(folder, before, steps, is_over)
            os.kill(pid, signal.SIGKILL)
        self.process.stdin.write("wait\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


def outcome(folder):
    with open(os.path.join(folder, "outcome"), encoding="utf-8") as file:
        return file.read()


def kill_peer(name, script, folder, kills):
    server = Server(script)
    whole, again = os.path.join(folder, "whole"), os.path.join(folder, "again")
    if server.run(whole) != 0 or server.run(again) != 0 or outcome(again) != outcome(whole):
        raise SystemExit(f"{name}: two trainings that nothing happens to differ, or fail")
    row = {"name": name, "kills": 0, "trainings": 0, "differ": 0, "broken": 0, "replayed": 0}
    while row["kills"] < kills:
        place = os.path.join(folder, str(row["trainings"]))
        row["kills"] += server.run(place, instants.steps(whole)) == -signal.SIGKILL
        row["trainings"] += 1
        if server.run(place) != 0:
            row["broken"] += 1
            continue
        row["differ"] += outcome(place) != outcome(whole)
        row["replayed"] += instants.steps(place) - instants.steps(whole)
    server.process.stdin.close()
    server.process.wait()
    return row


def rows(folder, kills):
    return [kill_peer(name, script, os.path.join(folder, script), kills) for name, script in PEERS.items()]
