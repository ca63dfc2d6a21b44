"""The programs that are compared, how each is started, and what came of it."""

import importlib.metadata
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Callable

HERE = os.path.dirname(os.path.abspath(__file__))
REVIEWS = ("simple_rnn", "lstm", "gru")
MODELS = (*REVIEWS, "autoencoder")


@dataclass(frozen=True)
class Setting:
    """What the programs of a run share: folders, and the seconds that each figure is given."""
    build: str
    data: str
    seconds: float
    timeout: float


@dataclass(frozen=True)
class Program:
    name: str
    models: tuple[str, ...]
    packages: tuple[str, ...]  # of PyPI
    command: Callable[[Setting, str, int], list[str]]


def reel(setting, model, threads):
    """reel-zoo bench, on the same batches."""
    autoencoder = ["--data", os.path.join(setting.data, "rows.npy"), "--encoding-size", "100"]
    data = autoencoder if model == "autoencoder" else ["--data", os.path.join(setting.data, "imdb.npz")]
    program = os.path.join(setting.build, "reel-zoo")
    return [program, "bench", model, "--threads", str(threads), "--json", "-", *data]


def onednn(setting, model, threads):
    return [os.path.join(setting.build, "reel-onednn"), model, str(threads), str(setting.seconds)]


def peer(script, *variant):
    """A program of the folder peers/."""
    def command(setting, model, threads):
        path = os.path.join(HERE, "peers", script)
        return [sys.executable, path, model, str(threads), str(setting.seconds), setting.data, *variant]
    return command


KERAS = ("keras", "tensorflow-cpu", "jax")
PROGRAMS = {program.name: program for program in (
    Program("reel", MODELS, (), reel),
    Program("keras-tf", MODELS, KERAS, peer("keras_peer.py", "tensorflow")),
    Program("keras-tf-unroll", REVIEWS, KERAS, peer("keras_peer.py", "tensorflow-unroll")),
    Program("keras-jax", MODELS, KERAS, peer("keras_peer.py", "jax")),
    Program("jax", MODELS, ("jax",), peer("jax_peer.py")),
    Program("torch", MODELS, ("torch",), peer("torch_peer.py", "module")),
    Program("torch-loop", REVIEWS, ("torch",), peer("torch_peer.py", "loop")),
    Program("onnxruntime", MODELS, ("onnx", "onnxruntime"), peer("onnx_peer.py")),
    Program("onednn", REVIEWS, (), onednn),
)}


def is_installed(package):
    try:
        importlib.metadata.distribution(package)
        return True
    except importlib.metadata.PackageNotFoundError:
        return False


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def install(packages, say):
    """Installs what is missing. Returns what pip said last when it fails, or None."""
    missing = [package for package in packages if not is_installed(package)]
    if not missing:
        return None
    say(f"installing {' '.join(missing)}")
    command = [sys.executable, "-m", "pip", "install", "--quiet", *missing]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return None if done.returncode == 0 else f"pip install {' '.join(missing)}: {last_line(done.stderr)}"


def environment():
    """This one without the settings that make a current NumPy slow, and without other people's modules."""
    left_out = {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONPATH", "PYTHONHOME"}
    return {key: value for key, value in os.environ.items() if key not in left_out}


def parse(output):
    """The JSON object that begins the last line with a brace in front, or None."""
    lines = output.splitlines()
    for i in reversed(range(len(lines))):
        if lines[i].startswith("{"):
            try:
                return json.loads("\n".join(lines[i:]))
            except json.JSONDecodeError:
                return None
    return None


def run(command, threads, timeout):
    """Runs it on as many processors as threads. Returns its figures, or {"failed": why}, and the seconds it took."""
    cpus = sorted(os.sched_getaffinity(0))[-threads:]
    start = time.monotonic()
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
                              env=environment(), preexec_fn=lambda: os.sched_setaffinity(0, cpus))
    except subprocess.TimeoutExpired:
        return {"failed": f"no result after {timeout:.0f} s"}, timeout
    except OSError as error:
        return {"failed": str(error)}, 0.0
    seconds = time.monotonic() - start
    figures = parse(done.stdout) if done.returncode == 0 else None
    if figures is not None:
        return figures, seconds
    if done.returncode < 0:
        return {"failed": f"ended by signal {-done.returncode}"}, seconds
    return {"failed": last_line(done.stderr)}, seconds
